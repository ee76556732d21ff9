#!/usr/bin/env python3
# group: hub
# timeout: 200
"""What a sender can do wrong: each bad record is in quarantine once, with its code, bytes and a record on
rejected.<agency>; its neighbours are stored; gaps, repeats and stale sessions are told apart."""

import hashlib
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from live import Live, check, equal, finish  # noqa: E402
from sender import Sender  # noqa: E402
from wire import Messages  # noqa: E402

AGENCY, DATASET, TOPIC = "H10.01", "don-vi-hanh-chinh", "in.H10.01.don-vi-hanh-chinh"
AIR = "chat-luong-khong-khi"
UNIT = "examples/noi-vu/don_vi_hanh_chinh.proto"
READING = "examples/moi-truong/chat_luong_khong_khi.proto"


def unit(wire, code, **changes):
    row = wire.load(UNIT).DonViHanhChinh(ma=code, ten="Xã Một", cap=1, ma_tinh="98", ten_tinh="Tỉnh An Bình")
    for name, value in changes.items():
        setattr(row, name, value)
    return row.SerializeToString()


def raw_text(number, text):
    """A length-delimited field as bytes, which no generated class would write."""
    return bytes([number << 3 | 2, len(text)]) + text


def bad_units(wire, s):
    """name -> expected code, each sent between good neighbours."""
    def good(code, **header):
        return s.message(code, unit(wire, code), sequence=s.number(), **header)

    def body(code, data, **header):
        return s.frame(s.message(code, data, sequence=s.number(), **header).SerializeToString())

    whole = good("b0001").SerializeToString()
    s.sequence -= 1
    yield "empty value", "BAD_FRAME", b""
    yield "no frame", "BAD_FRAME", b"\x01\x02\x03"
    yield "message index that is not the first", "BAD_FRAME", b"\x00\x00\x00\x00\x01\x02\x00" + whole
    s.number()  # these two had a number that cannot be read: no gap is reported
    yield "envelope cut off", "MALFORMED", s.frame(whole[:-3])
    s.number()
    yield "random bytes behind a frame", "MALFORMED", s.frame(b"\xff" * 40)
    yield "agency that is not UTF-8", "BAD_UTF8", s.frame(raw_text(1, raw_text(1, b"\xc3\x28")))
    yield "NUL in the agency", "NUL_IN_TEXT", s.frame(raw_text(1, raw_text(1, b"H\x0010")))
    yield "payload cut off", "MALFORMED", body("b0002", unit(wire, "b0002")[:-2])
    yield "payload not UTF-8", "BAD_UTF8", body("b0003", unit(wire, "b0003") + raw_text(8, b"\xed\xa0\x80"))
    yield "NUL in the payload", "NUL_IN_TEXT", body("b0004", unit(wire, "b0004") + raw_text(8, b"a\x00b"))
    yield "unknown schema id", "UNKNOWN_SCHEMA", s.frame(good("b0005").SerializeToString(), 4_000_000)
    yield "schema id that no registry gives", "UNKNOWN_SCHEMA", s.frame(good("b0019").SerializeToString(), 2**32 - 1)
    yield "schema id of the hub's own messages", "UNKNOWN_SCHEMA", s.frame(good("b0020").SerializeToString(), 1)
    yield "schema of another dataset", "WRONG_DATASET", s.frame(good("b0006").SerializeToString(), s.schema_id_other)
    yield "another agency in the header", "WRONG_AGENCY", s.frame(good("b0007", agency="H10").SerializeToString())
    yield "provider not allowed", "WRONG_AGENCY", s.frame(good("b0008", provider="H99").SerializeToString())
    yield "another dataset in the header", "WRONG_DATASET", s.frame(good("b0009", dataset=AIR).SerializeToString())
    yield "key that is not the message's", "WRONG_KEY", body("b0011", unit(wire, "b0010"))
    yield "operation that does not exist", "BAD_HEADER", s.frame(good("b0012", operation=9).SerializeToString())
    yield "sequence that no column holds", "BAD_HEADER", s.frame(
        s.message("b0016", unit(wire, "b0016"), sequence=2**63).SerializeToString())
    yield "retraction of nothing", "BAD_HEADER", body("b0013", unit(wire, "b0013"), operation=4, reason="gửi nhầm")
    yield "correction of half an id", "BAD_HEADER", body("b0017", unit(wire, "b0017"), operation=3, reason="gõ nhầm",
                                                         relates_to=b"\1" * 8)
    yield "correction without a reason", "BAD_HEADER", body("b0018", unit(wire, "b0018"), operation=3, reason=" ",
                                                            relates_to=b"\1" * 16)
    yield "rule broken", "RULE_BROKEN", body("b0014", unit(wire, "b0014", ma_tinh="9"))
    yield "several rules broken", "RULE_BROKEN", body("b0015", unit(wire, "b0015", ma_tinh="9", ten="", cap=0))


def send_units(wire, s):
    wanted, good = {}, 0
    s.start()
    for number, (name, code, value) in enumerate(bad_units(wire, s)):
        s.send(name, value, key=name_key(name, value, s))
        wanted[name] = code
        key = f"g{number:04}"
        s.send(key, s.frame(s.message(key, unit(wire, key), sequence=s.number()).SerializeToString()), key)
        good += 1
    return wanted, good


def name_key(name, value, s):
    """The record key of a well-formed envelope is its header's key; of others it does not matter."""
    try:
        return s.wire.parse("DataMessage", value).header.key
    except Exception:
        return ""


def check_quarantine(live, s, wanted, good):
    live.wait_settled()
    rows = {offset: (code, violations, value) for offset, code, violations, value in live.sql(
        'SELECT "offset", code, violations, value FROM hub.quarantine WHERE dataset = %s', DATASET)}
    for name, code in wanted.items():
        row = rows.pop(s.places[name], None)
        check(f"{name}: quarantined as {code}", row is not None and row[0] == code, row)
        if row:
            check(f"{name}: says why in both languages", all(v["vi"] and v["en"] and v["rule"] for v in row[1]) and row[1], row)
    equal("nothing else is in quarantine", rows, {})
    equal("the neighbours are stored", live.one("SELECT count(*) FROM data.don_vi_hanh_chinh"), good)
    rejects = {m.offset: m for m in (s.wire.parse("Reject", r.value()) for r in live.messages(f"rejected.{AGENCY}"))}
    equal("each has one record on rejected.<agency>", {n: rejects[o].code for n, o in s.places.items() if o in rejects},
          wanted)
    several = rejects.get(s.places["several rules broken"])
    check("all broken rules are reported", several and len(several.violations) == 3, several)
    equal("raw bytes are kept", live.one('SELECT value FROM hub.quarantine WHERE "offset" = %s',
                                         s.places["no frame"]), b"\x01\x02\x03")


def check_sessions(live, wire, s):
    def put(name, code, **header):
        s.send(name, s.frame(s.message(code, unit(wire, code), **header).SerializeToString()), code)

    before = live.sql("SELECT stored, repeats, gaps FROM hub.progress WHERE feed = 1")[0]
    equal("records that could not be believed leave no gap", before[2], 0)
    repeat = s.message("s0001", unit(wire, "s0001"), sequence=s.number())
    s.send("first", s.frame(repeat.SerializeToString()), "s0001")
    s.send("again", s.frame(repeat.SerializeToString()), "s0001")
    s.sequence += 4
    put("after a gap", "s0002", sequence=s.number())
    old = s.session
    s.session += 1
    s.start()
    put("new session", "s0003", sequence=s.number())
    put("old session", "s0004", session=old, sequence=99)
    put("without session", "s0005", session=0)
    live.wait_settled()
    stored, repeats, gaps = live.sql("SELECT stored, repeats, gaps FROM hub.progress WHERE feed = 1")[0]
    equal("stored, repeated, gaps", (stored - before[0], repeats - before[1], gaps - before[2]), (4, 1, 1))
    equal("the gap names what is missing", live.sql(
        'SELECT "offset", last_missing - first_missing + 1 FROM hub.gap WHERE session = %s', old)[-1], (s.places["after a gap"], 4))
    equal("a late record of an older session is stale", live.one(
        'SELECT code FROM hub.quarantine WHERE "offset" = %s AND feed = 1', s.places["old session"]), "STALE_SESSION")
    state = live.one("SELECT state FROM hub.feed_status WHERE feed = 1")
    equal("the feed's state says that there is a gap", state, "GAP")
    kinds = [m.value() for m in live.messages("iochub.events")]
    check("an event tells of the gap", any(b"vn.iochub.feed.gap" in k for k in kinds), kinds)


def check_refused_by_store(live, wire, s):
    """A row that passes every rule and that PostgreSQL does not take, in the middle of a batch."""
    before = live.one("SELECT count(*) FROM data.don_vi_hanh_chinh")
    live.sql("ALTER TABLE data.don_vi_hanh_chinh ADD CONSTRAINT test_refuses CHECK (ma <> 'r0500')")
    for number in range(1000):
        code = f"r{number:04}"
        value = s.frame(s.message(code, unit(wire, code), sequence=s.number()).SerializeToString())
        s.out.produce(s.topic, value, key=f"{AGENCY}\x1f{code}".encode(), partition=0)
    s.out.flush(20)
    live.wait_settled()
    equal("the other 999 rows are stored", live.one("SELECT count(*) FROM data.don_vi_hanh_chinh") - before, 999)
    rows = live.sql("SELECT convert_from(record_key, 'UTF8'), code FROM hub.quarantine WHERE code = 'REFUSED_BY_STORE'")
    equal("the refused row is in quarantine", rows, [(f"{AGENCY}\x1fr0500", "REFUSED_BY_STORE")])
    last = s.wire.parse("Reject", live.messages(f"rejected.{AGENCY}")[-1].value())
    check("and its sender is told why", last.code == "REFUSED_BY_STORE" and "test_refuses" in last.violations[0].text_en, last)
    live.sql("ALTER TABLE data.don_vi_hanh_chinh DROP CONSTRAINT test_refuses")


def check_second_look(live, wire, s):
    """The same message again, marked by a sender that cannot know whether it was sent, right behind the first."""
    now = int(time.time())
    row = wire.load(READING).ChatLuongKhongKhi(city="Hai lần")
    row.timestamp.FromSeconds(now)
    first = s.message("", row.SerializeToString(), event_time=now, session=0, source="again")
    for mark in (False, True, True):
        first.header.recheck = mark
        s.out.produce(s.topic, s.frame(first.SerializeToString()), partition=0)  # one batch of Kafka's
    s.out.flush(20)
    live.wait_settled()
    equal("a message with its marked repeats in one batch is stored once", live.one(
        "SELECT count(*) FROM data.chat_luong_khong_khi WHERE city = 'Hai lần'"), 1)


def check_refused_by_quarantine(live, wire, s):
    """A record that not even quarantine takes stops its partition by name; the hub and other feeds go on."""
    live.sql("ALTER TABLE hub.quarantine ADD CONSTRAINT test_refuses CHECK (value <> '\\x0102') NOT VALID")
    s.send("nowhere", b"\x01\x02")
    state = "SELECT state || ' ' || state_reason FROM hub.progress p JOIN hub.feed f ON f.id = p.feed WHERE f.topic = %s"
    check("a record that quarantine refuses stops the partition",
          live.wait("the partition stops", lambda: live.one(state, s.topic).startswith("STOPPED STORE_REFUSES"), 20),
          live.one(state, s.topic))
    before = live.one("SELECT count(*) FROM data.chat_luong_khong_khi")
    now = int(time.time())
    row = wire.load(READING).ChatLuongKhongKhi(city="An Bình")
    row.timestamp.FromSeconds(now)
    air = Sender(live, wire, AGENCY, AIR, schema_id(live, AIR), 0)
    air.send("neighbour", air.frame(air.message("", row.SerializeToString(), event_time=now, source="other").SerializeToString()))
    check("another feed goes on", live.wait("the neighbour is stored", lambda: live.one(
        "SELECT count(*) FROM data.chat_luong_khong_khi") == before + 1, 20))
    live.sql("ALTER TABLE hub.quarantine DROP CONSTRAINT test_refuses")


def check_times(live, wire, s):
    reading = wire.load(READING).ChatLuongKhongKhi
    now = int(time.time())
    cases = {"now": now, "in the far past": now - 60 * 366 * 86400, "tomorrow evening": now + 3 * 86400}
    s.start()
    for name, seconds in cases.items():
        row = reading(city="An Bình")
        row.timestamp.FromSeconds(seconds)
        s.send(name, s.frame(s.message("", row.SerializeToString(), sequence=s.number(), event_time=seconds).SerializeToString()))
    row = reading(city="An Bình")
    s.send("no time", s.frame(s.message("", row.SerializeToString(), sequence=s.number()).SerializeToString()))
    row = reading(city="An Bình")
    row.timestamp.FromSeconds(now)
    s.send("deletion", s.frame(s.message("", row.SerializeToString(), operation=2, sequence=s.number()).SerializeToString()))
    live.wait_settled()
    codes = dict(live.sql('SELECT "offset", code FROM hub.quarantine WHERE dataset = %s', AIR))
    equal("an operation that the dataset does not take", codes.get(s.places["deletion"]), "UNSUPPORTED_OPERATION")
    for name in ("in the far past", "tomorrow evening"):
        equal(f"event time {name}: refused", codes.get(s.places[name]), "TIME_OUT_OF_WINDOW")
    check("event time missing: refused", codes.get(s.places["no time"]) in ("TIME_OUT_OF_WINDOW", "RULE_BROKEN"), codes)
    equal("event time now: stored", live.one("SELECT count(*) FROM data.chat_luong_khong_khi"), 1)


def check_delete(live, wire, s):
    before = live.one("SELECT count(*) FROM data.don_vi_hanh_chinh")
    row = wire.load(UNIT).DonViHanhChinh(ma="g0000").SerializeToString()
    s.send("delete", s.frame(s.message("g0000", row, operation=2, sequence=s.number()).SerializeToString()), "g0000")
    live.wait_settled()
    equal("DELETE removes the row", live.one("SELECT count(*) FROM data.don_vi_hanh_chinh"), before - 1)
    equal("and history keeps a tombstone", live.sql(
        "SELECT _operation FROM history.don_vi_hanh_chinh WHERE ma = 'g0000' ORDER BY _offset"), [("PUT",), ("DELETE",)])


def schema_id(live, dataset):
    return live.one("SELECT latest_schema FROM hub.dataset WHERE name = %s", dataset)


with Live() as live, Messages(UNIT, READING) as wire:
    live.migrate()
    live.register_examples()
    live.feed(AGENCY, DATASET)
    live.feed(AGENCY, AIR)
    live.start_hub()
    session = int.from_bytes(hashlib.sha256(str(time.time()).encode()).digest()[:7], "big")
    units = Sender(live, wire, AGENCY, DATASET, schema_id(live, DATASET), session)
    units.schema_id_other = schema_id(live, AIR)
    wanted, good = send_units(wire, units)
    check_quarantine(live, units, wanted, good)
    check_sessions(live, wire, units)
    check_delete(live, wire, units)
    check_refused_by_store(live, wire, units)
    check_times(live, wire, Sender(live, wire, AGENCY, AIR, schema_id(live, AIR), session))
    check_second_look(live, wire, Sender(live, wire, AGENCY, AIR, schema_id(live, AIR), 0))
    check_refused_by_quarantine(live, wire, units)
    equal("the hub still runs", live.processes["hub"].poll(), None)
    equal("and stops as asked", live.stop("hub"), 0)
finish()
