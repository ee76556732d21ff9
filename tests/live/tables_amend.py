#!/usr/bin/env python3
# group: tables
# timeout: 200
"""CORRECT and RETRACT end to end: what data, history and bi say after them, in whatever batches they come; that only the
same agency changes its own messages; that they are routed; that a second reading of them changes nothing."""

import sys
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from live import check, equal, finish  # noqa: E402
from tables import DELETE, Tables  # noqa: E402

APPEND = """
message DoMuc {
        option (iochub.v1.dataset) = { name: "do-muc" domain: "thu" mode: APPEND event_time: "luc" title_vi: "Đo mực nước" };
        google.protobuf.Timestamp luc = 1;
        string tram = 2;
        double muc = 3;
}
"""
UPSERT = """
message HoSo {
        option (iochub.v1.dataset) = { name: "ho-so" domain: "thu" mode: UPSERT key: "ma" title_vi: "Hồ sơ" };
        string ma = 1;
        string ten = 2;
}
"""
NOW = int(time.time()) // 60 * 60


def reading(module, station, level, at=NOW):
    row = module.DoMuc(tram=station, muc=level)
    row.luc.FromSeconds(at)
    return row.SerializeToString()


def check_append(live, module):
    here, there = live.sender("H10.01", "do-muc"), live.sender("H10.02", "do-muc")

    def put(sender, station, level, **more):
        return sender.say("", reading(module, station, level), at=NOW, **more)

    first, wrong, alone = put(here, "A", 1.0), put(here, "B", 2.0), put(here, "C", 3.0)
    foreign = put(there, "A", 9.0)
    mended = here.correct(wrong, "", reading(module, "B", 2.5), at=NOW)
    again = here.correct(mended, "", reading(module, "B", 2.75), at=NOW)
    here.retract(alone, "")
    there.retract(first, "")  # another agency's message: it has no say
    early = here.correct(uuid.UUID(int=7), "", reading(module, "D", 4.0), at=NOW)  # of what nobody has seen yet
    live.wait_for(here, there)
    seen = live.sql("SELECT ma_thong_diep, tram, muc FROM bi.do_muc ORDER BY tram, muc")
    equal("bi shows what is true now", seen, [(first, "A", 1.0), (foreign, "A", 9.0), (again, "B", 2.75), (early, "D", 4.0)])
    equal("data keeps every row, none for retractions", live.one("SELECT count(*) FROM data.do_muc"), 7)
    equal("corrections and retractions are on record", live.sql(
        "SELECT co_quan_gui, thong_diep_lien_quan, thao_tac, thao_tac_ten, ly_do FROM bi.do_muc_dinh_chinh "
        "ORDER BY co_quan_gui, vi_tri"),
        [("H10.01", wrong, "CORRECT", "Đính chính", "gõ nhầm"), ("H10.01", mended, "CORRECT", "Đính chính", "gõ nhầm"),
         ("H10.01", alone, "RETRACT", "Rút lại", "gửi nhầm"),
         ("H10.01", uuid.UUID(int=7), "CORRECT", "Đính chính", "gõ nhầm"),
         ("H10.02", first, "RETRACT", "Rút lại", "gửi nhầm")])
    here.position += 1
    to_come = here.upcoming(after=1)
    here.retract(to_come, "")
    live.wait_for(here)
    late = put(here, "E", 5.0)
    live.wait_for(here)
    equal("a message that was taken back before it came", (late, live.one(
        "SELECT count(*) FROM bi.do_muc WHERE tram = 'E'"), live.one("SELECT count(*) FROM data.do_muc WHERE tram = 'E'")),
        (to_come, 0, 1))
    here.retract(again, "")
    live.wait_for(here)
    equal("taking back a correction does not bring back what it corrected", live.one(
        "SELECT count(*) FROM bi.do_muc WHERE tram = 'B'"), 0)
    counts = live.sql("SELECT stored, rejected FROM hub.progress p JOIN hub.feed f ON f.id = p.feed "
                      "WHERE dataset = 'do-muc' ORDER BY agency")
    equal("each is counted as stored", counts, [(10, 0), (2, 0), (0, 0)])


def check_header(live, module):
    s = live.sender("H10.03", "do-muc")
    row = reading(module, "X", 1)
    s.say("", row, at=NOW)
    some = uuid.UUID(int=1)
    s.say("", row, at=NOW, operation=3, reason="lý do")
    s.say("", row, at=NOW, operation=3, reason="lý do", relates_to=b"case")
    s.say("", row, at=NOW, operation=4, relates_to=some.bytes)
    s.say("", row, at=NOW, operation=3, relates_to=some.bytes, reason="\t \n")
    s.say("", row, at=NOW, operation=3, relates_to=some.bytes, reason="x" * 8193)
    s.correct(s.upcoming(), "", row, at=NOW)
    s.say("", row, at=NOW, operation=DELETE)
    live.wait_for(s)
    equal("what they must say", live.refused("do-muc"),
          [("BAD_HEADER", "header.relates_to")] * 2 + [("BAD_HEADER", "header.reason")] * 3 +
          [("BAD_HEADER", "header.relates_to"), ("UNSUPPORTED_OPERATION", "header.operation")])


def check_second_look(live, module):
    """The same corrections and retractions again, from a sender that cannot know whether they were sent."""
    before = live.sql("SELECT (SELECT count(*) FROM data.do_muc), (SELECT count(*) FROM part.do_muc_amended)")
    s = live.sender("H10.01", "do-muc")
    first = s.say("", reading(module, "A", 1.0), at=NOW, recheck=True)
    s.position = 4
    s.correct(first, "", reading(module, "B", 2.75), at=NOW, recheck=True)
    s.position = 5
    s.retract(first, "", recheck=True)
    live.wait_for(s)
    equal("read again, they are repeats", live.sql(
        "SELECT (SELECT count(*) FROM data.do_muc), (SELECT count(*) FROM part.do_muc_amended)"), before)


def check_upsert(live, module):
    s = live.sender("H10.01", "ho-so")

    def row(code, name=""):
        return module.HoSo(ma=code, ten=name).SerializeToString()

    def now():
        return live.sql("SELECT ma, ten FROM bi.ho_so ORDER BY ma")

    # all in one batch, with keys that are corrected and taken back more than once in it
    a1 = s.say("a", row("a", "1"))
    a2 = s.correct(a1, "a", row("a", "2"))
    b1 = s.say("b", row("b", "1"))
    s.say("b", row("b", "2"))
    s.retract(b1, "b", row("b"))  # no longer what is current
    c1 = s.say("c", row("c", "1"))
    s.retract(c1, "c", row("c"))
    c2 = s.say("c", row("c", "2"))
    s.retract(c2, "c", row("c"))
    s.say("c", row("c", "3"))
    d1 = s.say("d", row("d", "1"))
    s.retract(d1, "d", row("d"))
    live.wait_for(s)
    equal("one batch: the rows", now(), [("a", "2"), ("b", "2"), ("c", "3")])
    equal("history has each with what it names and why", live.sql(
        "SELECT thao_tac, ten, thong_diep_lien_quan, ly_do FROM bi.ho_so_lich_su WHERE ma IN ('a', 'd') ORDER BY vi_tri"),
        [("PUT", "1", None, None), ("CORRECT", "2", a1, "gõ nhầm"), ("PUT", "1", None, None),
         ("RETRACT", None, d1, "gửi nhầm")])
    s.retract(a1, "a", row("a"))
    live.wait_for(s)
    equal("what was corrected is not current", now()[0], ("a", "2"))
    s.retract(a2, "a", row("a"))
    live.wait_for(s)
    equal("a correction can be taken back", now(), [("b", "2"), ("c", "3")])
    many = [s.say("m", row("m", str(i))) for i in range(3)]
    for i in range(200):  # more groups than one transaction folds
        s.retract(many[-1], "m", row("m"))
        many.append(s.say("m", row("m", str(i))))
    for i in range(500):
        s.say(f"n{i}", row(f"n{i}", "x"))
    live.wait_for(s)
    equal("many of one key in one batch, in their order", live.sql(
        "SELECT ten, ma_thong_diep FROM bi.ho_so WHERE ma = 'm'"), [("199", many[-1])])
    equal("and their neighbours", live.one("SELECT count(*) FROM bi.ho_so WHERE starts_with(ma, 'n')"), 500)
    equal("nothing was refused", live.refused("ho-so"), [])


def check_routing(live):
    events = [live.wire.parse("RoutingEvent", m.value()) for m in live.messages("iochub.routing")]
    copies = live.messages("shared.do-muc")
    kinds = {}
    for e in events:
        kinds[e.operation] = kinds.get(e.operation, 0) + 1
    stored = live.one("SELECT sum(stored)::int FROM hub.progress p JOIN hub.feed f ON f.id = p.feed WHERE dataset = 'do-muc'")
    equal("one event and one copy each", (len(events), len(copies)), (stored, stored))
    check("with the operation", kinds.get(3, 0) >= 3 and kinds.get(4, 0) >= 2, kinds)
    inputs = {m.value() for topic in ("H10.01", "H10.02") for m in live.messages(f"in.{topic}.do-muc")}
    check("copies are the input's bytes", all(c.value() in inputs for c in copies if
                                              live.wire.parse("DataMessage", c.value()).header.operation in (3, 4)))


with Tables() as live:
    levels = live.add("muc", APPEND)
    live.sql("INSERT INTO sharing.access_grant (dataset, kind, basis) VALUES ('do-muc', 'DEFAULT', 'thử')")
    for agency in ("H10.01", "H10.02", "H10.03"):
        live.feed(agency, "do-muc")
    live.start_hub()
    check_append(live, levels)
    check_second_look(live, levels)
    check_routing(live)
    check_header(live, levels)
    records = live.add("hoso", UPSERT)
    live.feed("H10.01", "ho-so")
    check_upsert(live, records)
    equal("the hub still runs", live.processes["hub"].poll(), None)
    equal("and stops as asked", live.stop("hub"), 0)
finish()
