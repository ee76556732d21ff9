#!/usr/bin/env python3
# group: evolution
# timeout: 300
"""Each pair of tests/evolution as `iochub schema check --against` and as `buf breaking` (WIRE_JSON) decide it: both as
tests/evolution/expected says, and every difference between the two is told in docs/SCHEMAS.md."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from live import BUILD, ROOT, check, equal, finish, skip_all  # noqa: E402

HERE = ROOT / "tests/evolution"
IOCHUB = BUILD / "bin/iochub"
WORST = ("SAFE", "NOTED", "REFUSED")
BUF = "@bufbuild/buf@1.75.0"
WIRE_JSON = json.dumps({"version": "v2", "breaking": {"use": ["WIRE_JSON"]}})


def scenarios():
    for line in (HERE / "expected").read_text().splitlines():
        if not line.startswith("#"):
            name, ours, buf, rules = line.split()[:4]
            yield name, ours, buf, set() if rules == "-" else set(rules.split(","))


def ours(name):
    """What the command says: exit status, the worst class, the rules that spoke, problems."""
    done = subprocess.run([IOCHUB, "schema", "check", "--json", "--against", HERE / name / "old/thu.proto",
                           HERE / name / "new/thu.proto"], capture_output=True, text=True, check=False)
    said = json.loads(done.stdout)
    changes = [c for f in said["files"] for d in f["datasets"] for c in d["changes"]]
    worst = max((WORST.index(c["class"]) for c in changes), default=0)
    return done.returncode, WORST[worst], {c["rule"] for c in changes}, said["problems"]


def our_verdicts():
    for name, verdict, _, rules in scenarios():
        status, worst, seen, problems = ours(name)
        good = check(f"{name}: {verdict}, by {', '.join(sorted(rules)) or 'no rule'}",
                     worst == verdict and seen == rules and status == (verdict == "REFUSED"), (status, worst, seen, problems))
        if good and verdict == "REFUSED":
            check(f"{name}: every refusal has file, line, rule and mend",
                  problems and all(p["file"].endswith(".proto") and p["line"] and p["rule"] and "; " in p["text"] for p in problems),
                  problems)


def counts():
    verdicts = [verdict for _, verdict, _, _ in scenarios()]
    refused = verdicts.count("REFUSED")
    check(f"at least ten safe changes ({len(verdicts) - refused}) and ten unsafe ones ({refused})",
          min(refused, len(verdicts) - refused) >= 10)


def documented():
    """Names of scenarios in the table of differences."""
    for document in ("SCHEMAS.md", "SCHEMAS.vi.md"):
        text = (ROOT / "docs" / document).read_text()
        table = text[text.index("<!-- differences -->"):text.index("<!-- end of differences -->")]
        equal(f"docs/{document} tells every difference and no other", set(re.findall(r"`([a-z0-9-]+)`", " ".join(re.findall(r"^\| ([^|]+)", table, re.M)))),
              {name for name, mine, buf, _ in scenarios() if (mine == "REFUSED") != (buf == "REFUSED")})
        equal(f"docs/{document} lists every rule of the comparison and no other",
              set(re.findall(r"^\| `([A-Z_]+)`", text, re.M)), written_rules())


def written_rules():
    """The rules that the sources can say."""
    sources = [*(ROOT / "hub/msg").glob("compat*.c"), *(ROOT / "hub/pg").glob("dataset_*.c")]
    return {rule for path in sources for rule in re.findall(r'"([A-Z]+_[A-Z_]+)"', path.read_text())}


def buf_program():
    """buf as its npm package, kept in the cache; says why where it cannot be had."""
    cache = Path(subprocess.run([ROOT / "deploy/setup", "--print", "cache"], capture_output=True, text=True,
                                check=True).stdout.strip()) / BUF.replace("@bufbuild/", "").replace("@", "-")
    program = cache / "node_modules/.bin/buf"
    if not program.exists():
        if not (shutil.which("npm") and shutil.which("node")):
            skip_all("buf breaking", "no npm and node")
        fresh = cache.with_name(cache.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        done = subprocess.run(["npm", "install", "--prefix", fresh, "--ignore-scripts", "--no-audit", "--no-fund", "--no-save",
                               BUF], capture_output=True, text=True, timeout=200, check=False)
        if done.returncode:
            errors = [line for line in done.stderr.splitlines() if "error" in line] or ["?"]
            skip_all("buf breaking", f"{BUF} cannot be had: {errors[0][:200]}")
        shutil.rmtree(cache, ignore_errors=True)
        fresh.rename(cache)
    if subprocess.run([program, "--version"], capture_output=True, check=False).returncode:
        skip_all("buf breaking", "the program does not run here")
    return program


def compiled(name, side, folder):
    out = folder / f"{side}.binpb"
    subprocess.run(["protoc", f"-I{HERE / name / side}", f"-I{ROOT}/schemas", "--include_imports", "--include_source_info",
                    f"--descriptor_set_out={out}", "thu.proto"], cwd=HERE / name / side, check=True)
    return out


def buf_verdicts(folder):
    program = buf_program()
    for name, _, verdict, _ in scenarios():
        new, old = compiled(name, "new", folder), compiled(name, "old", folder)
        done = subprocess.run([program, "breaking", new, "--against", old, "--config", WIRE_JSON], capture_output=True,
                              text=True, check=False)
        equal(f"{name}: buf breaking says {verdict}", {0: "SAFE", 100: "REFUSED"}.get(done.returncode, done.stderr), verdict)


EDITION = """edition = "2023";
package thu.v1;
import "iochub/v1/options.proto";
message Thu {
        option (iochub.v1.dataset) = { name: "thu" mode: UPSERT key: "ma" };
        string ma = 1;
        int32 so = 2SO;
}
"""


def editions(folder):
    """A file that this protoc cannot compile comes as descriptors; its features count."""
    for name in ("iochub", "buf"):
        shutil.copytree(ROOT / "schemas" / name, folder / "edition" / name)
    sets = {}
    for name, so in (("old", ""), ("new", " [features.field_presence = IMPLICIT]")):
        (folder / "edition/thu.proto").write_text(EDITION.replace("SO", so))
        sets[name] = folder / f"edition-{name}.binpb"
        subprocess.run([buf_program(), "build", "-o", sets[name]], cwd=folder / "edition", check=True)
    for names, status, text in (((sets["old"],), 0, ""), ((sets["new"], "--against", sets["old"]), 1, "thu.proto:7: [PRESENCE_LOST]")):
        done = subprocess.run([IOCHUB, "schema", "check", "--offline", "--descriptor-set", *names], capture_output=True, text=True,
                              check=False)
        check(f"edition 2023 as descriptors: {text or 'accepted'}", done.returncode == status and text in done.stderr, done.stderr)


def main():
    our_verdicts()
    counts()
    documented()
    with tempfile.TemporaryDirectory() as folder:
        buf_verdicts(Path(folder))
        editions(Path(folder))


main()
finish()
