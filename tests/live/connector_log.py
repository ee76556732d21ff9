#!/usr/bin/env python3
# group: connector
# timeout: 240
"""Every state of the log that a start can meet: what counts, what does not, and what only a person can decide."""

import random
import re
import signal
import string
import time

from connector_kit import DATASET, HEAD, Kit, confluent_kafka, check, equal, finish, frame, row, unframe, wait_for


def raw(live, s):
    return sorted(live.messages(s.topic), key=lambda m: (m.partition(), m.offset()))


def rebuild(live, s, records):
    """The topic anew with these (partition, key, value)."""
    live.admin.delete_topics([s.topic])[s.topic].result(20)
    wait_for(lambda: s.topic not in live.admin.list_topics(timeout=10).topics)
    again(live, s)
    for partition, key, value in records:
        live.send(s.topic, value, key, partition)


def again(live, s):
    """A topic's name is free a moment after its deletion."""
    for _ in range(50):
        try:
            live.topic(s.topic, s.parts)
            return
        except confluent_kafka.KafkaException:
            time.sleep(0.1)
    raise RuntimeError(f"{s.topic} cannot be made again")


def change(live, value, **fields):
    """A copy of a record's value with other header fields, or another cursor."""
    number, message = unframe(value)
    made = live.wire.modules["DataMessage"].FromString(message)
    cursor = fields.pop("cursor", None)
    last = fields.pop("last_offset", None)
    for name, new in fields.items():
        setattr(made.header, name, new)
    if cursor is not None:
        made.control.checkpoint.cursor = cursor
    if last is not None:
        made.control.checkpoint.last_offset[:] = last
    return frame(number, made)


def of(live, s, operation):
    """(record, DataMessage) of an operation."""
    wanted = live.wire.modules["Operation"].Value(operation)
    pairs = [(m, live.wire.parse("DataMessage", m.value())) for m in raw(live, s)]
    return [(m, v) for m, v in pairs if v.header.operation == wanted]


def middle_record_missing(live):
    """Three records over two partitions, the middle one never stored."""
    s = live.sender(parts=2)
    s.write("1.csv", [row(i) for i in range(20)])
    s.run()
    first = next(m for m, v in of(live, s, "CHECKPOINT"))
    data = sorted(((v.header.source_position, m) for m, v in of(live, s, "PUT")),
                  key=lambda r: int(re.search(r"@(\d+)#", r[0])[1]))
    lost = next(i for i, (_, m) in enumerate(data) if m.partition() == 1 and i > 0)
    later = [m for i, (_, m) in enumerate(data) if i != lost and i < 12]
    starts = [m for m, _ in of(live, s, "START")]
    rebuild(live, s, [(m.partition(), m.key(), m.value()) for m in [*starts, first, *later]])
    status, summary, errors = s.run()
    log = s.log()
    equal("only what is missing is sent", (status, summary["sent"], summary["skipped"], len(log.data()), log.repeats()),
          (0, 20 - len(later), len(later), 20, 0))


def older_session_late(live):
    """What a former session sent lands behind a new START; then a third session."""
    s = live.sender()
    s.write("1.csv", [row(i) for i in range(100)])
    s.run()
    old, _ = of(live, s, "CHECKPOINT")[-1]
    put = of(live, s, "PUT")[-1][0]
    start = of(live, s, "START")[-1][0]
    end = live.wire.parse("DataMessage", old.value()).header.sequence
    s.write("1.csv", [row(i) for i in range(100, 150)], mode="a", head=False)
    size = (s.folder / "data/1.csv").stat().st_size
    cursor = live.wire.parse("DataMessage", old.value()).control.checkpoint.cursor
    ahead = re.sub(rb"\n\d+ (\d+) \d+ \d+ ", b"\n%d \\1 151 150 " % size, cursor)
    live.send(s.topic, change(live, start.value(), session=77), start.key())
    live.send(s.topic, change(live, put.value(), sequence=end + 1), put.key())
    live.send(s.topic, change(live, old.value(), sequence=end + 2, cursor=ahead), old.key())
    status, summary, errors = s.run()
    log = s.log()
    equal("an older session's record and checkpoint do not count",
          (status, summary["sent"], len(log.data()), log.repeats()), (0, 50, 150, 0))


def only_starts(live):
    s = live.sender()
    s.write("1.csv", [row(i) for i in range(10)])
    s.run()
    start, checkpoint = of(live, s, "START")[0][0], of(live, s, "CHECKPOINT")[-1][0]
    rebuild(live, s, [(0, start.key(), start.value()), (0, start.key(), change(live, start.value(), session=5)),
                      (0, checkpoint.key(), checkpoint.value())])
    status, summary, errors = s.run()
    equal("a log of STARTs and stale records is new", (status, summary["sent"]), (0, 10))


def foreign_bytes(live):
    """Records that are none of ours between ours: the proof by offsets fails, the STARTs decide."""
    s = live.sender(mode="follow", extra=", poll: 50ms", limits="limits: { checkpoint_every: 50ms }")
    s.write("1.csv", [row(i) for i in range(50)])
    s.start()
    wait_for(lambda: live.topic_end(s.topic) >= 52)
    live.send(s.topic, b"no message at all", b"x")
    s.write("1.csv", [row(i) for i in range(50, 100)], mode="a", head=False)
    wait_for(lambda: live.topic_end(s.topic) >= 104)
    time.sleep(0.3)
    live.stop(s.agency, signal.SIGKILL)
    status, summary, errors = once(s)
    equal("foreign bytes in the log do not confuse a start", (status, summary and summary["sent"]), (0, 0))


def once(s):
    text = s.conf.read_text(encoding="utf-8")
    s.conf.write_text(text.replace("mode: follow", "mode: once"), encoding="utf-8")
    return s.run()


def no_checkpoint(live):
    s = live.sender()
    s.write("1.csv", [row(i) for i in range(10)])
    live.send(s.topic, b"whatever", b"x")
    status, summary, errors = s.run()
    check("a log with records and no checkpoint is a named error with the way out", status == 1 and
          f"iochub-connector resume -f {DATASET} --from beginning" in summary["error"], summary)
    equal("nothing was sent", summary["sent"], 0)
    status, out, errors = s.do("resume", "-f", DATASET, "--from", "beginning")
    equal("resume --from beginning", status, 0)
    status, summary, _ = s.run()
    data = s.records()
    check("all is sent, marked for a second look", status == 0 and len(data) == 10 and all(r["recheck"] for r in data), summary)
    s.write("2.csv", [row(i) for i in range(10, 15)])
    s.run()
    check("the session after it is not marked", [r["recheck"] for r in s.records()[10:]] == [False] * 5)


def resumed_by_hand(live):
    s = live.sender()
    s.write("1.csv", [row(i) for i in range(10)])
    s.write("2.csv", [row(i) for i in range(10, 20)])
    live.send(s.topic, b"whatever", b"x")
    equal("resume --from end", s.do("resume", "-f", DATASET, "--from", "end")[0], 0)
    equal("skips what is there", s.run()[1]["sent"], 0)
    offset = len((HEAD + "".join(row(i) for i in range(10, 15))).encode())
    status, _, errors = s.do("resume", "-f", DATASET, "--from", f"2.csv@{offset}")
    equal("resume --from FILE@OFFSET", (status, s.run()[1]["sent"]), (0, 5))
    check("begins with that row", s.records()[0]["key"] == "0000015" and s.records()[0]["recheck"])
    status, _, errors = s.do("resume", "-f", DATASET, "--from", f"2.csv@{offset + 1}")
    check("a place inside a row is refused", status != 0 and "is not the start of a row" in errors, errors)
    status, _, errors = s.do("resume", "-f", "other", "--from", "end")
    check("a feed that is not there is refused", status == 78 and "has no feed of dataset other" in errors, errors)
    s.write("3.csv", [row(i) for i in range(20, 22)])
    equal("a refused resume changes nothing", s.run()[1]["sent"], 2)


def torn_cursor(live):
    s = live.sender()
    s.write("1.csv", [row(i) for i in range(10)])
    s.run()
    last, _ = of(live, s, "CHECKPOINT")[-1]
    sequence = live.wire.parse("DataMessage", last.value()).header.sequence
    for cursor in (b"iochub 1 csv -\ncsv 1\n12 torn", b"", b"\xff" * 100, b"iochub 1 sql -\n"):
        sequence += 1
        live.send(s.topic, change(live, last.value(), sequence=sequence, cursor=cursor), last.key())
        status, summary, errors = s.run()
        good = status == 1 and "checkpoint" in summary["error"]
        check(f"a torn checkpoint is a named error ({cursor[:20]!r})", good, f"{status} {summary} {errors[-500:]}")
        equal("and nothing is sent", summary["sent"], 0)
        # The failed start stands in the log: its session is no longer the last one.
        live.send(s.topic, change(live, of(live, s, "START")[0][0].value(), session=live.wire.parse(
            "DataMessage", last.value()).header.session), last.key())


def older_than_retention(live):
    s = live.sender()
    s.write("1.csv", [row(i) for i in range(10)])
    s.run()
    last = of(live, s, "CHECKPOINT")[-1][0].offset()
    cut(live, s, last)
    s.write("2.csv", [row(i) for i in range(10, 15)])
    status, summary, errors = s.run()
    equal("a log whose oldest record is the checkpoint is enough", (status, summary["sent"]), (0, 5))
    cut(live, s, live.topic_end(s.topic))
    status, summary, errors = s.run()
    check("an emptied log is a named error", status == 1 and "no checkpoint" in summary["error"], summary)


def cut(live, s, offset):
    place = confluent_kafka.TopicPartition(s.topic, 0, offset)
    live.admin.delete_records([place])[place].result(20)


def overwritten_while_down(live):
    s = live.sender()
    s.write("1.csv", [row(i) for i in range(10)])
    s.write("2.csv", [row(i) for i in range(10, 20)])
    s.run()
    s.write("1.csv", [row(i, 7) for i in range(12)])
    status, summary, errors = s.run()
    data = s.records()[20:]
    check("an overwritten file is read again, its rows marked", status == 0 and len(data) == 12 and
          all(r["recheck"] for r in data) and "was overwritten" in errors, f"{summary} {errors}")


def told_by_the_hub(live):
    """Rejects of its own session reach the agency's log; STALE_SESSION ends it."""
    s = live.sender(mode="follow", extra=", poll: 50ms")
    live.topic(f"rejected.{s.agency}")
    s.write("1.csv", [row(1)])
    s.start()
    wait_for(lambda: len(s.records()) == 1)
    session = s.records()[0]["session"]
    made = live.wire.modules["Reject"]
    fields = {"agency": s.agency, "dataset": DATASET, "topic": s.topic, "source_position": "1.csv@1#00"}
    for code, whose in (("RULE_BROKEN", session), ("RULE_BROKEN", session), ("STALE_SESSION", 4711)):
        live.send(f"rejected.{s.agency}", frame(2, made(code=code, session=whose, **fields)))
    check("a reject is said", wait_for(lambda: "code=RULE_BROKEN" in s.log_text()))
    time.sleep(1)
    equal("once a code", s.log_text().count("code=RULE_BROKEN"), 1)
    check("another session's are none of its business", live.processes[s.agency].poll() is None)
    live.send(f"rejected.{s.agency}", frame(2, made(code="STALE_SESSION", session=session, **fields)))
    equal("STALE_SESSION ends it with 75", live.finish_process(s.agency, 20), 75)
    check("with a sentence", "a newer session of this feed is at work" in s.log_text())


def refused_by_the_broker(live):
    """A record that the topic refuses ends the session; what is before and after it is not lost, nothing comes twice."""
    s = live.sender(topic=False)
    text = s.conf.read_text(encoding="utf-8")
    s.conf.write_text(text.replace("kafka: { ", "kafka: { batch.num.messages: 1, "), encoding="utf-8")
    live.topic(s.topic, config={"max.message.bytes": "3000"})
    noise = "".join(random.Random(1).choices(string.ascii_letters, k=9000))
    s.write("1.csv", [row(i) for i in range(50)] + [f'99,"{noise}",1,01/03/2025 07:00\n'])
    status, summary, errors = s.run()
    check("it is given up with the reason", status == 1 and "given up after" in summary["error"], summary)
    log = s.log()
    equal("the others are there once", (len(log.data()), log.repeats()), (50, 0))
    s.conf.write_text(text.replace("kafka: { ", "kafka: { message.max.bytes: 2500, "), encoding="utf-8")
    status, summary, errors = s.run()
    equal("what the client's own settings refuse is rejected locally", (status, summary["sent"], summary["rejected"]),
          (0, 0, 1))


with Kit() as kit:
    for test in (middle_record_missing, older_session_late, only_starts, foreign_bytes, no_checkpoint, resumed_by_hand,
                 torn_cursor, older_than_retention, overwritten_while_down, told_by_the_hub, refused_by_the_broker):
        test(kit)
finish()
