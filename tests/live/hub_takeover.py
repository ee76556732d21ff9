#!/usr/bin/env python3
# group: hub
# timeout: 200
"""Two hub instances each hold feeds; one is killed (kill -9), the other takes its feeds over within 15 s."""

import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from live import ROOT, Live, check, equal, finish  # noqa: E402

AGENCIES = ["H10.01", "H10.04", "H10.05", "H10.06"]
SECONDS = 15


def holders(live):
    return dict(live.sql("SELECT owner, count(*) FROM hub.progress WHERE owner IS NOT NULL GROUP BY 1"))


def second_conf(live):
    text = Path(live.env["IOCHUB_HUB_CONF"]).read_text()
    conf = live.work / "hub-2.yaml"
    lines = [line for line in text.splitlines() if not line.startswith("hub:") and not line.strip().startswith("instance:")]
    conf.write_text("\n".join(lines) + "\nhub:\n  instance: hub-2\n")
    return conf


def send(live, agency, number):
    """One unit of a connector of that agency, in a file of its own."""
    folder = live.work / f"units-{agency}"
    folder.mkdir(exist_ok=True)
    (folder / f"Xa_{number}.csv").write_text(
        "Tỉnh Thành Phố,Mã TP,Quận Huyện,Mã QH,Phường Xã,Mã PX,Cấp,Tên Tiếng Anh\n"
        f"Tỉnh An Bình,98,Huyện Một,{number:03},Xã Hai,{number:05},Xã,\n", encoding="utf-8")
    template = (ROOT / "deploy/samples/connectors-real/noi-vu.yaml").read_text(encoding="utf-8")
    path = live.work / f"template-{agency}.yaml"
    path.write_text(template.replace("H10.01", agency).replace("data/don-vi-hanh-chinh/", "data/"), encoding="utf-8")
    live.connector(live.connector_conf(agency, path, folder))


def stored(live):
    return live.one("SELECT count(*) FROM data.don_vi_hanh_chinh")


with Live() as live:
    live.migrate()
    live.register_examples()
    for agency in AGENCIES:
        live.feed(agency, "don-vi-hanh-chinh")
    live.start_hub("hub-1")
    live.start_hub("hub-2", conf=second_conf(live))
    both = live.wait("both hubs hold feeds", lambda: len(holders(live)) == 2 and sum(holders(live).values()) == len(AGENCIES), 40)
    check("two hubs share the feeds", bool(both), holders(live))
    for agency in AGENCIES:
        send(live, agency, 1)
    live.wait("what was sent is stored", lambda: stored(live) == len(AGENCIES), 30)
    live.stop("hub-1", signal.SIGKILL)
    started = time.monotonic()
    for agency in AGENCIES:
        send(live, agency, 2)
    live.wait("the other takes all over", lambda: stored(live) == 2 * len(AGENCIES), 30)
    seconds = time.monotonic() - started
    print(f"# all feeds of the killed hub were stored again after {seconds:.1f} s")
    check(f"the other hub takes over within {SECONDS} s", seconds < SECONDS, f"{seconds:.1f} s")
    equal("the other hub holds all feeds", holders(live), {"hub-2": len(AGENCIES)})
    live.wait_settled()
    equal("nothing was stored twice", live.one("SELECT count(*) FROM history.don_vi_hanh_chinh"), 2 * len(AGENCIES))
    equal("the other hub stops as asked", live.stop("hub-2"), 0)
    equal("no feed is stopped", live.one("SELECT count(*) FROM hub.progress WHERE state = 'STOPPED'"), 0)
finish()
