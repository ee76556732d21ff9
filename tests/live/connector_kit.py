"""What the connector's live tests share: a registered dataset without database or hub, feeds, and the feed's log as an
independent reader understands it: a record counts when its session is that of the last START before it."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from live import BUILD, ROOT, Live, check, confluent_kafka, equal, finish, skip_all  # noqa: E402,F401
from wire import Messages, unframe  # noqa: E402

from google.protobuf.message import DecodeError  # noqa: E402
from confluent_kafka.admin import AdminClient, NewTopic  # noqa: E402

AGENCY, DATASET = "H10.01", "thu-nghiem"
PROTO = """
syntax = "proto3";
package vn.thunghiem.v1;
import "google/protobuf/timestamp.proto";
import "iochub/v1/options.proto";
message ThuNghiem {
        option (iochub.v1.dataset) = { name: "thu-nghiem" domain: "thu" mode: UPSERT key: "ma" title_vi: "Thử" };
        string ma = 1;
        string ten = 2;
        optional double so = 3;
        google.protobuf.Timestamp luc = 4;
}
"""
HEAD = "Mã,Tên,Số,Lúc\n"


def row(i, number=None):
    return f"{i:07d},\"Tên, số {i}\",{number if number is not None else i / 4},{1 + i % 28:02d}/03/2025 07:{i % 60:02d}\n"


def faults_build():
    """A connector with failpoints, or None."""
    for folder in (os.environ.get("BUILD_FAULTS"), ROOT / "build/faults"):
        if folder and (Path(folder) / "bin/iochub-connector").exists():
            return Path(folder) / "bin/iochub-connector"
    return None


class Kit(Live):
    """Live with the helpers of a sender."""

    def __enter__(self):
        super().__enter__()
        self.wire = Messages()
        self.admin = AdminClient({"bootstrap.servers": self.env["IOCHUB_BOOTSTRAP"], "log_level": 0})
        self.feeds = 0
        (self.work / "thu_nghiem.proto").write_text(PROTO, encoding="utf-8")
        self.topic("iochub.schemas", config={"cleanup.policy": "compact"})
        self.schema(7, self.work / "thu_nghiem.proto", "vn.thunghiem.v1.ThuNghiem", DATASET)
        return self

    def topic(self, name, parts=1, config=None):
        self.admin.create_topics([NewTopic(name, parts, 1, config=config or {})])[name].result(20)
        return name

    def send(self, topic, value, key=None, partition=0):
        """One record; its offset."""
        got = []
        producer = confluent_kafka.Producer({"bootstrap.servers": self.env["IOCHUB_BOOTSTRAP"]})
        producer.produce(topic, value=value, key=key, partition=partition, on_delivery=lambda e, m: got.append((e, m)))
        producer.flush(20)
        error, message = got[0]
        if error:
            raise RuntimeError(error)
        return message.offset()

    def schema(self, number, proto, message, dataset, version=1):
        out = self.work / "set"
        subprocess.run(["protoc", f"-I{ROOT}/schemas", f"-I{Path(proto).parent}", "--include_imports",
                        "--include_source_info", f"--descriptor_set_out={out}", str(proto)], check=True)
        record = self.wire.modules["SchemaRecord"](
            id=number, subject=f"{dataset}-value", version=version, dataset=dataset, message=message,
            descriptor_set=out.read_bytes(), fingerprint=hashlib.sha256(out.read_bytes()).digest())
        self.send("iochub.schemas", frame(3, record), key=str(number))

    def sender(self, agency=None, parts=1, mode="once", limits="", extra="", topic=True):
        """A feed of its own agency, so that tests do not meet."""
        self.feeds += 1
        return Sender(self, agency or f"H20.{self.feeds:02d}", parts, mode, limits, extra, topic)


def frame(number, message):
    return b"\0" + number.to_bytes(4, "big") + b"\0" + message.SerializeToString()


class Sender:
    def __init__(self, kit, agency, parts, mode, limits, extra, topic):
        self.kit, self.agency, self.parts = kit, agency, parts
        self.topic = f"in.{agency}.{DATASET}"
        self.folder = kit.work / agency
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        self.conf = self.folder / "connector.yaml"
        self.conf.write_text(f"""agency: {agency}
kafka: {{ bootstrap.servers: '{kit.env["IOCHUB_BOOTSTRAP"]}' }}
{limits}
feeds:
  - dataset: {DATASET}
    source: {{ kind: csv, name: thu, files: 'data/*.csv', mode: {mode}{extra} }}
    map:
      ma: Mã
      ten: Tên
      so: {{ column: Số, missing: ['', N/A] }}
      luc: {{ column: Lúc, format: '%d/%m/%Y %H:%M', zone: Asia/Ho_Chi_Minh }}
""", encoding="utf-8")
        if topic:
            kit.topic(self.topic, parts)

    def write(self, name, rows, mode="w", head=True):
        with open(self.folder / "data" / name, mode, encoding="utf-8") as file:
            file.write((HEAD if head else "") + "".join(rows))

    def command(self, *words, program=None):
        return [str(program or BUILD / "bin/iochub-connector"), words[0], "-c", str(self.conf), *words[1:]]

    def run(self, *words, program=None, env=None, timeout=90):
        """(exit status, summary, standard error) of a run to its end."""
        done = subprocess.run(self.command("run", "--json", *words, program=program), capture_output=True, text=True,
                              env={**self.kit.env, **(env or {})}, timeout=timeout, stdin=subprocess.DEVNULL)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return done.returncode, lines[0] if lines else None, done.stderr

    def do(self, *words):
        done = subprocess.run(self.command(*words), capture_output=True, text=True, env=self.kit.env, timeout=60,
                              stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout, done.stderr

    def start(self, program=None, env=None):
        return self.kit.start(self.agency, *self.command("run", "--json", program=program), env=env)

    def log_text(self):
        return self.kit.log(self.agency)

    def log(self):
        return Log(self.kit, self.topic)

    def records(self):
        """Data records as they stand on the log."""
        return [r for r in self.log().records if r["operation"] == "PUT"]

    def rejects(self):
        path = self.folder / f"rejects/{DATASET}.rejects.csv"
        return path.read_text(encoding="utf-8-sig").splitlines()[1:] if path.exists() else []


class Log:
    """A feed's topic, read to its end."""

    def __init__(self, kit, topic):
        self.records = []
        operations = kit.wire.modules["Operation"]
        in_force = {}
        for m in sorted(kit.messages(topic), key=lambda m: (m.partition(), m.offset())):
            try:
                value = kit.wire.parse("DataMessage", m.value())
            except (ValueError, DecodeError):  # none of ours
                continue
            h = value.header
            operation = operations.Name(h.operation)
            if operation == "START":
                in_force[m.partition()] = h.session
            parts = [h.agency.encode(), h.dataset.encode(), h.source.encode(), h.source_position.encode()]
            number = hashlib.sha256(b"".join(len(p).to_bytes(4, "big") + p for p in parts)).digest()[:16]
            self.records.append({
                "partition": m.partition(), "offset": m.offset(), "session": h.session, "sequence": h.sequence,
                "operation": operation, "id": number, "position": h.source_position, "key": h.key,
                "record_key": m.key(), "recheck": h.recheck, "data": value.data, "header": h, "control": value.control,
                "counts": in_force.get(m.partition()) == h.session})

    def data(self, counted=True):
        return [r for r in self.records if r["operation"] == "PUT" and (r["counts"] or not counted)]

    def named(self, operation):
        return [r for r in self.records if r["operation"] == operation]

    def repeats(self):
        """Records beyond the first of each id."""
        return sum(n - 1 for n in Counter(r["id"] for r in self.data()).values())

    def sequences_hold(self):
        """Within each session and partition the sequence counts up by one from 0."""
        last = {}
        for r in self.records:
            place = (r["partition"], r["session"])
            if r["sequence"] != last.get(place, -1) + 1:
                return False
            last[place] = r["sequence"]
        return True


def wait_for(test, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            seen = test()
        except confluent_kafka.KafkaException:  # the broker has only just come back
            seen = None
        if seen:
            return seen
        time.sleep(0.05)
    return None
