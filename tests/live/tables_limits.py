#!/usr/bin/env python3
# group: tables
# timeout: 120
"""Structures at the limits of PostgreSQL's tables and of the names of views: refused with file and line, or right."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from live import check, equal, finish  # noqa: E402
from tables import Tables  # noqa: E402


def dataset(name, body, before=""):
    return f"""{before}
message Thu {{
        option (iochub.v1.dataset) = {{ name: "{name}" domain: "thu" mode: APPEND title_vi: "Thử" }};
        {body}
}}
"""


def fields(kind, count, prefix="c", first=1):
    return "".join(f"{kind} {prefix}{first + i} = {first + i};\n" for i in range(count))


def refused(live, name, body, word):
    path = live.write(name, body)
    for command in ("check", "register"):
        done = live.iochub("schema", command, path, "-I", live.folder, good=False)
        check(f"{name}: {command} refuses it and names {word}", done.returncode == 1 and f"{name}.proto:" in done.stderr and
              word in done.stderr, (done.returncode, done.stdout[-300:], done.stderr[-600:]))


def names(live, view):
    return {r[0] for r in live.sql("SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0", view)}


def list_names(live):
    """A list inside of a list and a field of the dataset that would have views of one name."""
    live.add("trung", dataset("trung", "repeated Ngoai a = 1; repeated string a__c = 2; repeated Ngoai d = 3;",
                              "message Ngoai { repeated Trong c = 1; }\nmessage Trong { string x = 1; }"))
    check("the dataset's own list keeps its name", "gia_tri" in names(live, "bi.trung__a__c"), names(live, "bi.trung__a__c"))
    check("the inner list steps aside", "x" in names(live, "bi.trung__a__tdl_c"), names(live, "bi.trung__a__tdl_c"))
    check("where none is in the way, it does not", "x" in names(live, "bi.trung__d__c"), names(live, "bi.trung__d__c"))


def widths(live):
    refused(live, "rong", dataset("rong", fields("double", 1100)), "8160")
    refused(live, "nhieu", dataset("nhieu", fields("bool", 1300)), "1200")
    live.add("vua", dataset("vua", fields("double", 950)))
    live.feed("H10.01", "vua")
    live.start_hub()
    s = live.sender("H10.01", "vua")
    s.say("", live.wire.load("vua.proto").Thu(**{f"c{i}": i / 3 for i in range(1, 951)}).SerializeToString())
    live.wait_for(s)
    equal("a row as wide as can be is stored", (live.one("SELECT count(*) FROM data.vua"), live.refused("vua")), (1, []))


def versions(live):
    live.add("doi", dataset("doi", fields("bool", 900)))
    gone = ", ".join(f'"c{i}"' for i in range(1, 901))
    refused(live, "doi", dataset("doi", f"reserved 1 to 900; reserved {gone};" + fields("bool", 900, "d", 1001)), "1600")


def dependents(live):
    live.add("bo", dataset("bo", "string a = 1; string b = 2;"))
    live.sql("CREATE VIEW report.cua_toi AS SELECT a, b FROM bi.bo")
    path = live.write("bo", dataset("bo", 'string a = 1; reserved 2; reserved "b";'))
    done = live.iochub("schema", "register", path, "-I", live.folder, good=False)
    check("a view of somebody's own that needs a retired field's column is named",
          done.returncode == 1 and "bo.proto:" in done.stderr and "report.cua_toi" in done.stderr, (done.returncode, done.stderr))
    equal("and nothing was registered", live.one("SELECT count(*) FROM hub.schema WHERE dataset = 'bo'"), 1)
    live.sql("DROP VIEW report.cua_toi")
    live.register(path, include=live.folder)
    check("without it the version is registered; the column stays in data", "b" in names(live, "data.bo") and
          "b" not in names(live, "bi.bo"), names(live, "bi.bo"))


with Tables() as live:
    list_names(live)
    versions(live)
    dependents(live)
    widths(live)
    equal("the hub ends", live.stop("hub"), 0)
finish()
