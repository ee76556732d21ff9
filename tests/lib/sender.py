"""A sender that shares no code with the product: for records that our connector would never write."""

import struct

import confluent_kafka


class Sender:
    """A sender that is not ours: makes each record by the published structure."""

    def __init__(self, live, wire, agency, dataset, schema_id, session):
        self.agency = agency
        self.wire, self.dataset, self.schema_id, self.session = wire, dataset, schema_id, session
        self.sequence = self.position = 0
        self.topic = f"in.{self.agency}.{dataset}"
        self.out = confluent_kafka.Producer({"bootstrap.servers": live.env["IOCHUB_BOOTSTRAP"], "acks": "all",
                                              "log_level": 0, "message.max.bytes": 5_000_000})
        self.places = {}

    def frame(self, body, schema_id=None):
        return struct.pack(">BIB", 0, self.schema_id if schema_id is None else schema_id, 0) + body

    def message(self, key, data, **header):
        self.position += 1
        message = self.wire.modules["DataMessage"]()
        h = message.header
        h.agency, h.dataset, h.operation, h.key = self.agency, self.dataset, 1, key
        h.session, h.source, h.source_position = self.session, "test", str(self.position)
        for name, value in header.items():
            if name == "event_time":
                h.event_time.FromSeconds(value)
            else:
                setattr(h, name, value)
        message.data = data
        return message

    def number(self):
        self.sequence += 1
        return self.sequence

    def send(self, name, value, key=""):
        """The record's name is how the checks below find it again."""
        def report(error, sent):
            assert error is None, error
            self.places[name] = sent.offset()
        self.out.produce(self.topic, value, key=f"{self.agency}\x1f{key}".encode(), partition=0, on_delivery=report)
        self.out.flush(20)

    def start(self):
        message = self.message("", b"", operation=16, sequence=0)
        message.control.start.client = "test"
        self.sequence = 0
        self.send(f"start {self.session}", self.frame(message.SerializeToString()))
