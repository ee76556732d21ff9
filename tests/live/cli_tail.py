#!/usr/bin/env python3
# group: cli
# timeout: 150
"""`iochub tail` and `iochub quarantine show` on everything a topic can hold: good records, other encodings, damage; from any
place, last or first ones, following; a reader that goes away, a broker that does."""

import base64
import json
import os
import signal
import struct
import subprocess
import sys
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from live import BUILD, ROOT, Live, check, confluent_kafka, equal, finish  # noqa: E402
from wire import Messages  # noqa: E402

IOCHUB = BUILD / "bin/iochub"
TOPIC = "in.H10.01.don-vi-hanh-chinh"
UNIT = "examples/noi-vu/don_vi_hanh_chinh.proto"


class Writer:
    def __init__(self, live, wire, schema_id):
        self.live, self.wire, self.schema_id = live, wire, schema_id
        self.producer = confluent_kafka.Producer({"bootstrap.servers": live.env["IOCHUB_BOOTSTRAP"], "log_level": 0})

    def frame(self, body, schema_id=None):
        return struct.pack(">BIB", 0, self.schema_id if schema_id is None else schema_id, 0) + body

    def message(self, position, data):
        m = self.wire.modules["DataMessage"]()
        m.header.agency, m.header.dataset, m.header.operation = "H10.01", "don-vi-hanh-chinh", 1
        m.header.key, m.header.source, m.header.source_position = str(position), "test", str(position)
        m.data = data
        return m.SerializeToString()

    def send(self, topic, value, key=None, partition=0, headers=None):
        self.producer.produce(topic, value, key=key, partition=partition, headers=headers)
        self.producer.flush(20)


def lines(live, *words):
    done = live.run(IOCHUB, "tail", *words, "--no-follow", "--json", good=False)
    check(f"tail {' '.join(map(str, words))} ends well", done.returncode == 0, done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def follow(live, *words, name="tail"):
    """A tail that goes on, writing to work/<name>.out."""
    out = open(live.work / f"{name}.out", "wb")
    process = subprocess.Popen([str(IOCHUB), "tail", *map(str, words)], env=live.env, stdin=subprocess.DEVNULL, stdout=out,
                               stderr=subprocess.STDOUT)
    out.close()
    return process, live.work / f"{name}.out"


def places(records):
    return [(r["partition"], r["offset"]) for r in records]


def data_messages(live, writer, units):
    unit = units.DonViHanhChinh(ma="00001", ten="Phường Phúc Xá", cap=2, ma_tinh="01", ten_tinh="Thành phố Hà Nội", ma_huyen="001")
    for n in range(20):
        unit.ma = f"{n:05}"
        writer.send(TOPIC, writer.frame(writer.message(n, unit.SerializeToString())), key=f"H10.01\x1f{n:05}", partition=n % 2)
    seen = lines(live, TOPIC, "--from", "beginning")
    equal("every record of both partitions once", sorted(places(seen)), [(p, o) for p in range(2) for o in range(10)])
    first = next(r for r in seen if r["key"].endswith("00003"))
    equal("the dataset's own fields under data", first["message"]["data"],
          {"ma": "00003", "ten": "Phường Phúc Xá", "cap": "PHUONG", "ma_tinh": "01", "ten_tinh": "Thành phố Hà Nội", "ma_huyen": "001"})
    equal("the header beside them", first["message"]["header"]["source_position"], "3")
    equal("the structure that the frame names", (first["schema"]["dataset"], first["schema"]["version"]), ("don-vi-hanh-chinh", 1))
    last = lines(live, TOPIC, "-n", "5")
    equal("the newest of all partitions, oldest first", [r["key"][-5:] for r in last], [f"{n:05}" for n in range(15, 20)])
    equal("more than there are: all", len(lines(live, TOPIC, "-n", "1000")), 20)
    equal("none", lines(live, TOPIC, "-n", "0"), [])
    equal("from an offset, in each partition", sorted(places(lines(live, TOPIC, "--from", "8"))), [(p, o) for p in range(2) for o in (8, 9)])
    equal("from the end: nothing", lines(live, TOPIC, "--from", "end"), [])
    equal("a number from the beginning", len(lines(live, TOPIC, "--from", "beginning", "-n", "3")), 3)
    raw = lines(live, TOPIC, "--raw", "-n", "1")[0]
    check("raw is the value as it stands", bytes.fromhex(raw["hex"])[:6] == writer.frame(b"") and "message" not in raw, raw)
    text = live.iochub("tail", TOPIC, "--no-follow", "-n", "1").stdout
    check("for people: place, time, key, message", text.startswith("1/9  20") and "H10.01␟00019" in text and '"cap":"PHUONG"' in text, text)
    for words, status in ((["--from", "10000"], 1), (["--from", "yesterday"], 64)):
        done = live.run(IOCHUB, "tail", TOPIC, *words, "--no-follow", good=False)
        check(f"{words}: exit {status}", done.returncode == status, done.stderr)
    done = live.run(IOCHUB, "tail", "in.H10.01.don-vi-hanh-chin", good=False)
    check("a topic with a slip", done.returncode == 1 and f"did you mean `{TOPIC}`?" in done.stderr, done.stderr)


def damage(live, writer):
    """Nothing that stands on a topic ends the reading or breaks a line."""
    start = lines(live, TOPIC, "-n", "1", "--from", "beginning") and 10
    good = writer.message("x", b"\x0a\x0500001")
    cases = {
        "an unknown schema id": (writer.frame(good, 999), "is not registered", False),
        "no frame": (b"\x01\x02plain", "neither a frame", False),
        "an empty value": (b"", "no value", False),
        "a cut envelope": (writer.frame(good[:-3]), "message: MALFORMED", False),
        "data that is no message": (writer.frame(writer.message("y", b"\x0a\xff")), "data: MALFORMED", True),
        "data with bytes that are no text": (writer.frame(writer.message("z", b"\x0a\x02\xff\xfe")), "BAD_UTF8", True),
        "a frame and nothing else": (writer.frame(b""), None, True),
        "the schema id of one of our own messages": (writer.frame(b"\x0a\x10" + b"i" * 16, 1), None, True),
    }
    for value, _, _ in cases.values():
        writer.send(TOPIC, value, key=b"\xff\x00key", headers=[("bin", b"\xfe\x01"), ("text", "chữ".encode()), ("bin", b"")])
    seen = lines(live, TOPIC, "--from", str(start))
    seen = [r for r in seen if r["partition"] == 0]
    equal("one line a record", len(seen), len(cases))
    for (name, (value, note, readable)), record in zip(cases.items(), seen):
        said = record.get("note")
        check(f"{name}: told as far as it goes", (said is None if note is None else note in said) and (record["message"] is not None) == readable
              and (readable or bytes.fromhex(record["hex"]) == value), record)
    check("bytes that are no text stay readable", seen[0]["key"] == "hex:ff006b6579" and seen[0]["headers"]["text"] == "chữ" and
          seen[0]["headers"]["bin"] == "hex:fe01" or "bin" in seen[0]["headers"], seen[0])
    check("unreadable data is there as hexadecimal", seen[4]["message"]["data_hex"] == "0aff" and "header" in seen[4]["message"], seen[4])
    text = live.iochub("tail", TOPIC, "--from", str(start), "--no-follow").stdout
    check("for people too: one line a record, no control characters", len([x for x in text.splitlines() if x.startswith("0/")]) == len(cases)
          and not any(ord(c) < 32 and c != "\n" for c in text), text)


def json_events(live, writer):
    """iochub.events holds JSON; what is not JSON cannot break our lines."""
    cases = [
        (b'{"specversion": "1.0",\n "type": "x", "n": [1, -2.5e+3, true, null, "a\\u00e9\\n"]}', True),
        (b'{"a": }', False), (b'{"a": 1,}', False), (b'[1, 2', False), (b'01', False), (b'"\x01"', False), (b'"\xff"', False),
        (b'{"a": "\\x"}', False), (b"[" * 40 + b"]" * 40, False), (b"[" * 30 + b"]" * 30, True), (b'nul', False), (b'"\\u12g4"', False),
        (b' "text" ', True), (b'1.5', True), (b'{"a":1} {"b":2}', False),
    ]
    for value, _ in cases:
        writer.send("iochub.events", value)
    seen = lines(live, "iochub.events", "-n", str(len(cases)))
    wrong = [value for (value, good), r in zip(cases, seen) if (r["message"] is not None) != good or (good and r["message"] != json.loads(value))]
    equal("JSON text as it stands, other text as hexadecimal", (len(seen), wrong), (len(cases), []))


def ids(live, writer, wire):
    """The id of a message is told as PostgreSQL shows it."""
    event = wire.modules["RoutingEvent"](message_id=bytes(range(16)), destination="shared.x")
    routing_id = live.one("SELECT id FROM hub.schema WHERE subject = 'iochub.routing-value'")
    writer.send("iochub.routing", writer.frame(event.SerializeToString(), routing_id), key="k")
    record = lines(live, "iochub.routing", "-n", "1")[0]
    equal("a routing event's message id", record["message_id"], str(uuid.UUID(bytes=bytes(range(16)))))
    equal("and in protobuf's own JSON form", record["message"]["message_id"], base64.b64encode(bytes(range(16))).decode())


def through_hub(live):
    """The hub judges what stands there; quarantine shows it with the same ids."""
    live.start_hub()
    live.wait("the hub has read everything", lambda: live.one("SELECT sum(next_offset) FROM hub.progress") == 28)
    table = live.iochub_json("quarantine", "list", "--limit", "100", "--state", "all")
    equal("what cannot be accepted is in quarantine", table["total"], live.one("SELECT count(*) FROM hub.quarantine"))
    shown = {}
    for entry in table["quarantine"]:
        done = live.run(IOCHUB, "quarantine", "show", entry["id"], "--json", good=False)
        check(f"quarantine show {entry['id']} ({entry['code']})", done.returncode == 0, done.stderr)
        shown[entry["id"]] = json.loads(done.stdout)
        people = live.run(IOCHUB, "quarantine", "show", entry["id"], good=False)
        check(f"quarantine show {entry['id']} for people", people.returncode == 0 and entry["code"] in people.stdout
              and not any(ord(c) < 32 and c != "\n" for c in people.stdout), people.stderr + people.stdout)
    bad_text = next(s for s in shown.values() if s["code"] == "BAD_UTF8")
    check("violations in both languages", all(v["vi"] and v["en"] for s in shown.values() for v in s["violations"]), shown)
    check("the message as far as it goes", bad_text["message"]["data_hex"] == "0a02fffe" and "BAD_UTF8" in bad_text["note"], bad_text)
    summary = live.iochub_json("quarantine", "list", "--summary")
    equal("the summary counts them all", sum(s["count"] for s in summary["summary"]), summary["total"])
    equal("a filter by code", {q["code"] for q in live.iochub_json("quarantine", "list", "--code", "BAD_UTF8")["quarantine"]}, {"BAD_UTF8"})
    equal("filters that nothing fits", live.iochub_json("quarantine", "list", "--agency", "H99", "--dataset", "x", "--feed", "7")["total"], 0)
    text = live.iochub("quarantine", "list", "--limit", "2").stdout
    check("a cut list says so", f"2 of {table['total']} messages" in text, text)
    for words, status in ((["9/9/9"], 1), (["1/0"], 64), (["1/0/x"], 64), (["1/0/1/2"], 64), (["-1/0/0"], 64)):
        done = live.run(IOCHUB, "quarantine", "show", "--", *words, good=False)
        check(f"quarantine show {words[0]}: exit {status}", done.returncode == status, done.stderr)
    live.stop("hub")


def following(live, writer):
    process, out = follow(live, TOPIC, "--from", "end", "--json")
    late, late_out = follow(live, "rejected.H10.01", "-n", "1", name="late")
    live.wait("both tails read", lambda: late_out.stat().st_size > 0, 20)
    time.sleep(2)
    text = """syntax = "proto3";
import "iochub/v1/options.proto";
message Moi { option (iochub.v1.dataset) = { name: "moi" domain: "thu" mode: APPEND title_vi: "Mới" title_en: "New" }; string a = 1; }
"""
    (live.work / "moi.proto").write_text(text)
    new = live.iochub_json("schema", "register", live.work / "moi.proto")["schemas"][0]["id"]
    writer.send(TOPIC, writer.frame(writer.message("later", b"\x0a\x01m"), new))
    live.wait("a record sent later is shown", lambda: out.read_text().count("\n") == 1, 20)
    record = json.loads(out.read_text() or "{}")
    equal("with a structure that was registered meanwhile", record.get("message", {}).get("data"), {"a": "m"})
    for name, p in (("following", process), ("waiting", late)):
        p.send_signal(signal.SIGINT)
        equal(f"Ctrl-C while {name}: exit 0", p.wait(10), 0)
    check("and nothing but records was said", "iochub:" not in late_out.read_text() + out.read_text(), out.read_text())


def pipes(live, writer):
    for n in range(3000):
        writer.producer.produce("shared.don-vi-hanh-chinh", writer.frame(writer.message(n, b"\x0a\x0500001")), partition=n % 4)
        writer.producer.poll(0)
    writer.producer.flush(30)
    begin = time.monotonic()
    done = subprocess.run(["bash", "-c", f"set -o pipefail; '{IOCHUB}' tail shared.don-vi-hanh-chinh --from beginning --no-follow | head -n 1"],
                          env=live.env, capture_output=True, text=True, timeout=30)
    check("a reader that has seen enough ends it quietly", done.returncode == 0 and done.stderr == "" and done.stdout.count("\n") == 1, done)
    done = subprocess.run([str(IOCHUB), "tail", "shared.don-vi-hanh-chinh", "--from", "beginning", "--no-follow"], env=live.env,
                          stdout=open("/dev/full", "wb"), stderr=subprocess.PIPE, text=True, timeout=30)
    check("a full disk is said: exit 70", done.returncode == 70 and "No space" in done.stderr, done)
    newest = lines(live, "shared.don-vi-hanh-chinh", "-n", "7")
    equal("the newest seven of four partitions", len(newest), 7)
    check("sorted by time", [r["time"] for r in newest] == sorted(r["time"] for r in newest), newest)
    print(f"# pipes took {time.monotonic() - begin:.1f} s", flush=True)


def broker_away(live, writer):
    process, out = follow(live, TOPIC, "--from", "end", name="away")
    time.sleep(3)
    os.kill(json.loads(live.stack("status", "--json").stdout)["kafka"]["pid"], signal.SIGKILL)
    live.wait("a tail says that Kafka is away", lambda: "Kafka is away" in out.read_text(), 30)
    live.stack("up")
    live.wait("and that it is back", lambda: "Kafka is back" in out.read_text(), 40)
    writer.send(TOPIC, b"after", key="after")
    live.wait("and goes on", lambda: "after" in out.read_text(), 30)
    process.send_signal(signal.SIGINT)
    equal("Ctrl-C ends it well", process.wait(10), 0)
    equal("it was said once", out.read_text().count("Kafka is away"), 1)


with Live() as live, Messages(UNIT) as wire:
    live.migrate()
    done = live.run(IOCHUB, "tail", "iochub.schemas", "--no-follow", good=False)
    check("before anything is registered there is no topic: exit 1", done.returncode == 1 and "no topic" in done.stderr, done.stderr)
    live.register(ROOT / "schemas" / UNIT)
    live.feed("H10.01", "don-vi-hanh-chinh", "--partitions", "2")
    done = live.run(IOCHUB, "tail", TOPIC, "--no-follow", good=False)
    check("an empty topic says so", done.returncode == 0 and "holds no records" in done.stderr and not done.stdout, done)
    schema_id = live.one("SELECT id FROM hub.schema WHERE dataset = 'don-vi-hanh-chinh'")
    writer = Writer(live, wire, schema_id)
    data_messages(live, writer, wire.load(UNIT))
    damage(live, writer)
    json_events(live, writer)
    ids(live, writer, wire)
    through_hub(live)
    following(live, writer)
    pipes(live, writer)
    broker_away(live, writer)
finish()
