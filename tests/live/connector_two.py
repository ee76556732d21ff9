#!/usr/bin/env python3
# group: connector
# timeout: 120
"""Two connectors of one agency with one hub: the newer session goes on, the older one is told STALE_SESSION and ends, and
every row is stored once."""

import time

from connector_kit import BUILD, Live, check, equal, finish, wait_for

AGENCY, DATASET = "H10.01", "don-vi-hanh-chinh"
HEAD = "ma,ten,cap,ma_tinh,ten_tinh\n"
CONF = """agency: H10.01
kafka: {{ bootstrap.servers: '{broker}' }}
reject_dir: rejects-{name}
feeds:
  - dataset: don-vi-hanh-chinh
    source: {{ kind: csv, name: thu, files: 'data/*.csv', mode: follow, poll: 100ms }}
    map: {{ ma: ma, ten: ten, cap: cap, ma_tinh: ma_tinh, ten_tinh: ten_tinh }}
"""


def rows(begin, end):
    return "".join(f"{i:05d},Xã {i},XA,70,Tỉnh thử\n" for i in range(begin, end))


with Live() as live:
    live.migrate()
    live.register_examples()
    live.feed(AGENCY, DATASET)
    live.start_hub()
    folder = live.work / "two"
    (folder / "data").mkdir(parents=True)
    (folder / "data/1.csv").write_text(HEAD + rows(0, 100), encoding="utf-8")
    for name in ("older", "newer"):
        (folder / f"{name}.yaml").write_text(CONF.format(broker=live.env["IOCHUB_BOOTSTRAP"], name=name), encoding="utf-8")

    def stored():
        return live.one("SELECT count(*) FROM data.don_vi_hanh_chinh")

    def start(name):
        return live.start(name, BUILD / "bin/iochub-connector", "run", "-c", folder / f"{name}.yaml")

    older = start("older")
    check("the first one's rows are stored", wait_for(lambda: stored() == 100), live.log("older"))
    start("newer")
    check("the second one starts", wait_for(lambda: "feed started" in live.log("newer")))
    time.sleep(1)
    with open(folder / "data/1.csv", "a", encoding="utf-8") as file:
        file.write(rows(100, 200))
    status = wait_for(lambda: older.poll(), 30)
    equal("the older one ends with 75", status, 75)
    check("and says why", "a newer session of this feed is at work" in live.log("older"), live.log("older"))
    live.processes.pop("older", None)
    check("every row is stored", wait_for(lambda: stored() == 200), stored())
    live.wait_settled()
    equal("once", live.one("SELECT count(*) FROM history.don_vi_hanh_chinh"), 200)
    check("the newer one goes on", live.processes["newer"].poll() is None)
    stale = live.one("SELECT count(*) FROM hub.quarantine WHERE code = 'STALE_SESSION'")
    check("what the older one still sent is in quarantine", stale > 0, stale)
    equal("the newer one ends with 0", live.stop("newer"), 0)
finish()
