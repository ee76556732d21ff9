#!/usr/bin/env python3
# group: cli
# timeout: 180
"""`iochub` at a terminal: the command line and its mistakes, migrate, schemas, feeds, and every example that --help prints,
run as printed."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from live import BUILD, ROOT, Live, check, confluent_kafka, equal, finish  # noqa: E402
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic  # noqa: E402

IOCHUB = BUILD / "bin/iochub"
EXAMPLES = sorted((ROOT / "schemas/examples").glob("*/*.proto"))

ODD = """// Every shape that the printer of .proto text must know.
syntax = "proto3";
package test.odd.v1;
import "google/protobuf/timestamp.proto";
import "iochub/v1/options.proto";
// Mã | Code
message Odd {
        option (iochub.v1.dataset) = { name: "odd-shapes" domain: "thu" mode: UPSERT key: "ma" event_time: "luc"
            title_vi: "Hình \\"lạ\\"" title_en: "Odd" };
        message Inside {
                // Độ sâu | Depth
                message Deeper { repeated sint64 n = 1; }
                Deeper deeper = 1;
                bytes raw = 2;
        }
        enum Kind { option allow_alias = true; KIND_NONE = 0; KIND_A = -5; KIND_B = -5; }
        string ma = 1;
        google.protobuf.Timestamp luc = 2;
        oneof either {
                // Trái | Left
                double left = 3;
                Inside right = 4;
        }
        map<string, Inside> by_name = 5;
        repeated int32 numbers = 6 [packed = false, deprecated = true];
        optional Kind kind = 7;
        Inside inside = 8 [(iochub.v1.field).type = JSONB];
        reserved 20, 30 to 32;
        reserved "gone";
}
"""


def run(live, *words, **more):
    return live.run(IOCHUB, *words, good=False, **more)


def expect(name, done, status, text=""):
    """Exit status, and what stands on standard error (or output)."""
    said = done.stdout + done.stderr
    check(name, done.returncode == status and text in said, f"exit status {done.returncode}, wanted {status} and {text!r}:\n{said}")


def command_line(live):
    expect("no command: the list, exit 64", run(live), 64, "schema register")
    expect("--help lists the commands", run(live, "--help"), 0, "quarantine show")
    expect("--version", run(live, "--version"), 0, "iochub 0.")
    expect("the beginning of a command is understood", run(live, "stat"), 64, "did you mean `status`?")
    expect("a command with a slip", run(live, "schema", "lst"), 64, "did you mean `schema list`?")
    expect("a command that is nothing like any", run(live, "frobnicate"), 64, "`iochub help` lists them")
    expect("a group without a verb", run(live, "feed"), 64, "feed add AGENCY DATASET")
    expect("a group's help", run(live, "feed", "--help"), 0, "feed list")
    expect("an option with a slip", run(live, "status", "--wacth", "2"), 64, "did you mean --watch?")
    expect("an option of another command", run(live, "status", "--partitions", "2"), 64, "has no option `--partitions`")
    expect("a number out of bounds", run(live, "status", "--watch", "0"), 64, "from 1 to 86400, not `0`")
    expect("no number at all", run(live, "tail", "x", "-n", "many"), 64, "whole number")
    expect("a value is missing", run(live, "tail", "x", "--from"), 64, "--from needs a value")
    expect("a flag takes no value", run(live, "tail", "x", "--raw=yes"), 64, "takes no value")
    expect("a word that is none of the choices", run(live, "--lang", "fr", "help"), 64, "one of vi, en")
    expect("an argument is missing", run(live, "feed", "add", "H10"), 64, "usage: iochub feed add AGENCY DATASET")
    expect("an argument too many", run(live, "feed", "list", "more"), 64, "does not take `more`")
    expect("help of a command that is not there", run(live, "help", "statos"), 64, "did you mean `status`?")
    expect("exit codes are told", run(live, "help", "exit-codes"), 0, "77")
    expect("Vietnamese by --lang", run(live, "--lang", "vi", "help"), 0, "Cách dùng")
    live.env["LANG"], before = "vi_VN.UTF-8", live.env.pop("LANG", None)
    live.env.pop("LC_ALL", None)
    expect("Vietnamese by LANG", run(live, "status", "--help"), 0, "Trạng thái các nguồn cấp")
    live.env["LANG"] = before or "C.UTF-8"


def configuration(live):
    folder = live.work
    (folder / "bad.yaml").write_text("kafka: { bootstrap.servers: x }\ndatabase:\n  conninf: y\nlog:\n  level: loud\n")
    said = run(live, "-c", folder / "bad.yaml", "status")
    expect("every mistake of a configuration at once, exit 78", said, 78, "bad.yaml:3:3: unknown key `conninf`")
    check("with the nearest key and the second mistake", "`conninfo`" in said.stderr and "bad.yaml:5:" in said.stderr, said.stderr)
    expect("a configuration that is not there", run(live, "status", "-c", folder / "none.yaml"), 78, "none.yaml")
    conf = live.env.pop("IOCHUB_CONF")
    expect("no configuration at all", run(live, "status"), 78, "IOCHUB_CONF")
    live.env["IOCHUB_CONF"] = conf
    text = Path(conf).read_text()
    (folder / "hub.yaml").write_text(text.replace("user=iochub_owner", "user=iochub_hub"))
    (folder / "stranger.yaml").write_text(text.replace("user=iochub_owner", "user=iochub_owner password=wrong-secret host=127.0.0.1"))


def migrate(live):
    expect("commands before migrate say what to do", run(live, "feed", "list"), 1, "run `iochub db migrate`")
    expect("migrate", run(live, "db", "migrate"), 0, "applied")
    expect("migrate again", run(live, "db", "migrate"), 0, "up to date")
    seen = live.iochub_json("db", "migrate")
    check("migrate as JSON", seen["migrations"] and not any(m["applied"] for m in seen["migrations"]), seen)


def decoded(proto, include, live):
    """The file's descriptors as text, options read, without source information."""
    out = live.work / "set"
    live.run("protoc", f"-I{include}", f"-I{ROOT}/schemas", f"--descriptor_set_out={out}", proto)
    with open(out, "rb") as stream:
        done = subprocess.run(["protoc", f"-I{ROOT}/schemas", "--decode=google.protobuf.FileDescriptorSet",
                               "google/protobuf/descriptor.proto", "iochub/v1/options.proto", "buf/validate/validate.proto"],
                              stdin=stream, capture_output=True, text=True, check=True)
    return done.stdout


def schemas(live):
    own = live.work / "own"
    own.mkdir()
    (own / "odd.proto").write_text(ODD)
    (own / "syntax.proto").write_text('syntax = "proto3";\nmessage A {\n  strin a = 1;\n}\n')
    (own / "plain.proto").write_text('syntax = "proto3";\nmessage A { string a = 1; }\n')
    (own / "wrong.proto").write_text(ODD.replace('key: "ma"', 'key: "khong_co"').replace("odd-shapes", "wrong-key"))
    expect("what protoc refuses, as file:line:col", run(live, "schema", "register", own / "syntax.proto"), 1, f"{own}/syntax.proto:3:3:")
    expect("a file without a dataset", run(live, "schema", "register", own / "plain.proto"), 1, "no message of it is a dataset")
    expect("a file that is not there", run(live, "schema", "register", own / "none.proto"), 1, "none.proto: No such file")
    said = run(live, "schema", "register", own / "wrong.proto")
    expect("a key field that is not there, as file:line", said, 1, "khong_co")
    check("the line names the file as it was typed", any(line.startswith(f"{own}/wrong.proto:") for line in said.stderr.splitlines()), said.stderr)
    expect("nothing of a refused structure stays", run(live, "schema", "show", "wrong-key"), 1, "no dataset `wrong-key`")

    seen = live.iochub_json("schema", "register", own / "odd.proto")
    check("registered and published, as JSON", seen["published"] and seen["schemas"][0]["registered"] and
          seen["schemas"][0]["table"] == "data.odd_shapes", seen)
    done = run(live, "schema", "register", "odd.proto", cwd=own)
    expect("the same from another folder is the same structure", done, 0, "already registered")
    text = live.iochub("schema", "show", "odd-shapes", "--proto").stdout
    again = live.work / "again"
    again.mkdir()
    (again / "odd.proto").write_text(text)
    equal("the printed .proto gives the same descriptors", decoded("odd.proto", again, live), decoded("odd.proto", own, live))
    check("with its comments", "// Every shape that the printer" in text and "// Trái | Left" in text and "// Độ sâu" in text, text)
    columns = {c["name"]: c for c in live.iochub_json("schema", "show", "odd-shapes", "--columns")["columns"]}
    check("columns with types, presence and comments", columns["left"]["type"] == "double precision" and columns["by_name"]["type"] == "jsonb"
          and columns["ma"]["nullable"] is False and "Trái | Left" in columns["left"]["comment"], columns)
    expect("a version that is not there", run(live, "schema", "show", "odd-shapes", "--version", "9"), 1, "no version 9")
    expect("a name with a slip", run(live, "schema", "show", "odd-shape"), 1, "did you mean `odd-shapes`?")

    (own / "odd.proto").write_text(ODD.replace("optional Kind kind = 7;", "optional Kind kind = 7;\n        // Mới | New\n        optional bool moi = 9;"))
    expect("one more field is version 2", run(live, "schema", "register", own / "odd.proto"), 0, "version 2")
    (own / "odd.proto").write_text(ODD.replace("string ma = 1;", "int64 ma = 1;"))
    expect("a change that breaks stored data is refused", run(live, "schema", "register", own / "odd.proto"), 1, "ma")
    versions = [(s["name"], s["version"], s["published"]) for s in live.iochub_json("schema", "list")["schemas"] if s["name"] == "odd-shapes"]
    equal("both versions are listed and published", versions, [("odd-shapes", 1, True), ("odd-shapes", 2, True)])
    expect("the hub's own messages are shown too", run(live, "schema", "show", "iochub.routing"), 0, "iochub.v1.RoutingEvent")
    expect("and printed", run(live, "schema", "show", "iochub.schemas", "--proto"), 0, "message SchemaRecord {")


def printed_examples(live):
    """The three example structures, printed and compiled again."""
    again = live.work / "printed"
    for proto in EXAMPLES:
        name = proto.relative_to(ROOT / "schemas")
        (again / name).parent.mkdir(parents=True, exist_ok=True)
        dataset = proto.stem.replace("_", "-")
        (again / name).write_text(live.iochub("schema", "show", dataset, "--proto").stdout)
        equal(f"{name} printed gives the same descriptors", decoded(name, again, live), decoded(name, ROOT / "schemas", live))


def feeds(live):
    expect("no agency code", run(live, "feed", "add", "h10.01", "phan-anh"), 64, "no agency code")
    expect("no dataset name", run(live, "feed", "add", "H10.01", "phan_anh"), 64, "no dataset name")
    expect("a dataset with a slip", run(live, "feed", "add", "H10.01", "phan-ann"), 1, "did you mean `phan-anh`?")
    said = run(live, "-c", live.work / "hub.yaml", "feed", "add", "H10.07", "phan-anh")
    expect("a role that may not: exit 77", said, 77, "iochub_hub")
    check("and no topic was made", run(live, "tail", "in.H10.07.phan-anh", "--no-follow").returncode == 1)
    said = run(live, "-c", live.work / "stranger.yaml", "feed", "list")
    expect("a wrong password: exit 77", said, 77)
    check("no password is printed", "wrong-secret" not in said.stdout + said.stderr, said.stderr)

    expect("a feed again says so", run(live, "feed", "add", "H10.01", "phan-anh"), 0, "is there already")
    expect("another number of partitions is refused", run(live, "feed", "add", "H10.01", "phan-anh", "--partitions", "2"), 1, "1 partition(s), not 2")
    expect("other providers are refused", run(live, "feed", "add", "H10.01", "phan-anh", "--provider", "H10.09"), 1, "carries data of")
    rows = live.sql("SELECT p.part, p.next_offset, encode(f.topic_id, 'hex') <> repeat('0', 32) FROM hub.progress p "
                    "JOIN hub.feed f ON f.id = p.feed WHERE f.agency = 'H10.02' ORDER BY 1")
    equal("four progress rows, with Kafka's topic id", rows, [(n, 0, True) for n in range(4)])

    admin = AdminClient({"bootstrap.servers": live.env["IOCHUB_BOOTSTRAP"]})
    for future in admin.create_topics([NewTopic("in.H10.05.odd-shapes", 1, 1)]).values():
        future.result(20)
    producer = confluent_kafka.Producer({"bootstrap.servers": live.env["IOCHUB_BOOTSTRAP"]})
    for n in range(3):
        producer.produce("in.H10.05.odd-shapes", b"early", partition=0)
    producer.flush(20)
    expect("a topic that holds records already is named", run(live, "feed", "add", "H10.05", "odd-shapes"), 0, "before with 3 record(s)")
    configs = admin.describe_configs([ConfigResource("topic", t) for t in
                                      ("in.H10.01.phan-anh", "rejected.H10.01", "shared.phan-anh")])
    kept = {r.name: f.result(20)["retention.ms"].value for r, f in configs.items()}
    equal("days that topics keep", {k: int(v) // 86400000 for k, v in kept.items()},
          {"in.H10.01.phan-anh": 14, "rejected.H10.01": 30, "shared.phan-anh": 30})
    admin.delete_topics(["in.H10.05.odd-shapes"])["in.H10.05.odd-shapes"].result(20)
    time.sleep(1)
    expect("a topic that was made anew is noticed", run(live, "feed", "add", "H10.05", "odd-shapes"), 1, "deleted and made again")


def sample_sent(live):
    """Feed 1 gets a record that breaks a rule at offset 12: START, CHECKPOINT, then rows."""
    folder = live.work / "sample"
    folder.mkdir()
    rows = [f"PA-{n:03},{'' if n == 10 else 'Ổ gà'},01/03/2025 08:0{n % 10},Đang xử lý,Sở Xây dựng" for n in range(14)]
    (folder / "rows.csv").write_text("Mã,Tiêu đề,Lúc,Trạng thái,Phòng ban\n" + "\n".join(rows) + "\n")
    (folder / "connector.yaml").write_text(f"""agency: H10.01
kafka: {{ bootstrap.servers: {live.env['IOCHUB_BOOTSTRAP']} }}
reject_dir: rejects
feeds:
  - dataset: phan-anh
    source: {{ kind: csv, files: rows.csv, mode: once }}
    map:
      ma: Mã
      title: Tiêu đề
      opened_at: {{ column: Lúc, format: '%d/%m/%Y %H:%M', zone: Asia/Ho_Chi_Minh }}
      status: {{ column: Trạng thái, values: {{ Đang xử lý: OPEN }} }}
      department: Phòng ban
""")
    live.connector(folder / "connector.yaml")
    live.start_hub()
    live.wait("the hub takes the rows", lambda: live.sql("SELECT sum(stored) FROM hub.progress")[0][0] == 13)
    live.wait("events are routed", lambda: "PROPOSED" in live.iochub("tail", "iochub.routing", "--no-follow").stdout)


FOLLOWING = ("--watch", "tail rejected.")


def example(live, line):
    """One example as printed, in the repository's root; those that follow are ended by Ctrl-C."""
    env = {**live.env, "PATH": f"{IOCHUB.parent}:{os.environ['PATH']}"}
    process = subprocess.Popen(["bash", "-c", "exec " + line], cwd=ROOT, env=env, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if any(word in line for word in FOLLOWING):
        time.sleep(3)
        process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=30)
    check(f"example: {line}", process.returncode == 0 and out, f"exit status {process.returncode}\n{error}{out}")
    if "--json" in line and out:
        for text in out.splitlines() if " tail " in line else [out]:
            json.loads(text)


def same_shape(wanted, seen, place=""):
    """Where the members of two JSON values differ; {} stands for any members, null for any value."""
    if isinstance(wanted, dict) and wanted and isinstance(seen, dict):
        differ = [f"{place}.{k}" for k in wanted.keys() ^ seen.keys()]
        return differ + [d for k in wanted.keys() & seen.keys() for d in same_shape(wanted[k], seen[k], f"{place}.{k}")]
    if isinstance(wanted, list) and isinstance(seen, list):
        return [d for item in seen[:1] if wanted for d in same_shape(wanted[0], item, f"{place}[]")]
    alike = wanted is None or seen is None or isinstance(seen, type(wanted)) or (isinstance(wanted, int) and isinstance(seen, float))
    return [] if alike else [f"{place}: {wanted!r} is not like {seen!r}"]


def documented_shapes(live):
    text = (ROOT / "docs/CLI.md").read_text()
    sections = re.findall(r"^### iochub (.+)\n(?:.*\n)*?```json\n((?:.*\n)*?)```", text, re.M)
    missing = [k["name"] for k in live.iochub_json("help")["commands"]
               if k["name"] != "help" and not any(words.startswith(k["name"]) for words, _ in sections)]
    equal("docs/CLI.md has a shape for each command", missing, [])
    for words, shape in sections:
        done = live.run(IOCHUB, *shlex.split(words), "--json", cwd=ROOT)
        equal(f"docs/CLI.md, {words}: the members are those printed", same_shape(json.loads(shape), json.loads(done.stdout)), [])
    codes = [row.split()[0] for row in live.iochub("help", "exit-codes").stdout.splitlines()]
    equal("docs/CLI.md: the exit codes are those of the program", re.findall(r"^\| (\d+) \|", text, re.M), codes)


with Live() as live:
    command_line(live)
    configuration(live)
    table = live.iochub_json("help")
    lines = [x for command in table["commands"] for x in command["examples"]]
    check("every command has two examples or more", all(len(k["examples"]) > 1 for k in table["commands"]))
    check("every sentence is there in both languages", all(k["sentence"]["vi"] and k["sentence"]["en"] for k in table["commands"]))
    migrate(live)
    setup = [x for x in lines if shlex.split(x)[1:3] in (["schema", "register"], ["feed", "add"])]
    for line in setup:
        example(live, line)
    sample_sent(live)
    for line in lines:
        if line not in setup:
            example(live, line)
    documented_shapes(live)
    printed_examples(live)
    schemas(live)
    feeds(live)
finish()
