#!/usr/bin/env python3
# group: schema
# timeout: 240
"""The mistakes of other registries that their users reported, each under the name of its report, against a real hub
database: what goes past protoc as a descriptor set is judged like text."""

import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from live import BUILD, ROOT, Live, check, equal, finish  # noqa: E402

IOCHUB = BUILD / "bin/iochub"

# A file as protoc's text format has it: what no compiler would let pass can be written.
FILE = """file {{ name: "thu.proto" package: "thu.v1" syntax: "proto3" dependency: "iochub/v1/options.proto" {options}
  message_type {{ name: "Thu" options {{ [iochub.v1.dataset] {{ name: "thu" mode: UPSERT key: "ma" }} }}
    field {{ name: "ma" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }}
    {fields}
  }}
}}
"""
FIELD = 'field {{ name: "{0}" number: {1} label: LABEL_OPTIONAL type: {2} }}'

INVALID = {
    "number used twice": (FIELD.format("a", 1, "TYPE_STRING"), "", "two fields with the number 1"),
    "negative number": (FIELD.format("a", -11, "TYPE_STRING"), "", "has the number -11"),
    "number zero": (FIELD.format("a", 0, "TYPE_STRING"), "", "has the number 0"),
    "number that protobuf keeps": (FIELD.format("a", 19500, "TYPE_STRING"), "", "19500"),
    "number beyond the last": (FIELD.format("a", 536870912, "TYPE_STRING"), "", "has the number 536870912"),
    "reserved number in use": (FIELD.format("a", 5, "TYPE_STRING") + " reserved_range { start: 5 end: 6 }", "", "reserve"),
    "reserved name in use": (FIELD.format("a", 5, "TYPE_STRING") + ' reserved_name: "a"', "", "reserve"),
    "name used twice": (FIELD.format("ma", 2, "TYPE_STRING"), "", "two fields named ma"),
    "unknown type": ('field { name: "a" number: 2 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".thu.v1.Lakjsd" }', "",
                     "not in the descriptor set"),
    "unqualified type": ('field { name: "a" number: 2 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: "Thu" }', "",
                         "not a full name with a leading dot"),
    "no type": ('field { name: "a" number: 2 label: LABEL_OPTIONAL }', "", "has no type"),
    "name that is no name": (FIELD.format("a b", 2, "TYPE_STRING"), "", "no proper name"),
}


def run(live, *words):
    return live.run(IOCHUB, *words, good=False)


def encode(live, text, name="thu.binpb"):
    """A descriptor set of the text, our own files in front."""
    path = live.work / name
    own = subprocess.run(["protoc", f"-I{ROOT}/schemas", "--include_imports", "-o", "/dev/stdout", "iochub/v1/options.proto"],
                         capture_output=True, check=True).stdout
    done = subprocess.run(["protoc", f"-I{ROOT}/schemas", "--encode=google.protobuf.FileDescriptorSet",
                           "google/protobuf/descriptor.proto", "iochub/v1/options.proto"], input=text.encode(), capture_output=True,
                          check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    path.write_bytes(own + done.stdout)
    return path


def write(live, folder, name, text):
    path = live.work / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def rows(live):
    return live.sql("SELECT (SELECT count(*) FROM hub.schema), (SELECT count(*) FROM hub.dataset)")[0]


def apicurio_6209_invalid_is_refused(live):
    before = rows(live)
    for name, (fields, options, text) in INVALID.items():
        path = encode(live, FILE.format(fields=fields, options=options))
        for verb in ("check", "register"):
            done = run(live, "schema", verb, "--descriptor-set", path)
            check(f"Apicurio#6209, {verb}, {name}: refused", done.returncode == 1 and text in done.stderr, done.stderr)
    # An option of another wire type than it is declared with.
    path = encode(live, FILE.format(fields="", options=""))
    good = path.read_bytes()
    path.write_bytes(good.replace(b"\x0a\x03thu\x18\x02", b"\x08\x03\x10\x02\x18\x02\x18\x02"[:7]))
    done = run(live, "schema", "register", "--descriptor-set", path)
    check("Apicurio#6209, wrong option value: refused", path.read_bytes() != good and done.returncode == 1, done.stderr + done.stdout)
    text = 'syntax = "proto3";\npackage thu.v1;\nimport "iochub/v1/options.proto";\n{}message Thu {{\n' \
           '  option (iochub.v1.dataset) = {{ name: "thu" mode: UPSERT key: "ma" }};\n  string ma = 1;\n  {}\n}}\n'
    for name, top, field, line in (("duplicate tag", "", "string b = 1;", 7), ("negative tag", "", "string b = -11;", 7),
                                   ("invalid type", "", "lakjsd b = 2;", 7), ("invalid option value", "option java_package = 5;\n", "", 4)):
        path = write(live, "6209", "thu.proto", text.format(top, field))
        done = run(live, "schema", "register", path)
        check(f"Apicurio#6209, {name}: refused with its line", done.returncode == 1 and f"{path}:{line}" in done.stderr, done.stderr)
    equal("Apicurio#6209: nothing was registered", rows(live), before)


THU = """syntax = "proto3";
package thu.v1;
import "iochub/v1/options.proto";
{imports}
message Thu {{
        option (iochub.v1.dataset) = {{ name: "{name}" mode: UPSERT key: "ma" }};
        string ma = 1;
        {fields}
}}
"""


def compiled(path):
    out = path.with_suffix(".binpb")
    subprocess.run(["protoc", f"-I{path.parent}", f"-I{ROOT}/schemas", "--include_imports", "--include_source_info", "-o", out,
                    path.name], check=True, cwd=path.parent)
    return out


def apicurio_6831_descriptors_and_text(live):
    old = write(live, "6831/cu", "thu.proto", THU.format(imports="", name="mot", fields="string a = 2;"))
    live.iochub("schema", "register", "--descriptor-set", compiled(old))
    done = live.iochub_json("schema", "register", old)["schemas"][0]
    equal("Apicurio#6831: as text it is the version that came as descriptors", (done["registered"], done["version"]), (False, 1))
    new = write(live, "6831/moi", "thu.proto", THU.format(imports="", name="mot", fields="int32 a = 2;"))
    for words in ((new,), ("--descriptor-set", compiled(new))):
        done = run(live, "schema", "check", *words)
        check(f"Apicurio#6831: compared with it, {'as descriptors' if len(words) > 1 else 'as text'}",
              done.returncode == 1 and "[FIELD_TYPE_CHANGED]" in done.stderr, done.stderr)
    better = write(live, "6831/tot", "thu.proto", THU.format(imports="", name="mot", fields="string a = 2;\n        bool b = 3;"))
    done = live.iochub_json("schema", "register", "--descriptor-set", compiled(better))["schemas"][0]
    equal("Apicurio#6831: a good one is version 2", (done["registered"], done["version"]), (True, 2))


def apicurio_6832_qualified_names(live):
    nested = "message Con {{ optional uint64 so = 1; }}\n        {} con = 2;"
    one = write(live, "6832", "thu.proto", THU.format(imports="", name="hai", fields=nested.format("Con")))
    live.iochub("schema", "register", one)
    for name in (".thu.v1.Thu.Con", "Thu.Con", "thu.v1.Thu.Con"):
        one.write_text(THU.format(imports="", name="hai", fields=nested.format(name)))
        seen = live.iochub_json("schema", "check", one)["files"][0]["datasets"][0]
        check(f"Apicurio#6832: written as {name}, it is the registered structure", seen["registered"], seen)


PART = 'syntax = "proto3";\npackage chung.v1;\nmessage Noi {{\n        {} phuong = 1;\n}}\n'


def confluent_1512_imports(live):
    text = THU.format(imports='import "chung/noi.proto";', name="ba", fields="chung.v1.Noi noi = 2;")
    main = write(live, "1512", "thu.proto", text)
    part = write(live, "1512", "chung/noi.proto", PART.format("string"))
    live.iochub("schema", "register", main)
    part.write_text(PART.format("bool"))
    done = run(live, "schema", "register", main)
    check("confluentinc#1512: the file is the same, what it imports is not: refused there",
          done.returncode == 1 and "chung/noi.proto:4: [FIELD_TYPE_CHANGED]" in done.stderr, done.stderr)
    part.write_text("")
    done = run(live, "schema", "register", main)
    check("confluentinc#1512: an import that lacks the type: refused", done.returncode == 1 and "is not defined" in done.stderr, done.stderr)
    part.write_text(PART.format("string"))
    out = live.work / "alone.binpb"
    subprocess.run(["protoc", f"-I{main.parent}", f"-I{ROOT}/schemas", "-o", out, "thu.proto"], check=True, cwd=main.parent)
    done = run(live, "schema", "register", "--descriptor-set", out)
    check("confluentinc#1512: a set without its imports: refused", done.returncode == 1 and "--include_imports" in done.stderr, done.stderr)


def karapace_1263_imports_are_given_out(live):
    tree = live.work / "1263"
    live.iochub("schema", "export", "ba", "--dir", tree)
    equal("karapace#1263: the imported file is given out", (tree / "chung/noi.proto").read_text().count("message Noi"), 1)
    subprocess.run(["protoc", f"-I{tree}", "--include_imports", "-o", live.work / "1263.binpb", "thu.proto"], check=True, cwd=tree)
    seen = live.iochub_json("schema", "check", "--descriptor-set", live.work / "1263.binpb")["files"][0]["datasets"][0]
    check("karapace#1263: and compiles to what is registered", seen["registered"], seen)


def hostile_names(live):
    """A set's file names are not trusted."""
    path = encode(live, FILE.format(fields="", options="").replace('name: "thu"', 'name: "la"').replace('"thu.proto"', '"../../thoat.proto"'))
    done = run(live, "schema", "register", "--descriptor-set", path)
    if done.returncode == 0:
        done = run(live, "schema", "export", "la", "--dir", live.work / "hostile/deep")
    check("a file name that leads out of the folder is refused", done.returncode == 1 and not (live.work / "thoat.proto").exists(),
          done.stdout + done.stderr)
    path.write_bytes(b"\xff" * 100)
    done = run(live, "schema", "check", "--descriptor-set", "--json", path)
    check("no descriptor set at all", done.returncode == 1 and json.loads(done.stdout)["problems"], done.stdout + done.stderr)


with Live() as live:
    live.migrate()
    apicurio_6209_invalid_is_refused(live)
    apicurio_6831_descriptors_and_text(live)
    apicurio_6832_qualified_names(live)
    confluent_1512_imports(live)
    karapace_1263_imports_are_given_out(live)
    hostile_names(live)
finish()
