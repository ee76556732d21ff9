#!/usr/bin/env python3
# group: hub
# timeout: 200
"""What stops a hub at its start, and what stops a feed: each with a named error and the next step."""

import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from live import BUILD, Live, check, confluent_kafka, equal, finish  # noqa: E402
from confluent_kafka.admin import AdminClient, NewTopic  # noqa: E402

TOPIC = "in.H10.01.don-vi-hanh-chinh"


def hub_once(live, conf, seconds=30):
    return subprocess.run([BUILD / "bin/iochub-hub", "-c", conf], env=live.env, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=seconds)


def configuration(live):
    bad = live.work / "bad.yaml"
    bad.write_text("kafka:\n  bootstrap.servers: x:1\ndatabase:\n  coninfo: x\nhub:\n  workers: 0\n  batch_records: many\n"
                   "log:\n  level: loud\n", encoding="utf-8")
    done = hub_once(live, bad)
    equal("a wrong configuration ends with 78", done.returncode, 78)
    for place, word in (("bad.yaml:4:", "conninfo"), ("bad.yaml:6:", "workers"), ("bad.yaml:7:", "batch_records"),
                        ("bad.yaml:9:", "debug")):
        check(f"all mistakes at once: {place}", any(place in line and word in line for line in done.stderr.splitlines()),
              done.stderr)
    done = hub_once(live, live.work / "absent.yaml")
    check("a missing file is named", done.returncode == 78 and "absent.yaml" in done.stderr, done.stderr)


def database(live):
    done = hub_once(live, live.env["IOCHUB_HUB_CONF"])
    check("a database without tables: says which command makes them", done.returncode == 70 and "iochub db migrate" in done.stderr,
          done.stderr)
    live.migrate()
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        set_in_server(live, setting, "off")
        done = hub_once(live, live.env["IOCHUB_HUB_CONF"])
        check(f"{setting} = off: refuses to work", done.returncode == 78 and f"{setting} = off" in done.stderr, done.stderr)
        set_in_server(live, setting, "on")


def set_in_server(live, name, value):
    """In the server's own configuration: the hub's role could not be given these."""
    line = f"{name} = {value}\n"
    conf = next((live.state / "pg").glob("postgresql.auto.conf"), None) or next(live.state.rglob("postgresql.auto.conf"))
    conf.write_text(line)
    subprocess.run(["pkill", "-HUP", "-F", conf.parent / "postmaster.pid"], check=False)
    live.wait(f"{name} is {value}", lambda: live.one(f"SHOW {name}") == value, 10)


def recreate(live):
    admin = AdminClient({"bootstrap.servers": live.env["IOCHUB_BOOTSTRAP"]})
    admin.delete_topics([TOPIC])[TOPIC].result(20)
    live.wait("the topic is gone", lambda: TOPIC not in admin.list_topics(timeout=10).topics)
    admin.create_topics([NewTopic(TOPIC, 1, 1)])[TOPIC].result(20)


def stopped(live):
    return live.sql("SELECT state, why FROM hub.feed_status WHERE topic = %s", TOPIC)[0]


def topic_made_again(live):
    live.register_examples()
    live.feed("H10.01", "don-vi-hanh-chinh")
    live.start_hub()
    live.wait("the hub takes the feed", lambda: live.one("SELECT count(owner) FROM hub.progress") == 1)
    recreate(live)
    started = time.monotonic()
    live.wait("the feed stops", lambda: stopped(live)[0] == "STOPPED", 20)
    seconds = time.monotonic() - started
    check("within 2 s of the new topic", seconds < 2, f"{seconds:.1f} s")
    check("with a named error", stopped(live)[1].startswith(("TOPIC_DELETED", "TOPIC_RECREATED")), stopped(live))
    check("other work goes on: the hub still runs", live.processes["hub"].poll() is None)
    equal("SIGTERM ends it", live.stop("hub"), 0)
    live.sql("UPDATE hub.progress SET state = 'RUNNING', state_reason = ''")
    live.start_hub("again")
    live.wait("a hub that starts later sees it too", lambda: stopped(live)[0] == "STOPPED", 20)
    check("and knows that it was made again", stopped(live)[1].startswith("TOPIC_RECREATED"), stopped(live))


with Live() as live:
    configuration(live)
    database(live)
    topic_made_again(live)
finish()
