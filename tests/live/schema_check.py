#!/usr/bin/env python3
# group: schema
# timeout: 300
"""`iochub schema check`, `register`, `diff` and `export`: all problems of a file at once, each with file, line and mend;
nothing half registered; versions against every earlier one; exported trees that compile to the same fingerprint."""

import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from live import BUILD, ROOT, Live, check, equal, finish  # noqa: E402
from sender import Sender  # noqa: E402
from wire import Messages  # noqa: E402

IOCHUB = BUILD / "bin/iochub"
EXAMPLES = sorted((ROOT / "schemas/examples").glob("*/*.proto"))

HEAD = """syntax = "proto3";
package thu.v1;
import "google/protobuf/timestamp.proto";
import "buf/validate/validate.proto";
import "iochub/v1/options.proto";
"""
OPTION = 'option (iochub.v1.dataset) = { name: "thu" domain: "thu" mode: UPSERT key: "ma" title_vi: "Thử" title_en: "Trial" };'
GOOD = HEAD + """// Thử | Trial
message Thu {
        """ + OPTION + """
        // Mã | Code
        string ma = 1 [(buf.validate.field).string.max_len = 50];
        // Lúc | When
        google.protobuf.Timestamp luc = 2;
}
"""

# name -> the file, and what stands in the line that tells it
BAD = {
    "syntax error": (GOOD.replace("string ma", "strin ma"), ["{f}:10:9: [PROTOC] \"strin\" is not defined; declare it"]),
    "unclosed message": (GOOD.rstrip("}\n"), ["{f}:12:", "[PROTOC]"]),
    "missing import": (GOOD.replace("import \"google", "import \"khong/co.proto\";\nimport \"google"),
                       ["{f}:3:1: [PROTOC] Import \"khong/co.proto\" was not found or had errors; name the folder that holds it with -I"]),
    "edition": ('edition = "2023";\npackage thu;\nmessage A { string a = 1; }\n',
                ["{f}:1: [EDITION] this protoc does not compile editions", "give FILE with --descriptor-set"]),
    "no dataset option": (GOOD.replace(OPTION, ""), ["{f}:1: [NO_DATASET]", "(iochub.v1.dataset)"]),
    "no mode": (GOOD.replace("mode: UPSERT ", ""), ["{f}:7: ", "has no mode", "APPEND or UPSERT"]),
    "a dataset twice": (GOOD + GOOD[GOOD.index("// Thử"):].replace("message Thu", "message Hai"),
                        ["{f}:15: dataset thu is thu.v1.Thu already; give each message a name of its own"]),
    "key that is no field": (GOOD.replace('key: "ma"', 'key: "khong_co"'), ["{f}:7: key field `khong_co`"]),
    "column clash": (GOOD.replace("luc = 2;", "luc = 2;\n        Con ma_con = 3;\n        string ma_con_x = 4;")
                     + "message Con { string x = 1; }\n",
                     ["{f}:14: thu.v1.Thu.ma_con_x: column \"ma_con_x\" is made by field ma_con.x already; set option"]),
    "column that PostgreSQL keeps": (GOOD.replace("luc = 2;", "luc = 2;\n        int32 xmin = 3;"), ["{f}:13: thu.v1.Thu.xmin: ", "set option"]),
    "column option": (GOOD.replace("luc = 2;", "luc = 2 [(iochub.v1.field).column = \"Cột\"];"), ["{f}:12: column `C"]),
    "pattern that RE2 refuses": (GOOD.replace("max_len = 50", "pattern = \"(?=a)\""), ["{f}:10: ", "(?="]),
    "CEL": (GOOD.replace("(buf.validate.field).string.max_len = 50", "(buf.validate.field).cel = { id: \"a\" expression: \"true\" }"),
            ["{f}:10: ", "CEL"]),
    "rule of another type": (GOOD.replace("string.max_len = 50", "int32.gt = 0"), ["{f}:10: ", "do not fit its type"]),
    "unknown option": (GOOD.replace("key: ", "khoa: "), ["{f}:8:", "has no field named \"khoa\""]),
    "number used twice": (GOOD.replace("luc = 2", "luc = 1"), ["{f}:12:", "has already been used", "give each field a number of its own"]),
    "reserved number in use": (GOOD.replace("luc = 2;", "luc = 2;\n        reserved 2;"), ["{f}:12: ", "uses reserved number 2", "take another number"]),
    "empty file": ("", ["{f}:1: [NO_DATASET]"]),
}


def run(live, *words, **more):
    return live.run(IOCHUB, *words, good=False, **more)


def counts(live):
    """Rows and tables that a registration makes."""
    return live.sql("SELECT (SELECT count(*) FROM hub.schema), (SELECT count(*) FROM hub.dataset), (SELECT count(*) FROM pg_class "
                    "WHERE relnamespace::regnamespace::text IN ('data', 'history', 'part', 'bi')), "
                    "(SELECT count(*) FROM hub.schema_file)")[0]


def write(live, name, text):
    path = live.work / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def bad_files(live):
    before = counts(live)
    for name, (text, wanted) in BAD.items():
        path = write(live, "bad/" + name.replace(" ", "_") + ".proto", text)
        for verb in ("check", "register"):
            done = run(live, "schema", verb, path)
            lines = done.stderr.splitlines()
            check(f"{verb}, {name}: refused with file:line and mend",
                  done.returncode == 1 and any(all(w.format(f=path) in line for w in wanted) for line in lines),
                  f"{done.returncode}\n{done.stderr}")
        offline = subprocess.run([IOCHUB, "schema", "check", "--offline", path], capture_output=True, text=True, check=False,
                                 env={k: v for k, v in os.environ.items() if k != "IOCHUB_CONF"})
        check(f"{name}: the same without any server", offline.returncode == 1 and set(done.stderr.splitlines())
              <= set(offline.stderr.splitlines()), offline.stderr)
    equal("nothing of any of them is registered", counts(live), before)


def all_at_once(live):
    text = GOOD.replace('key: "ma"', 'key: "khong_co"').replace("max_len = 50", "pattern = \"(\"").replace(
        "luc = 2;", "luc = 2 [(iochub.v1.field).column = \"A\"];\n        int32 xmin = 3;")
    path = write(live, "bad/all.proto", text)
    said = run(live, "schema", "check", path).stderr
    check("all problems at once: option, rule, column option, column",
          all(w in said for w in ("khong_co", "pattern", "column `A`", "xmin")), said)
    two = (GOOD + GOOD[GOOD.index("// Thử"):].replace("message Thu", "message Hai").replace('"thu"', '"hai"')
           .replace("luc = 2;", "luc = 2;\n        int32 ctid = 3;"))
    done = run(live, "schema", "check", "--offline", write(live, "bad/shared.proto", two.replace("int32 ctid = 3;", "Kieu k = 3;").replace(
        "google.protobuf.Timestamp luc = 2;", "google.protobuf.Timestamp luc = 2; Kieu kieu = 4;", 1) + "enum Kieu { KHONG = 0; }\n"))
    equal("of a type that two datasets share, each warning is said once", done.stderr.count("value KHONG has no comment"), 1)
    before = counts(live)
    path = write(live, "bad/two.proto", two)
    done = run(live, "schema", "register", path)
    check("one bad dataset keeps all of its file out", done.returncode == 1 and "thu.v1.Hai.ctid" in done.stderr, done.stderr)
    equal("and leaves nothing", counts(live), before)


def warnings(live):
    path = write(live, "warn.proto", GOOD.replace(' domain: "thu"', "").replace(' title_vi: "Thử" title_en: "Trial"', "")
                 .replace("// Lúc | When", "// Lúc").replace("luc = 2;", "luc = 2;\n        int32 so = 3;\n        bool co = 4;\n"
                                                                        "        Loai loai = 5;")
                 + "enum Loai { LOAI_UNSPECIFIED = 0; MOT = 1; }\n")
    done = run(live, "schema", "check", "--offline", "--json", path)
    said = json.loads(done.stdout)
    equal("warnings alone: exit 0", (done.returncode, said["problems"]), (0, []))
    seen = {(w["line"], w["rule"]) for w in said["warnings"]}
    wanted = {(7, "NO_TITLE"), (7, "NO_DOMAIN"), (12, "ONE_LANGUAGE"), (13, "NO_PRESENCE"), (13, "NO_COMMENT"), (14, "NO_PRESENCE")}
    check("defaults that are stored, titles and comments that miss, each with its line", wanted <= seen, (sorted(seen), wanted - seen))
    check("a key, and an enum whose zero says that it is not known, are no such default",
          not any(w["rule"] == "NO_PRESENCE" and w["line"] in (10, 15) for w in said["warnings"]), said["warnings"])
    for proto in EXAMPLES:
        done = run(live, "schema", "check", "--offline", proto)
        equal(f"{proto.name}: not one warning", (done.returncode, done.stderr), (0, ""))


def versions(live):
    path = write(live, "thu.proto", GOOD)
    said = live.iochub_json("schema", "check", path)["files"][0]["datasets"][0]
    equal("a new dataset would be version 1", (said["dataset"], said["table"], said["version"], said["registered"], said["compared"]),
          ("thu", "data.thu", 1, False, 0))
    live.iochub("schema", "register", path)
    equal("the same again is registered", live.iochub_json("schema", "check", path)["files"][0]["datasets"][0]["registered"], True)
    done = run(live, "schema", "register", path, path)
    equal("given twice, said twice", (done.returncode, done.stdout.count("already registered")), (0, 2))
    path.write_text(GOOD.replace("luc = 2;", "luc = 2;\n        // Tên | Name\n        optional string ten = 3;"))
    seen = live.iochub_json("schema", "diff", "thu", path)
    equal("diff with a file: the field and its column", [(c["class"], c["rule"], c["line"]) for c in seen["changes"]],
          [("SAFE", "FIELD_ADDED", 14), ("SAFE", "COLUMN_ADDED", 14)])
    live.iochub("schema", "register", path)
    path.write_text(GOOD.replace("luc = 2;", "luc = 2;\n        reserved 3;\n        reserved \"ten\";"))
    live.iochub("schema", "register", path)
    seen = live.iochub_json("schema", "diff", "thu")
    equal("diff of the newest two", (seen["from"], seen["to"], [c["rule"] for c in seen["changes"]]), (2, 3, ["FIELD_RETIRED", "COLUMN_KEPT"]))
    equal("diff of any two", live.iochub_json("schema", "diff", "thu", "--from", "1", "--to", "3")["changes"], [])
    path.write_text(GOOD.replace("luc = 2;", "luc = 2;\n        int64 moi = 4 [(iochub.v1.field).column = \"ten\"];\n"
                                             "        reserved 3;\n        reserved \"ten\";"))
    before = counts(live)
    done = run(live, "schema", "register", path)
    check("version 1 and 3 would bear it, version 2 does not", done.returncode == 1 and "[COLUMN_REUSED]" in done.stderr
          and "(against version 2)" in done.stderr and f"{path}:13: " in done.stderr, done.stderr)
    equal("nothing was written", counts(live), before)
    done = run(live, "schema", "diff", "thu", path, "--from", "2")
    check("diff says so too, with exit 1", done.returncode == 1 and "REFUSED" in done.stdout and "COLUMN_REUSED" in done.stdout, done.stdout)
    for words, text in ((("diff", "thu", "--from", "9"), "no version 9"), (("diff", "thuu"), "did you mean `thu`?"),
                        (("diff", "thu", path, "--to", "1"), "does not go with a file"), (("export",), "name a dataset, or say --all"),
                        (("export", "thu", "--version", "7", "--dir", live.work / "x"), "no version 7")):
        done = run(live, "schema", *words)
        check(f"schema {words[0]}: {text}", done.returncode and text in done.stderr, done.stderr)


def against(live):
    old, new = write(live, "cu/thu.proto", GOOD), write(live, "moi/thu.proto", GOOD.replace("string ma", "int64 ma").replace(
        " [(buf.validate.field).string.max_len = 50]", ""))
    done = run(live, "schema", "check", "--against", old, new)
    check("against an older file, without any server", done.returncode == 1 and f"{new}:10: [FIELD_TYPE_CHANGED]" in done.stderr, done.stderr)
    subprocess.run(["protoc", f"-I{old.parent}", f"-I{ROOT}/schemas", "--include_imports", "-o", live.work / "cu.binpb", "thu.proto"], check=True)
    done = run(live, "schema", "check", "--against", live.work / "cu.binpb", new)
    check("against an older descriptor set", done.returncode == 1 and "[FIELD_TYPE_CHANGED]" in done.stderr, done.stderr)


def compile_tree(folder, name, out):
    subprocess.run(["protoc", f"-I{folder}", "--include_imports", "--include_source_info", "-o", out, name], check=True, cwd=folder)


def fingerprint(live, name):
    return live.iochub_json("schema", "show", name)["fingerprint"]


def exports(live):
    tree = live.work / "tree"
    live.iochub("schema", "export", "--all", "--dir", tree)
    names = [s["name"] for s in live.iochub_json("schema", "list")["schemas"] if not s["own"]]
    for name in sorted(set(names)):
        files = [p.relative_to(tree / name) for p in (tree / name).rglob("*.proto") if "iochub" not in p.parts and "buf" not in p.parts]
        main = [p for p in files if f'name: "{name}"' in (tree / name / p).read_text()]
        equal(f"{name}: one file of the tree is the dataset's", len(main), 1)
        compile_tree(tree / name, main[0], live.work / "again.binpb")
        seen = live.iochub_json("schema", "check", "--descriptor-set", live.work / "again.binpb")["files"][0]["datasets"][0]
        check(f"{name}: the exported tree compiles to what is registered", seen["registered"] and seen["dataset"] == name, seen)
    live.iochub("schema", "export", "thu", "--version", "1", "--dir", live.work / "v1")
    seen = live.iochub_json("schema", "check", "-I", live.work / "v1", live.work / "v1/thu.proto")["files"][0]["datasets"][0]
    equal("a version of one's choice", (seen["registered"], seen["version"]), (True, 1))
    live.iochub("schema", "export", "thu", "--descriptor-set", "--dir", live.work / "sets")
    stored = live.one("SELECT descriptor_set FROM hub.schema WHERE dataset = 'thu' ORDER BY version DESC LIMIT 1")
    equal("a descriptor set is what is registered, byte for byte", (live.work / "sets/thu.binpb").read_bytes(), bytes(stored))
    seen = live.iochub_json("schema", "register", "--descriptor-set", live.work / "sets/thu.binpb")["schemas"][0]
    equal("and registers as that version", (seen["registered"], seen["version"]), (False, 3))
    live.iochub("schema", "export", "thu", "--version", "2", "--dir", live.work / "v1")
    check("an export takes the place of an earlier one", "ten = 3" in (live.work / "v1/thu.proto").read_text())


def unknown_schema(live):
    """A message of a structure that is not registered yet is kept as it came."""
    live.iochub("feed", "add", "H10.01", "thu")
    wire = Messages()
    s = Sender(live, wire, "H10.01", "thu", 987654, 5)
    live.start_hub()
    s.start()
    value = s.frame(s.message("a1", b"\x0a\x02a1", sequence=s.number()).SerializeToString())
    s.send("unknown", value, "a1")
    live.wait_settled()
    equal("UNKNOWN_SCHEMA is in quarantine with its raw bytes",
          [(code, bytes(raw)) for code, raw in live.sql('SELECT code, value FROM hub.quarantine WHERE "offset" = %s', s.places["unknown"])],
          [("UNKNOWN_SCHEMA", value)])


def away(live):
    done = run(live, "schema", "check", EXAMPLES[0], "-c", live.work / "none.yaml")
    check("no configuration: the hint is --offline", done.returncode == 78 and "--offline" in done.stderr, done.stderr)


with Live() as live:
    live.migrate()
    live.register_examples()
    bad_files(live)
    all_at_once(live)
    warnings(live)
    versions(live)
    against(live)
    exports(live)
    away(live)
    unknown_schema(live)
finish()
