"""What the tests of tables share: structures written by the test, registered while the hub runs, and senders of their
messages that share no code with the product."""

import hashlib
import struct
import uuid
from pathlib import Path

from live import Live
from sender import Sender
from wire import Messages

PUT, DELETE, CORRECT, RETRACT = 1, 2, 3, 4

HEAD = 'syntax = "proto3";\npackage vn.thu.{package};\nimport "iochub/v1/options.proto";\n'
IMPORTS = {"buf.validate": "buf/validate/validate", "protobuf.Any": "google/protobuf/any",
           "protobuf.Duration": "google/protobuf/duration", "protobuf.Empty": "google/protobuf/empty",
           "protobuf.FieldMask": "google/protobuf/field_mask", "protobuf.Timestamp": "google/protobuf/timestamp",
           "protobuf.Struct": "google/protobuf/struct", "Value ": "google/protobuf/wrappers"}


class Feed(Sender):
    """Sends messages of one dataset and remembers their ids."""

    def __init__(self, live, wire, agency, dataset, schema_id, partition=0, session=0):
        super().__init__(live, wire, agency, dataset, schema_id, session)
        self.partition = partition

    def id_of(self, header):
        digest = hashlib.sha256()
        for text in (header.agency, header.dataset, header.source, header.source_position):
            digest.update(struct.pack(">I", len(text.encode())) + text.encode())
        return digest.digest()[:16]

    def upcoming(self, after=0):
        """The id of the next message, or of one after it."""
        position = self.position
        header = [self.message("", b"") for _ in range(after + 1)][-1].header
        self.position = position
        return uuid.UUID(bytes=self.id_of(header))

    def say(self, key, data, schema_id=None, partition=None, at=None, **header):
        """Queues one message and returns its id. at: event time in the header."""
        if at is not None:
            header["event_time"] = at
        message = self.message(key, data, **header)
        self.out.produce(self.topic, self.frame(message.SerializeToString(), schema_id),
                         key=f"{self.agency}\x1f{key}".encode(),
                         partition=self.partition if partition is None else partition)
        return uuid.UUID(bytes=self.id_of(message.header))

    def correct(self, of, key, data, reason="gõ nhầm", **more):
        return self.say(key, data, operation=CORRECT, relates_to=of.bytes, reason=reason, **more)

    def retract(self, of, key, data=b"", reason="gửi nhầm", **more):
        return self.say(key, data, operation=RETRACT, relates_to=of.bytes, reason=reason, **more)

    def flush(self):
        self.out.flush(30)


class Tables(Live):
    """A stack with a hub, and structures of the test's own."""

    def __enter__(self):
        super().__enter__()
        self.folder = self.work / "structures"
        self.folder.mkdir(exist_ok=True)
        self.wires = []
        self.migrate()
        return self

    def __exit__(self, *why):
        for wire in self.wires:
            wire.__exit__()
        super().__exit__(*why)

    def write(self, name, body):
        """The file of a structure: head and body."""
        path = self.folder / f"{name}.proto"
        imports = "".join(f'import "{file}.proto";\n' for word, file in IMPORTS.items() if word in body)
        path.write_text(HEAD.format(package=name) + imports + body, encoding="utf-8")
        return path

    def add(self, name, body):
        """Registers a structure and returns the module of its Python classes."""
        path = self.write(name, body)
        self.register(path, include=self.folder)
        return self.classes(name)

    def classes(self, name):
        wire = Messages(f"{name}.proto", include=[self.folder])
        self.wires.append(wire)
        self.wire = wire
        return wire.load(f"{name}.proto")

    def schema_id(self, dataset):
        return self.one("SELECT latest_schema FROM hub.dataset WHERE name = %s", dataset)

    def sender(self, agency, dataset, **more):
        return Feed(self, self.wire, agency, dataset, self.schema_id(dataset), **more)

    def superuser(self, statements):
        """As the owner of the server: roles are made by nobody else."""
        binary = sorted(Path("/usr/lib/postgresql").glob("*/bin/psql"))[-1]
        self.run(binary, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.env["PGHOST"], "-p", self.env["PGPORT"],
                 "-U", "postgres", "-d", self.env["PGDATABASE"], "-c", statements)

    def wait_for(self, *senders):
        for sender in senders:
            sender.flush()
        self.wait_settled()

    def refused(self, dataset):
        """(code, field) of what is in quarantine, in the order of offsets."""
        return [(code, violations[0]["field"]) for code, violations in self.sql(
            'SELECT code, violations FROM hub.quarantine WHERE dataset = %s ORDER BY feed, part, "offset"', dataset)]
