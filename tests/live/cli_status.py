#!/usr/bin/env python3
# group: cli
# timeout: 120
"""`iochub status`: counts, lags, rates and states as they are; looking again; one server away, the other still told."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from live import BUILD, ROOT, Live, check, equal, finish  # noqa: E402

IOCHUB = BUILD / "bin/iochub"
ROWS = 400


def status(live, *words):
    return live.iochub_json("status", *words)


def feed(seen, agency):
    return next(f for f in seen["feeds"] if f["agency"] == agency)


def people(live, *words, lang="en"):
    return live.iochub("--lang", lang, "status", *words).stdout


def connector(live, first, count):
    folder = live.work / "sample"
    folder.mkdir(exist_ok=True)
    rows = "".join(f"{n:05},{'' if n % 100 == 99 else f'Xã {n}'},XA,70,Bình Phước\n" for n in range(first, first + count))
    (folder / f"rows-{first}.csv").write_text("Mã,Tên,Cấp,Mã tỉnh,Tỉnh\n" + rows)
    (folder / "connector.yaml").write_text(f"""agency: H10.01
kafka: {{ bootstrap.servers: {live.env['IOCHUB_BOOTSTRAP']} }}
reject_dir: rejects
feeds:
  - dataset: don-vi-hanh-chinh
    source: {{ kind: csv, files: 'rows-*.csv', mode: once }}
    map: {{ ma: Mã, ten: Tên, cap: Cấp, ma_tinh: Mã tỉnh, ten_tinh: Tỉnh }}
""")
    live.connector(folder / "connector.yaml")


def without_hub(live):
    seen = status(live)
    equal("nobody reads: UNATTENDED, with a reason", (feed(seen, "H10.01")["state"], feed(seen, "H10.01")["why"] != ""), ("UNATTENDED", True))
    equal("no hubs", seen["hubs"], [])
    connector(live, 0, ROWS)
    seen = status(live)
    written = live.topic_end("in.H10.01.don-vi-hanh-chinh")
    check("the lag counts what stands in the log", feed(seen, "H10.01")["lag"] == written and written > ROWS, seen)
    text = people(live)
    check("for people", "UNATTENDED" in text and str(written) in text and "No hub runs" in text, text)
    check("in Vietnamese", "chưa ai đọc" in people(live, lang="vi") and "Cơ quan" in people(live, lang="vi"), people(live, lang="vi"))


def with_hub(live):
    live.start_hub()
    live.wait("the hub reads everything", lambda: feed(status(live, "--no-rate"), "H10.01")["lag"] == 0)
    seen = status(live, "--no-rate")
    mine = feed(seen, "H10.01")
    equal("stored, rejected, repeats", (mine["stored"], mine["rejected"], mine["repeats"]), (ROWS - 4, 4, 0))
    equal("state and hub", (mine["state"], [h["alive"] for h in seen["hubs"]], seen["hubs"][0]["parts"]), ("RUNNING", [True], 3))
    equal("a feed without records is NEW", feed(seen, "H10.02")["state"], "NEW")
    begin = time.monotonic()
    status(live, "--no-rate")
    check("--no-rate answers at once", time.monotonic() - begin < 0.9)
    # Ten seconds by the watch, fed meanwhile.
    out = open(live.work / "watch.out", "wb")
    watch = subprocess.Popen([str(IOCHUB), "status", "--watch", "1", "--json"], env=live.env, stdout=out, stdin=subprocess.DEVNULL)
    time.sleep(1.5)
    connector(live, ROWS, 20000)
    live.wait("the hub reads the second file", lambda: feed(status(live, "--no-rate"), "H10.01")["lag"] == 0)
    time.sleep(2.5)
    watch.send_signal(signal.SIGINT)
    equal("Ctrl-C ends the watch: exit 0", watch.wait(10), 0)
    out.close()
    looks = [json.loads(line) for line in (live.work / "watch.out").read_text().splitlines()]
    rates = [feed(look, "H10.01")["rate"] for look in looks]
    check("a rate while records came in, none before and after", max(rates) > 100 and rates[0] == 0 and rates[-1] == 0, rates)


def states(live):
    live.sql("UPDATE hub.progress SET state = 'STOPPED', state_reason = 'offset out of range', state_since = now() "
             "WHERE feed = (SELECT id FROM hub.feed WHERE agency = 'H10.02') AND part = 1")
    seen = feed(status(live, "--no-rate"), "H10.02")
    equal("the worst partition speaks for its feed", (seen["state"], seen["why"], [p["state"] for p in seen["parts"]]),
          ("STOPPED", "offset out of range", ["NEW", "STOPPED"]))
    live.stop("hub", signal.SIGKILL)
    live.wait("a killed hub is no longer seen", lambda: not status(live, "--no-rate")["hubs"][0]["alive"], 25)
    equal("its feeds are UNATTENDED", feed(status(live, "--no-rate"), "H10.01")["state"], "UNATTENDED")
    check("people are told", "not seen lately" in people(live), people(live))


def servers_away(live):
    text = Path(live.env["IOCHUB_CONF"]).read_text()
    broker = live.env["IOCHUB_BOOTSTRAP"]
    (live.work / "no-kafka.yaml").write_text(text.replace(broker, "127.0.0.1:1"))
    (live.work / "no-database.yaml").write_text(text.replace(f"port={live.env['PGPORT']}", "port=1"))
    for name, away, there in (("no-kafka", "kafka", "database"), ("no-database", "database", "kafka")):
        done = live.run(IOCHUB, "-c", live.work / f"{name}.yaml", "status", "--json", good=False)
        seen = json.loads(done.stdout)
        check(f"{name}: exit 69, the other is told", done.returncode == 69 and seen[there]["reachable"] and not seen[away]["reachable"]
              and seen[away]["error"], done.stdout + done.stderr)
        if away == "kafka":
            check("feeds are there, their lag is not known", feed(seen, "H10.01")["stored"] > 0 and feed(seen, "H10.01")["lag"] is None, seen)
        else:
            topics = {t["topic"]: t["records"] for t in seen["topics"]}
            equal("the feeds' topics are there", topics["in.H10.01.don-vi-hanh-chinh"], live.topic_end("in.H10.01.don-vi-hanh-chinh"))
        said = live.run(IOCHUB, "-c", live.work / f"{name}.yaml", "status", good=False)
        check(f"{name}: people are told which", ("Kafka" if away == "kafka" else "PostgreSQL") + " does not answer" in said.stdout, said.stdout)
        for words in (["quarantine", "list"], ["schema", "list"], ["feed", "list"]):
            done = live.run(IOCHUB, "-c", live.work / f"{name}.yaml", *words, good=False)
            equal(f"{name}: {' '.join(words)}", done.returncode, 69 if away == "database" else 0)
        done = live.run(IOCHUB, "-c", live.work / f"{name}.yaml", "feed", "add", "H10.03", "don-vi-hanh-chinh", good=False)
        check(f"{name}: feed add says which, exit 69", done.returncode == 69 and ("Kafka" if away == "kafka" else "PostgreSQL") in done.stderr
              or "bootstrap" in done.stderr, done.stderr)
    (live.work / "new.proto").write_text("""syntax = "proto3";
import "iochub/v1/options.proto";
message Moi { option (iochub.v1.dataset) = { name: "moi" domain: "thu" mode: APPEND title_vi: "Mới" title_en: "New" }; string a = 1; }
""")
    done = live.run(IOCHUB, "-c", live.work / "no-kafka.yaml", "schema", "register", live.work / "new.proto", good=False)
    check("a structure registered without Kafka stays, and that is said", done.returncode == 69 and "moi  version 1" in done.stdout
          and "a hub publishes it" in done.stderr, done.stdout + done.stderr)
    equal("it is not marked as published", [s["published"] for s in live.iochub_json("schema", "list")["schemas"] if s["name"] == "moi"], [False])
    live.iochub("schema", "register", live.work / "new.proto")
    equal("again with Kafka: published", [s["published"] for s in live.iochub_json("schema", "list")["schemas"] if s["name"] == "moi"], [True])


with Live() as live:
    live.migrate()
    live.register(ROOT / "schemas/examples/noi-vu/don_vi_hanh_chinh.proto")
    text = live.iochub("status").stdout
    check("no feeds yet: the next step", "feed add" in text, text)
    live.feed("H10.01", "don-vi-hanh-chinh")
    live.feed("H10.02", "don-vi-hanh-chinh", "--partitions", "2")
    without_hub(live)
    with_hub(live)
    states(live)
    servers_away(live)
finish()
