#!/usr/bin/env python3
# group: tables
# timeout: 200
"""Natural keys of APPEND datasets: the same again is a repeat, other content is refused as DUPLICATE_KEY, and a CORRECT of
what is stored goes through; in one batch, over batches, over a restart of the hub, and on two partitions."""

import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from live import check, equal, finish  # noqa: E402
from tables import Tables  # noqa: E402

TIMED = """
enum Ca { CA_CHUA_RO = 0; SANG = 1; CHIEU = 2; }
message KetQua {
        option (iochub.v1.dataset) = {
                name: "ket-qua" domain: "thu" mode: APPEND key: "tram" key: "so" key: "ca" event_time: "luc"
        };
        google.protobuf.Timestamp luc = 1;
        string tram = 2;
        uint64 so = 3;
        Ca ca = 4;
        double gia = 5;
}
"""
PLAIN = """
message BienNhan {
        option (iochub.v1.dataset) = { name: "bien-nhan" domain: "thu" mode: APPEND key: "ma" };
        string ma = 1;
        string ten = 2;
}
"""
NOW = int(time.time()) // 60 * 60
BIG = 2**64 - 1


class Results:
    def __init__(self, live, module):
        self.live, self.module = live, module
        self.s = live.sender("H10.01", "ket-qua")

    def data(self, station, value, at, part):
        row = self.module.KetQua(tram=station, so=BIG, ca=part, gia=value)
        row.luc.FromSeconds(at)
        return row.SerializeToString()

    def key(self, station, part):
        return f"{station}\x1f{BIG}\x1f{'SANG' if part == 1 else 'CHIEU'}"

    def put(self, station, value, at=NOW, part=1, **more):
        return self.s.say(self.key(station, part), self.data(station, value, at, part), at=at, **more)

    def correct(self, of, station, value, at=NOW, part=1, **more):
        return self.s.correct(of, self.key(station, part), self.data(station, value, at, part), at=at, **more)

    def retract(self, of, station, part=1):
        return self.s.retract(of, self.key(station, part), self.data(station, 0, NOW, part))

    def counts(self):
        return self.live.sql("SELECT sum(stored)::int, sum(repeats)::int, sum(rejected)::int FROM hub.progress p "
                             "JOIN hub.feed f ON f.id = p.feed WHERE dataset = 'ket-qua'")[0]

    def after(self, name, wanted, before):
        self.live.wait_for(self.s)
        now = self.counts()
        equal(name, tuple(n - b for n, b in zip(now, before)), wanted)
        return now

    def shown(self, station):
        return [r[0] for r in self.live.sql("SELECT gia FROM bi.ket_qua WHERE tram = %s ORDER BY luc, gia", station)]


def check_results(live, r):
    now = (0, 0, 0)
    quote = 'A "\\{,}'
    first = r.put(quote, 1.0)
    r.put(quote, 1.0)          # the same, read from another place of the source
    r.put(quote, 2.0)          # says another thing
    r.put(quote, 1.0, NOW + 60)  # another time is another thing
    r.put(quote, 1.0, part=2)    # as is another key
    now = r.after("in one batch: stored, repeats, refused", (3, 1, 1), now)
    r.put(quote, 1.0)
    r.put(quote, 3.0)
    now = r.after("over batches", (0, 1, 1), now)
    live.stop("hub")
    r.put(quote, 1.0)
    r.put(quote, 3.0)
    r.s.flush()
    live.start_hub()
    now = r.after("over a restart", (0, 1, 1), now)
    codes = live.sql("SELECT code, violations -> 0 ->> 'en', violations -> 0 ->> 'vi' FROM hub.quarantine")
    check("the refusal names the stored message and the way", len(codes) == 3 and all(
        code == "DUPLICATE_KEY" and first.hex in en and first.hex in vi and "CORRECT" in en for code, en, vi in codes), codes)
    second = r.correct(first, quote, 2.0)
    now = r.after("a correction has the identity of what it corrects", (1, 0, 0), now)
    r.put(quote, 1.0)            # what was said before the correction
    r.put(quote, 2.0)            # what it says
    r.correct(first, quote, 2.0)  # the correction, read from another place
    r.put(quote, 4.0)
    r.correct(first, quote, 5.0)  # of what is corrected already
    now = r.after("after a correction", (0, 3, 2), now)
    last = live.one("SELECT violations -> 0 ->> 'en' FROM hub.quarantine ORDER BY \"offset\" DESC LIMIT 1")
    check("the refusal names the correction", re.search(r"[0-9a-f]{32}", last).group() == second.hex, last)
    r.retract(second, quote)
    r.put(quote, 6.0)
    now = r.after("what was taken back makes room", (2, 0, 0), now)
    equal("and what it shows", sorted(r.shown(quote)), [1.0, 1.0, 6.0])
    a = r.put("B", 1.0)
    b = r.correct(a, "B", 2.0)
    c = r.correct(b, "B", 3.0)
    r.put("B", 3.0)
    r.put("B", 9.0)
    r.retract(c, "B")
    r.put("B", 4.0)
    r.put("B", 4.0)
    now = r.after("a chain in one batch", (5, 2, 1), now)
    equal("its end is what bi shows", r.shown("B"), [4.0])
    moved = r.put("C", 1.0)
    r.correct(moved, "C", 1.0, NOW + 120)
    r.put("C", 7.0)
    now = r.after("a correction of the time leaves the old place free", (3, 0, 0), now)
    equal("both are shown", r.shown("C"), [7.0, 1.0])
    for i in range(3000):
        r.put(f"m{i % 1000}", float(i % 1000))
    r.after("a thousand of three thousand", (1000, 2000, 0), now)


def check_partitions(live, r):
    """A sender that puts one key on two partitions: the hub that holds both still tells them apart."""
    before = r.counts()
    r.put("P", 1.0, partition=0)
    r.put("P", 1.0, partition=1)
    live.wait_for(r.s)
    r.put("P", 2.0, partition=1)
    r.after("two partitions", (1, 1, 1), before)


def check_agencies(live, r):
    other = live.sender("H10.02", "ket-qua")
    before = r.counts()
    other.say(r.key("B", 1), r.data("B", 4.5, NOW, 1), at=NOW)
    live.wait_for(other)
    r.after("another agency's key is another key", (1, 0, 0), before)


def check_untimed(live, module):
    s = live.sender("H10.01", "bien-nhan")

    def put(code, name):
        return s.say(code, module.BienNhan(ma=code, ten=name).SerializeToString())

    put("x", "một"), put("x", "một"), put("x", "hai"), put("y", "một")
    put("k" * 2100, "dài")
    live.wait_for(s)
    put("x", "một"), put("y", "hai")
    live.wait_for(s)
    equal("without event time the key alone is the identity", live.sql("SELECT ma, ten FROM bi.bien_nhan ORDER BY ma"),
          [("x", "một"), ("y", "một")])
    equal("what was refused", [code for code, _ in live.refused("bien-nhan")],
          ["DUPLICATE_KEY", "REFUSED_BY_STORE", "DUPLICATE_KEY"])


def check_routing(live):
    """Repeats are not routed, also not by a hub that derives anew what another one did."""
    stored = live.one("SELECT count(*) FROM data.ket_qua") + live.one(
        "SELECT count(*) FROM part.ket_qua_amended WHERE _operation = 'RETRACT'")
    live.stop("hub")
    live.sql("UPDATE hub.progress SET routed_offset = 0, routed_session = NULL, routed_sequence = 0 "
             "WHERE feed IN (SELECT id FROM hub.feed WHERE dataset = 'ket-qua')")
    live.start_hub()
    live.wait_settled()
    events = [live.wire.parse("RoutingEvent", m.value()) for m in live.messages("iochub.routing")]
    mine = [e for e in events if e.dataset == "ket-qua"]
    equal("one event a stored message, after deriving them again", (len({e.id for e in mine}), len(mine) > stored),
          (stored, True))


with Tables() as live:
    module = live.add("ketqua", TIMED)
    live.sql("INSERT INTO sharing.access_grant (dataset, kind, basis) VALUES ('ket-qua', 'DEFAULT', 'thử')")
    live.feed("H10.01", "ket-qua", "--partitions", "2")
    live.feed("H10.02", "ket-qua")
    live.start_hub()
    results = Results(live, module)
    check_results(live, results)
    check_partitions(live, results)
    check_agencies(live, results)
    check_routing(live)
    receipts = live.add("biennhan", PLAIN)
    live.feed("H10.01", "bien-nhan")
    check_untimed(live, receipts)
    equal("the index is used, month by month", live.one(
        "SELECT count(*) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent WHERE c.relname = 'ket_qua_identity'") > 0,
        True)
    equal("and stops as asked", live.stop("hub"), 0)
finish()
