#!/usr/bin/env python3
# group: tables
# timeout: 200
"""Versions of a structure: new ones add columns and rewrite nothing; messages of the first and of the third version come
interleaved, from senders that never heard of each other, and both are read rightly."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from live import check, equal, finish  # noqa: E402
from tables import Tables  # noqa: E402

BODY = """
enum Loai {{ CHUA_RO = 0; MOT = 1; {values} }}
message Nha {{ string so = 1; {nested} }}
message Phieu {{
        option (iochub.v1.dataset) = {{ name: "{name}" domain: "thu" mode: {mode} }};
        string ma = 1;
        Loai loai = 2;
        Nha nha = 3;
        repeated Nha cac_nha = 4;
        {fields}
}}
"""
VERSIONS = [{"values": "", "nested": "", "fields": ""},
            {"values": "HAI = 2;", "nested": "optional string duong = 2;", "fields": "optional string ten = 5;"},
            {"values": "HAI = 2; BA = 3;", "nested": "optional string duong = 2; int32 tang = 3;",
             "fields": "optional string ten = 5; int32 so = 6; repeated string nhan = 7; optional Loai muc = 8;"}]


def structure(version, name, mode):
    key = ' key: "ma"' if mode == "UPSERT" else ""
    return BODY.format(name=name, mode=mode + key, **VERSIONS[version - 1])


def files(live, table):
    """Where the rows lie: another number would mean that the table was written anew."""
    return live.sql("SELECT c.oid::regclass::text, c.relfilenode FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                    "WHERE c.relkind = 'r' AND n.nspname IN ('data', 'history', 'part') AND starts_with(c.relname, %s) ORDER BY 1",
                    table)


class Case:
    def __init__(self, live, name, mode):
        self.live, self.name, self.mode = live, name, mode
        self.table = name.replace("-", "_")
        self.ids = {}

    def register(self, version):
        package = f"{self.table}_{version}"
        # One file and package for all versions; the test's classes are made of copies.
        path = self.live.write("phieu", structure(version, self.name, self.mode))
        target = self.live.folder / f"{self.table}.proto"
        target.write_text(path.read_text(encoding="utf-8").replace("vn.thu.phieu", f"vn.thu.{self.table}"), encoding="utf-8")
        path.unlink()
        self.live.register(target, include=self.live.folder)
        self.ids[version] = self.live.schema_id(self.name)
        copy = self.live.folder / f"{package}.proto"
        copy.write_text(target.read_text(encoding="utf-8").replace(f"vn.thu.{self.table}", f"vn.thu.{package}"), encoding="utf-8")
        return self.live.classes(copy.stem)


def interleave(old, new, first, second, third):
    """A connector on the first version goes on beside one on the third."""
    for i in range(300):
        (first, second, third)[i % 3](f"mix-{i:03}")
        old.flush(), new.flush()
    for code, order in (("to-1", (third, first)), ("to-3", (first, third)), ("to-2", (third, first, second))):
        for send in order:
            send(code)
            old.flush(), new.flush()


def check_case(live, name, mode):
    case = Case(live, name, mode)
    one = case.register(1)
    live.feed("H10.01", name)
    old = live.sender("H10.01", name)
    key = (lambda code: code) if mode == "UPSERT" else (lambda code: "")

    def first(code, **more):
        row = one.Phieu(ma=code, loai=1, nha=one.Nha(so="1"), cac_nha=[one.Nha(so="a"), one.Nha(so="b")], **more)
        return old.say(key(code), row.SerializeToString(), schema_id=case.ids[1])

    for i in range(200):
        first(f"v1-{i:03}")
    live.wait_for(old)
    before = files(live, case.table)
    live.sql(f"CREATE VIEW bi.cua_toi AS SELECT ma FROM bi.{case.table}")  # a person's own view stands on ours
    two, three = case.register(2), case.register(3)
    equal(f"{mode}: no file of a table is another one", files(live, case.table), before)
    check(f"{mode}: there were files", len(before) >= 2, before)
    new = live.sender("H10.01", name)
    new.position = 100_000

    def third(code):
        row = three.Phieu(ma=code, loai=3, nha=three.Nha(so="3", duong="Lê Lợi", tang=4), ten="ba", so=0, nhan=["x"],
                          cac_nha=[three.Nha(so="c", duong="d", tang=5)], muc=2)
        return new.say(key(code), row.SerializeToString(), schema_id=case.ids[3])

    def second(code):
        row = two.Phieu(ma=code, loai=2, nha=two.Nha(so="2"), ten="hai")
        return new.say(key(code), row.SerializeToString(), schema_id=case.ids[2])

    interleave(old, new, first, second, third)
    live.wait_for(old, new)
    equal(f"{mode}: nothing is refused", live.refused(name), [])
    check_what_is_there(live, case)
    live.sql("DROP VIEW bi.cua_toi")
    return case


def check_what_is_there(live, case):
    mode = case.mode
    columns = "ma, loai, nha_so, nha_duong, nha_tang, ten, so, nhan, muc, _schema"
    ids = case.ids

    def wanted(code, version):
        return {1: (code, "MOT", "1", None, None, None, None, None, None, ids[1]),
                2: (code, "HAI", "2", None, None, "hai", None, None, None, ids[2]),
                3: (code, "BA", "3", "Lê Lợi", 4, "ba", 0, ["x"], "HAI", ids[3])}[version]

    rows = live.sql(f"SELECT {columns} FROM data.{case.table} WHERE starts_with(ma, 'mix') ORDER BY ma")
    equal(f"{mode}: each row is read by its own version; what that did not know is absent", rows,
          [wanted(f"mix-{i:03}", i % 3 + 1) for i in range(300)])
    if mode == "UPSERT":
        equal("UPSERT: the last version to speak says all of the row", live.sql(
            f"SELECT {columns} FROM data.{case.table} WHERE starts_with(ma, 'to-') ORDER BY ma"),
            [wanted("to-1", 1), wanted("to-2", 2), wanted("to-3", 3)])
        equal("UPSERT: history has all that was said", live.one(f"SELECT count(*) FROM history.{case.table}"), 507)
    equal(f"{mode}: list elements of all versions are rows", live.sql(
        f"SELECT so, duong, tang, count(*) FROM bi.{case.table}__cac_nha WHERE starts_with(ma, 'mix') GROUP BY 1, 2, 3 ORDER BY 1"
        if mode == "UPSERT" else
        f"SELECT e.so, e.duong, e.tang, count(*) FROM bi.{case.table}__cac_nha e JOIN bi.{case.table} p USING (ma_thong_diep) "
        "WHERE starts_with(p.ma, 'mix') GROUP BY 1, 2, 3 ORDER BY 1"),
        [("a", None, 0, 100), ("b", None, 0, 100), ("c", "d", 5, 100)])
    equal(f"{mode}: the person's own view is still there", live.one("SELECT count(*) FROM bi.cua_toi"),
          live.one(f"SELECT count(*) FROM bi.{case.table}"))
    equal(f"{mode}: the sender of the first version is answered as before", live.one(
        f"SELECT muc FROM bi.{case.table} WHERE ma = 'v1-000'"), None)


def check_refused(live, case):
    """What would show another thing under an old name is refused, and nothing changes."""
    before = live.one("SELECT count(*) FROM hub.schema")
    for what, old, new in (("a column of another type", "int32 so = 6;", "string so = 6;"),
                           ("a field that is gone", "int32 so = 6;", ""),
                           ("a name that a view has given already", "int32 so = 6;", "int32 so = 6; optional string loai_ten = 9;")):
        text = structure(3, case.name, case.mode).replace(old, new)
        path = live.folder / f"{case.table}.proto"
        path.write_text(live.write(case.table, text).read_text(encoding="utf-8"), encoding="utf-8")
        done = live.iochub("schema", "register", path, "-I", live.folder, good=False)
        check(f"refused: {what}", done.returncode == 1 and done.stderr, (done.returncode, done.stderr + done.stdout))
    equal("nothing was registered", live.one("SELECT count(*) FROM hub.schema"), before)


with Tables() as live:
    live.start_hub()
    check_case(live, "phieu-moi", "APPEND")
    check_refused(live, check_case(live, "phieu-sua", "UPSERT"))
    equal("the hub stops as asked", live.stop("hub"), 0)
finish()
