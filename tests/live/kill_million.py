#!/usr/bin/env python3
# group: kill
# alone: yes
# timeout: 900
"""The real files repeated under new keys to a million rows, twice: undisturbed, and with hub and connectors each killed
(kill -9) ten times while work is unfinished. Both runs must leave the same rows, and the same distinct ids on the topics.

IOCHUB_KILL_ROWS changes the number of rows, IOCHUB_KILLS the number of kills of each.
"""

import atexit
import csv
import hashlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from live import BUILD, DATA, ROOT, Live, check, confluent_kafka, equal, finish, skip_all  # noqa: E402

ROWS = int(os.environ.get("IOCHUB_KILL_ROWS", 1_000_000))
KILLS = int(os.environ.get("IOCHUB_KILLS", 10))
SEED = int(os.environ.get("IOCHUB_SEED", time.time_ns() % 1_000_000))
FEEDS = [("H10.01", "don-vi-hanh-chinh", "noi-vu"), ("H10.02", "chat-luong-khong-khi", "moi-truong"),
         ("H10.03", "phan-anh", "tiep-nhan")]
MEMORY_KIB = 200 * 1024


def repeat(source, target, key, copies, first):
    """Writes `copies` copies of a CSV file, each with new keys, and returns the number of rows."""
    with open(source, encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    with open(target, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        for copy in range(first, first + copies):
            for row in rows:
                changed = list(row)
                key(header, changed, copy)
                out.writerow(changed)
    return copies * len(rows)


def base36(number, width):
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    text = ""
    for _ in range(width):
        number, digit = divmod(number, 36)
        text = digits[digit] + text
    return text


def unit_key(header, row, copy):
    """Codes keep their length: the number and the copy in base 36."""
    for name, width in (("Mã QH", 3), ("Mã PX", 5)):
        i = header.index(name)
        row[i] = row[i] and base36(int(row[i]) + copy * 10**width, width)


def city_key(header, row, copy):
    i = header.index("city")
    row[i] = f"{row[i]} {copy}"


def case_key(header, row, copy):
    i = header.index("CASE_ENQUIRY_ID")
    row[i] = f"{row[i]}-{copy}"


def make_input(folder):
    """About a quarter units, a quarter readings, half requests; several files each, so that kills fall between files too."""
    total = 0
    plan = [("don-vi-hanh-chinh", "Xa_*.csv", unit_key, 0.2), ("chat-luong-khong-khi", "aqi_selected_cities.csv", city_key, 0.3),
            ("phan-anh", "*.csv", case_key, 0.5)]
    for name, pattern, key, share in plan:
        target = folder / name
        target.mkdir(parents=True)
        sources = sorted((DATA / name).glob(pattern))
        size = sum(sum(1 for _ in csv.reader(open(p, encoding="utf-8", newline=""))) - 1 for p in sources)
        copies = max(1, round(ROWS * share / size))
        for source in sources:
            name_out = "aqi_selected_cities.csv" if name == "chat-luong-khong-khi" else source.name
            total += repeat(source, target / name_out, key, copies, 1)
    return total


def peak(process):
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1])
    return 0


class Run:
    """One run over the input, undisturbed or not."""

    def __init__(self, live, data, total):
        self.live, self.data, self.total = live, data, total
        self.kills = {"hub": 0, "connector": 0}
        self.shown = []
        self.memory = {"hub": 0, "connector": 0}

    def prepare(self, disturb):
        self.live.migrate()
        self.live.register_examples()
        for agency, dataset, _ in FEEDS:
            self.live.feed(agency, dataset)
        self.confs = {name: self.live.connector_conf(name, ROOT / f"deploy/samples/connectors-real/{name}.yaml", self.data)
                      for _, _, name in FEEDS}
        if disturb:  # a connector that sends it all within three seconds cannot be met at work ten times
            for conf in self.confs.values():
                with open(conf, "a", encoding="utf-8") as file:
                    file.write("limits: { in_flight: 400 }\n")
        self.reader, self.link = self.live.reader(), self.live.connect()

    def start_connector(self, name):
        self.live.start(f"connector-{name}", BUILD / "bin/iochub-connector", "run", "-c", self.confs[name])

    def progress(self):
        places = [confluent_kafka.TopicPartition(f"in.{agency}.{dataset}", 0) for agency, dataset, _ in FEEDS]
        sent = sum(self.reader.get_watermark_offsets(place, timeout=10)[1] for place in places)
        decided = self.link.execute("SELECT coalesce(sum(stored + rejected), 0)::bigint FROM hub.progress").fetchone()
        return sent, decided[0]

    def look_at_memory(self):
        for name, process in self.live.processes.items():
            if process.poll() is None:
                kind = name.split("-")[0]
                try:
                    self.memory[kind] = max(self.memory[kind], peak(process))
                except FileNotFoundError:
                    pass

    def unfinished_connectors(self):
        return [n for n in self.confs if self.live.processes[f"connector-{n}"].poll() is None]

    def kill(self, kind, sent, decided):
        if kind == "hub":
            if decided >= self.total:
                return
            self.live.stop("hub", signal.SIGKILL)
            self.live.start_hub()
        else:
            running = self.unfinished_connectors()
            if not running:
                return
            name = random.choice(running)
            self.live.stop(f"connector-{name}", signal.SIGKILL)
            self.start_connector(name)
        self.kills[kind] += 1
        self.shown.append(f"{kind} killed with {sent} records on the topics and {decided} of {self.total} rows decided")

    def go(self, disturb):
        started = time.monotonic()
        self.live.start_hub()
        for _, _, name in FEEDS:
            self.start_connector(name)
        next_kill = {"connector": 0.02, "hub": 0.04}  # shares of the rows
        while time.monotonic() - started < 400:
            time.sleep(0.02)
            sent, decided = self.progress()
            self.look_at_memory()
            for kind, seen in (("connector", sent), ("hub", decided)):
                if disturb and self.kills[kind] < KILLS and seen >= next_kill[kind] * self.total:
                    self.kill(kind, sent, decided)
                    next_kill[kind] += 0.9 / KILLS if kind == "hub" else 0.85 / KILLS
            if not self.unfinished_connectors() and decided >= self.total:
                break
        for name in self.confs:
            process = self.live.processes[f"connector-{name}"]
            check(f"connector {name} ended well", process.wait(60) == 0, self.live.log(f"connector-{name}")[-2000:])
        self.live.wait_settled(60)
        self.seconds = time.monotonic() - started
        self.live.stop("hub")
        self.reader.close()
        self.link.close()

    def facts(self):
        """What both runs must agree on: rows by checksum, quarantine, distinct ids on each topic, repeats."""
        facts, repeats = {}, 0
        for table in ("data.don_vi_hanh_chinh", "data.chat_luong_khong_khi", "data.phan_anh", "history.phan_anh",
                      "history.don_vi_hanh_chinh"):
            facts[table] = self.live.sql(
                f"SELECT count(*), sum(('x' || left(md5(t), 15))::bit(60)::bigint)::text FROM (SELECT concat_ws('|', _agency, "
                f"_message_id, _event_time, _flags, _schema, encode(_digest, 'hex')) AS t FROM {table}) AS rows")[0]
        facts["quarantine"] = self.live.sql("SELECT dataset, code, count(*), md5(string_agg(encode(message_id, 'hex'), ',' "
                                            "ORDER BY message_id)) FROM hub.quarantine GROUP BY 1, 2 ORDER BY 1, 2")
        for topic in ("iochub.routing", "shared.don-vi-hanh-chinh", "shared.chat-luong-khong-khi", "rejected.H10.03"):
            ids, count, digest = set(), 0, hashlib.sha256()
            for message in self.live.messages(topic):
                count += 1
                headers = dict(message.headers() or [])
                ids.add(headers.get("iochub.id") or hashlib.sha256(message.value()).digest())
            for one in sorted(ids):
                digest.update(one)
            if not topic.startswith("rejected"):
                facts[topic] = (len(ids), digest.hexdigest())
            repeats += count - len(ids)
        self.repeats = repeats
        self.stored_twice = sum(
            self.live.one(f"SELECT count(*) - count(DISTINCT (_message_id)) FROM {t}")
            for t in ("history.phan_anh", "history.don_vi_hanh_chinh", "data.chat_luong_khong_khi"))
        return facts


def main():
    if not DATA.is_dir():
        skip_all("kill -9 on the real files repeated to a million rows", "no ../shared/data")
    random.seed(SEED)
    print(f"# seed {SEED}")
    results = []
    data = Path(tempfile.mkdtemp(prefix="iochub-kill-", dir="/var/tmp"))
    atexit.register(shutil.rmtree, data, ignore_errors=True)
    total = make_input(data)
    for disturb in (False, True):
        with Live() as live:
            run = Run(live, data, total)
            run.prepare(disturb)
            run.go(disturb)
            results.append((run, run.facts()))
            said = f"{total} rows in {run.seconds:.1f} s, {run.repeats} repeated events, peak memory KiB {run.memory}"
            print(f"# {'disturbed' if disturb else 'undisturbed'}: {said}")
    judge(*results)
    finish()


def judge(calm, rough):
    for line in rough[0].shown:
        print(f"# {line}")
    equal("hub and connector were each killed while work was unfinished", rough[0].kills, {"hub": KILLS, "connector": KILLS})
    for name, fact in calm[1].items():
        equal(f"same after the kills: {name}", rough[1][name], fact)
    equal("an undisturbed run repeats no event", calm[0].repeats, 0)
    equal("no message is stored twice", (calm[0].stored_twice, rough[0].stored_twice), (0, 0))
    for kind in ("hub", "connector"):
        top = max(calm[0].memory[kind], rough[0].memory[kind])
        check(f"peak memory of the {kind} stays below 200 MiB", 0 < top < MEMORY_KIB, f"{top} KiB")


main()
