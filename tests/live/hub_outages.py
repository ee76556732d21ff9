#!/usr/bin/env python3
# group: hub
# timeout: 240
"""Broker or database away: hub and connector wait, say so once, and go on when it is back; nothing is quarantined."""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from live import BUILD, ROOT, Live, check, equal, finish  # noqa: E402

HEADER = "Tỉnh Thành Phố,Mã TP,Quận Huyện,Mã QH,Phường Xã,Mã PX,Cấp,Tên Tiếng Anh\n"
AWAY = 5


def write_units(folder, number, count):
    rows = "".join(f"Tỉnh An Bình,98,Huyện Một,{number:03},Xã Hai,{number}{i:04},Xã,\n" for i in range(count))
    (folder / f"Xa_{number}.csv").write_text(HEADER + rows, encoding="utf-8")


def stored(live):
    return live.one("SELECT count(*) FROM data.don_vi_hanh_chinh")


def pid_of(live, server):
    return json.loads(live.stack("status", "--json").stdout)[server]["pid"]


with Live() as live:
    live.migrate()
    live.register_examples()
    live.feed("H10.01", "don-vi-hanh-chinh")
    live.start_hub()
    data = live.work / "units"
    (data / "don-vi-hanh-chinh").mkdir(parents=True)
    template = live.work / "follow.yaml"
    real = (ROOT / "deploy/samples/connectors-real/noi-vu.yaml").read_text(encoding="utf-8")
    template.write_text(real.replace("mode: once", "mode: follow"), encoding="utf-8")
    write_units(data / "don-vi-hanh-chinh", 1, 1000)
    conf = live.connector_conf("units", template, data)
    live.start("connector", BUILD / "bin/iochub-connector", "run", "-c", conf)
    live.wait("the first file is stored", lambda: stored(live) == 1000)

    # The database goes away as if the machine had lost power.
    live.run("kill", "-9", pid_of(live, "postgresql"))
    write_units(data / "don-vi-hanh-chinh", 2, 1000)
    time.sleep(AWAY)
    check("the hub waits without its database", live.processes["hub"].poll() is None)
    live.stack("up")
    started = time.monotonic()
    live.wait("all is stored once the database is back", lambda: stored(live) == 2000)
    check("work resumes within 15 s of the database's return", time.monotonic() - started < 15)
    equal("the hub said once that the database is away", live.log("hub").count("database is away"), 1)
    equal("and once that it is back", live.log("hub").count("database is back"), 1)

    # The broker is killed.
    live.run("kill", "-9", pid_of(live, "kafka"))
    write_units(data / "don-vi-hanh-chinh", 3, 1000)
    time.sleep(AWAY)
    check("hub and connector wait without the broker", all(p.poll() is None for p in live.processes.values()))
    live.stack("up")
    started = time.monotonic()
    live.wait("all is stored once the broker is back", lambda: stored(live) == 3000, 60)
    check("work resumes within 15 s of the broker's return", time.monotonic() - started < 15, time.monotonic() - started)
    for name in ("hub", "connector"):
        equal(f"the {name} said once that the broker is away", live.log(name).count("broker is away"), 1)

    # An immediate stop: backends say a word before they close, and the hub may be writing at that moment.
    for _ in range(6):
        live.run("kill", "-QUIT", pid_of(live, "postgresql"))
        time.sleep(0.7)
        live.stack("up")
        time.sleep(0.8)
    check("the hub outlives six crashes of its database", live.processes["hub"].poll() is None, live.log("hub")[-1000:])
    live.wait_settled()
    equal("nothing was quarantined", live.one("SELECT count(*) FROM hub.quarantine"), 0)
    equal("nothing was stored twice", live.one("SELECT count(*) FROM history.don_vi_hanh_chinh"), 3000)
    equal("no gap was reported", live.one("SELECT count(*) FROM hub.gap"), 0)
    equal("the connector stops as asked", live.stop("connector"), 0)
    equal("the hub stops as asked", live.stop("hub"), 0)
    equal("SIGTERM with everything up loses no watermark", live.sql(
        "SELECT next_offset = routed_offset FROM hub.progress"), [(True,)])
finish()
