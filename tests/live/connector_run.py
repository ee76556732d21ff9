#!/usr/bin/env python3
# group: connector
# timeout: 240
"""The connector from a table to the log and back: what it sends, what it rejects, what it says, how it follows files,
stops, waits for a broker, and what check and preview show."""

import csv
import datetime
import io
import json
import signal
import subprocess
import time
import zoneinfo

from connector_kit import BUILD, DATASET, HEAD, ROOT, Kit, check, equal, finish, row, wait_for


def murmur2(data):
    """As Kafka's Java client."""
    mask, m, h = 0xFFFFFFFF, 0x5BD1E995, 0x9747B28C ^ len(data)
    whole = len(data) & ~3
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i:i + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = h * m & mask ^ k
    rest = data[whole:]
    for i in reversed(range(len(rest))):
        h ^= rest[i] << 8 * i
    if rest:
        h = h * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


def sent_as_it_stands(live):
    s = live.sender(parts=3)
    rows = [row(i, number="" if i % 5 == 0 else None) for i in range(3000)]
    s.write("1.csv", rows)
    status, summary, errors = s.run()
    equal("run ends with 0", status, 0)
    equal("the summary counts", (summary["rows"], summary["sent"], summary["skipped"], summary["rejected"],
                                 summary["state"]), (3000, 3000, 0, 0, "done"))
    log = s.log()
    equal("every row is on the log once", (len(log.data()), log.repeats()), (3000, 0))
    check("sequences count from START on each partition", log.sequences_hold())
    check("START and CHECKPOINT come before data", [r["operation"] for r in log.records if r["partition"] == 0][:2] ==
          ["START", "CHECKPOINT"])
    check("START stands on every partition", {r["partition"] for r in log.named("START")} == {0, 1, 2})
    check("checkpoints stand on partition 0", {r["partition"] for r in log.named("CHECKPOINT")} == {0})
    wrong = [r for r in log.data() if r["record_key"] != s.agency.encode() + b"\x1f" + r["key"].encode() or
             (murmur2(r["record_key"]) & 0x7FFFFFFF) % 3 != r["partition"]]
    equal("records are keyed and placed as Kafka's Java client would", len(wrong), 0)
    compare(live, log, HEAD + "".join(rows))
    last = log.named("CHECKPOINT")[-1]["control"].checkpoint
    check("the last checkpoint covers everything", last.records == 3000 and
          b"1.csv" in last.cursor and str((s.folder / "data/1.csv").stat().st_size).encode() in last.cursor, last)
    status, summary, _ = s.run()
    equal("a second run sends nothing", (status, summary["sent"], summary["rows"]), (0, 0, 0))


def compare(live, log, text):
    """Each message against the table as Python reads it."""
    import importlib
    import sys
    folder = live.work / "python"
    folder.mkdir(exist_ok=True)
    subprocess.run(["protoc", f"-I{live.work}", f"-I{ROOT}/schemas",
                    f"--python_out={folder}", str(live.work / "thu_nghiem.proto")], check=True)
    sys.path.insert(0, str(folder))
    made = importlib.import_module("thu_nghiem_pb2").ThuNghiem
    seen = {}
    for r in log.data():
        m = made.FromString(r["data"])
        seen[m.ma] = (m.ten, m.so if m.HasField("so") else None, m.luc.seconds)
    wanted = {}
    zone = zoneinfo.ZoneInfo("Asia/Ho_Chi_Minh")
    for line in csv.DictReader(io.StringIO(text)):
        when = datetime.datetime.strptime(line["Lúc"], "%d/%m/%Y %H:%M").replace(tzinfo=zone)
        wanted[line["Mã"]] = (line["Tên"], float(line["Số"]) if line["Số"] else None, int(when.timestamp()))
    equal("every message is its row", {k: v for k, v in seen.items() if wanted.get(k) != v}, {})
    equal("no row is missing", len(seen), len(wanted))


def rejects(live):
    s = live.sender()
    s.write("1.csv", [row(1), row(2, "x"), "3,b\n", row(4, "N/A"), "5,\"a\"b,1,01/03/2025 07:00\n",
                      "6,a,1,31/02/2025 07:00\n"])
    status, summary, _ = s.run()
    equal("rows that cannot be converted are rejected locally, the others sent",
          (status, summary["sent"], summary["rejected"]), (0, 2, 4))
    lines = list(csv.reader(s.rejects()))
    equal("the reject file names file, line, column and value", [(r[1], r[2], r[3], r[4]) for r in lines],
          [("1.csv", "3", "Số", "x"), ("1.csv", "4", "", "3,b"), ("1.csv", "6", "", '5,"a"b,1,01/03/2025 07:00'),
           ("1.csv", "7", "Lúc", "31/02/2025 07:00")])
    check("with a reason in Vietnamese and English and the position", lines[0][5:7] == ["không phải số", "not a number"] and
          lines[0][7].startswith("1.csv@"), lines[0])
    last = s.log().named("CHECKPOINT")[-1]["control"].checkpoint
    path = s.folder / f"rejects/{DATASET}.rejects.csv"
    equal("the checkpoint counts them", (last.local_rejects, last.records, last.reject_bytes), (4, 2, path.stat().st_size))
    path.write_bytes(path.read_bytes() + b"torn")
    s.run()
    equal("a torn reject file is cut to the checkpoint", len(s.rejects()), 4)


def mistakes(live):
    s = live.sender()
    text = s.conf.read_text(encoding="utf-8")
    s.conf.write_text(text.replace("agency:", "agncy:").replace("column: Số", "colum: Số").replace("Ho_Chi_Minh", "Saigonn"),
                      encoding="utf-8")
    status, _, errors = s.run()
    check("mistakes end with 78, all at once, each with its place", status == 78 and "connector.yaml:1:1: " in errors and
          "connector.yaml:10:13: " in errors and "there is no time zone `Asia/Saigonn`" in errors, errors)
    s.conf.write_text(text.replace("ten: Tên", "tenn: Tên"), encoding="utf-8")
    status, _, errors = s.run()
    check("a field that the structure lacks is a mistake with its place", status == 78 and
          "connector.yaml:9:7: vn.thunghiem.v1.ThuNghiem has no field `tenn`; did you mean `ten`?" in errors, errors)
    equal("nothing was started", len(s.log().records), 0)
    s.conf.write_text(text, encoding="utf-8")
    for words, wanted in ((["runn"], 64), (["run"], 64), (["run", "-c", "/none.yaml"], 78), (["--version"], 0),
                          (["help-config"], 0), (["--help"], 0), (["resume", "-c", "x"], 64), ([], 64)):
        done = subprocess.run([BUILD / "bin/iochub-connector", *words], capture_output=True, text=True)
        equal(f"exit status of `{' '.join(words)}`", done.returncode, wanted)


def named_errors(live):
    for what, text, wanted in (
            ("a file cut off in quotes", HEAD + row(1) + row(2) + '3,"cut off', "1.csv:4: the file ends inside the quoted field"),
            ("a file without the mapped column", HEAD.replace("Tên", "Ten") + row(1), "1.csv:1: there is no column `Tên`"),
            ("a missing file", None, "data/*.csv: there is no such file")):
        s = live.sender()
        if text:
            (s.folder / "data/1.csv").write_text(text, encoding="utf-8")
        status, summary, errors = s.run()
        check(f"{what} is a named error", status == 1 and wanted in summary["error"] and summary["state"] == "failed",
              f"{status} {summary} {errors}")
    s = live.sender()
    s.write("1.csv", [row(1), row(2), '3,"cut'])
    s.run()
    equal("what stands before it is sent", len(s.log().data()), 2)
    s.write("1.csv", [row(1), row(2), row(3)])
    status, summary, _ = s.run()
    equal("and what comes after once it is whole", (status, summary["sent"]), (0, 1))


def two_feeds(live):
    """One feed's error does not stop the other."""
    s = live.sender()
    live.schema(8, live.work / "thu_nghiem.proto", "vn.thunghiem.v1.ThuNghiem", DATASET, version=2)
    other = (live.work / "thu_nghiem.proto").read_text(encoding="utf-8").replace("thu-nghiem", "thu-hai")
    (live.work / "hai.proto").write_text(other, encoding="utf-8")
    live.schema(9, live.work / "hai.proto", "vn.thunghiem.v1.ThuNghiem", "thu-hai")
    live.topic(f"in.{s.agency}.thu-hai")
    s.conf.write_text(s.conf.read_text(encoding="utf-8") + """
  - dataset: thu-hai
    source: { kind: csv, files: 'none/*.csv' }
    map: { ma: Mã }
""", encoding="utf-8")
    s.write("1.csv", [row(i) for i in range(100)])
    status, _, errors = s.run()
    equal("one feed's error leaves the other", (status, len(s.log().data())), (1, 100))
    equal("the newest version of the structure is used", {live.messages(s.topic)[-1].value()[4]}, {8})


def follow(live):
    limits = "limits: { checkpoint_idle: 1s, heartbeat: 300ms, checkpoint_every: 200ms }"
    s = live.sender(mode="follow", extra=", poll: 50ms", limits=limits, topic=False)
    s.write("1.csv", [row(1)])
    process = s.start()
    check("it waits for a topic that is not there", wait_for(lambda: "the topic does not exist yet" in s.log_text()))
    live.topic(s.topic)
    check("and goes on when it is made", wait_for(lambda: "feed started" in s.log_text()), s.log_text())
    count = lambda: len(s.log().data())  # noqa: E731
    check("the file is read", wait_for(lambda: count() == 1))
    s.write("1.csv", [row(2), row(3)[:-1]], mode="a", head=False)
    check("a grown file is read up to its last complete line", wait_for(lambda: count() == 2))
    s.write("1.csv", ["\n"], mode="a", head=False)
    check("the last line follows when it ends", wait_for(lambda: count() == 3))
    s.write("0.csv", [row(4)])
    check("a new file is read", wait_for(lambda: count() == 4))
    check("heartbeats say that the source was read", wait_for(lambda: len(s.log().named("HEARTBEAT")) >= 2))
    at = len(s.log().named("CHECKPOINT"))
    check("idle checkpoints are written", wait_for(lambda: len(s.log().named("CHECKPOINT")) > at))
    s.write("2.csv", [row(i) for i in range(100, 5100)])
    time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    equal("SIGTERM ends it with 0", live.finish_process(s.agency, 15), 0)
    log = s.log()
    last = log.named("CHECKPOINT")[-1]
    check("the last record is a checkpoint that covers what was sent", log.records[-1] is last and
          last["control"].checkpoint.records == len(log.data()), last)
    s.start()
    check("a new start sends the rest once", wait_for(lambda: count() == 5004) and s.log().repeats() == 0)
    live.stop(s.agency)


def registered_later(live):
    s = live.sender()
    s.write("1.csv", [row(i) for i in range(5)])
    s.conf.write_text(s.conf.read_text(encoding="utf-8").replace(DATASET, "sau-nay"), encoding="utf-8")
    live.topic(f"in.{s.agency}.sau-nay")
    s.start()
    check("it waits for a dataset that is not registered",
          wait_for(lambda: "the dataset is not registered yet" in s.log_text()))
    time.sleep(2.5)
    equal("and says so once", s.log_text().count("the dataset is not registered yet"), 1)
    later = (live.work / "thu_nghiem.proto").read_text(encoding="utf-8").replace("thu-nghiem", "sau-nay")
    (live.work / "sau.proto").write_text(later, encoding="utf-8")
    live.schema(19, live.work / "sau.proto", "vn.thunghiem.v1.ThuNghiem", "sau-nay")
    equal("and sends when it is", (live.finish_process(s.agency, 20), live.topic_end(f"in.{s.agency}.sau-nay")), (0, 8))


def topic_made_again(live):
    s = live.sender(mode="follow", extra=", poll: 50ms")
    s.write("1.csv", [row(i) for i in range(50)])
    s.start()
    wait_for(lambda: len(s.records()) == 50)
    live.admin.delete_topics([s.topic])[s.topic].result(20)
    time.sleep(0.5)
    s.write("2.csv", [row(i) for i in range(50, 60)])
    check("a deleted topic ends the session", wait_for(lambda: "starting a new session" in s.log_text(), 60), s.log_text())
    live.topic(s.topic)
    check("a topic made again is a new log", wait_for(lambda: len(s.records()) == 60) and s.log().repeats() == 0,
          s.log_text())
    live.stop(s.agency)


def check_and_preview(live):
    s = live.sender()
    s.write("1.csv", [row(1), row(2, "x")])
    status, out, _ = s.do("check")
    check("check finds everything good", status == 0 and "1 of the first 2 rows convert" in out and
          "topic in." in out, out)
    status, out, _ = s.do("preview", "--json", "-n", "2")
    lines = [json.loads(line) for line in out.splitlines()]
    check("preview shows the message and the verdict", status == 0 and lines[0]["message"]["ma"] == "0000001" and
          lines[0]["message"]["luc"] == "2025-03-02T00:01:00Z" and lines[0]["verdict"] == "accepted" and
          lines[1]["verdict"] == "not converted" and lines[1]["column"] == "Số", out)
    equal("neither sends anything", len(s.log().records), 0)
    bare = live.sender(topic=False)
    status, out, _ = bare.do("check")
    check("check names what is missing", status == 1 and "does not exist" in out and "there is no such file" in out, out)
    bare.conf.write_text(bare.conf.read_text(encoding="utf-8").replace(live.env["IOCHUB_BOOTSTRAP"], "127.0.0.1:1"),
                         encoding="utf-8")
    equal("check without a broker ends with 69", bare.do("check")[0], 69)


def broker_away(live):
    s = live.sender(mode="follow", extra=", poll: 50ms", limits="limits: { flush: 1s }")
    s.write("1.csv", [row(i) for i in range(1000)])
    s.start()
    wait_for(lambda: len(s.log().data()) == 1000)
    live.stack("down")
    s.write("2.csv", [row(i) for i in range(1000, 3000)])
    time.sleep(3)
    live.stack("up")
    live.refresh()
    check("records wait for the broker and are sent once", wait_for(lambda: len(s.log().data()) == 3000, 60) and
          s.log().repeats() == 0, s.log_text())
    check("it says so a few times only", s.log_text().count("does not answer") <= 6, s.log_text())
    live.stack("down")
    s.write("3.csv", [row(i) for i in range(3000, 3100)])
    time.sleep(1)
    begin = time.monotonic()
    live.processes[s.agency].send_signal(signal.SIGTERM)
    status = live.finish_process(s.agency, 20)
    check("SIGTERM without a broker ends in time with 75", status == 75 and time.monotonic() - begin < 10,
          f"{status} {time.monotonic() - begin}")
    live.stack("up")
    live.refresh()
    s.start()
    check("the next start sends what was left", wait_for(lambda: len(s.log().data()) == 3100, 60) and
          s.log().repeats() == 0)
    live.stop(s.agency)



with Kit() as kit:
    for test in (sent_as_it_stands, rejects, mistakes, named_errors, two_feeds, follow, registered_later, topic_made_again,
                 check_and_preview, broker_away):
        test(kit)
finish()
