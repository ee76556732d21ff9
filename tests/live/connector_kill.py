#!/usr/bin/env python3
# group: connector
# needs: release faults
# timeout: 300
"""kill -9 while work is unfinished, at random and at each failpoint: every row is on the log once, and every rejected row
is in the reject file once."""

import random
import signal
import time

from connector_kit import Kit, check, equal, faults_build, finish, row, wait_for

ROWS = 120000
SMALL = "limits: { checkpoint_records: 500, in_flight: 3000, checkpoint_every: 50ms }"


def rows_of(count):
    """Every hundredth cannot be converted."""
    return [row(i, "x" if i % 100 == 99 else None) for i in range(count)]


def starts(s):
    """How often a feed was started, by the log of all its runs."""
    path = s.kit.work / f"{s.agency}.log"
    return path.read_text(encoding="utf-8").count("feed started") if path.exists() else 0


def judge(s, what, count):
    log = s.log()
    equal(f"{what}: every row is on the log, none twice", (len({r["key"] for r in log.data()}), log.repeats()),
          (count - count // 100, 0))
    check(f"{what}: sequences hold", log.sequences_hold())
    last = log.named("CHECKPOINT")[-1]["control"].checkpoint
    equal(f"{what}: the last checkpoint counts all", (last.records, last.local_rejects), (count - count // 100, count // 100))
    lines = s.rejects()
    equal(f"{what}: each rejected row is in the reject file once", (len(lines), len(set(lines_of(lines)))),
          (count // 100, count // 100))
    return log


def lines_of(lines):
    return [tuple(line.split(",", 3)[1:3]) for line in lines]


def killed_at_random(live, parts, limits, count):
    s = live.sender(parts=parts, limits=limits)
    rows = rows_of(count)
    for k in range(4):
        s.write(f"{k}.csv", rows[k * count // 4:(k + 1) * count // 4])
    kills = 0
    draw = random.Random(parts)
    while kills < 12:
        before = starts(s)
        process = s.start()
        # Mostly while it sends, now and then while it looks into the log.
        if kills % 4 != 3:
            wait_for(lambda: starts(s) > before or process.poll() is not None, 20)
        time.sleep(draw.uniform(0, 0.25))
        if process.poll() is not None:
            break
        live.stop(s.agency, signal.SIGKILL)
        kills += 1
    status, summary, errors = s.run()
    equal(f"{parts} partitions: the last run ends well", status, 0)
    log = judge(s, f"{parts} partitions, {kills} kills", count)
    check(f"{parts} partitions: it was killed with work unfinished", kills >= 5 and len({r["session"] for r in log.data()}) > 2,
          f"{kills} kills, {len({r['session'] for r in log.data()})} sessions with data")


def killed_at_failpoints(live, program):
    for name, hits in (("connector-after-read", (1, 700, 5000)), ("connector-produced", (1, 800, 6100)),
                       ("connector-reported", (1, 3, 900, 2500)), ("connector-checkpoint-sent", (1, 2, 3))):
        s = live.sender(parts=2, limits=SMALL)
        s.write("1.csv", rows_of(10000))
        killed = 0
        for nth in hits:
            status, _, _ = s.run(program=program, env={"IOCHUB_FAILPOINT": f"{name}:kill:nth={nth}"})
            killed += status == -signal.SIGKILL
        status, _, errors = s.run(program=program)
        equal(f"{name}: killed at each hit, then ended well", (killed, status), (len(hits), 0))
        judge(s, name, 10000)


def stopped_gently(live):
    s = live.sender(limits=SMALL)
    s.write("1.csv", rows_of(ROWS))
    draw = random.Random(5)
    stops = 0
    for _ in range(6):
        before = starts(s)
        process = s.start()
        wait_for(lambda: starts(s) > before, 20)
        time.sleep(draw.uniform(0.02, 0.1))
        process.send_signal(signal.SIGTERM)
        status = live.finish_process(s.agency, 15)
        stops += status == 0
    equal("SIGTERM under load ends with 0 each time", stops, 6)
    status, summary, _ = s.run()
    check("what a stop delivered need not be looked for in the log", status == 0 and summary["skipped"] == 0, summary)
    judge(s, "stopped gently", ROWS)


with Kit() as kit:
    killed_at_random(kit, 1, "", 4 * ROWS)  # about two seconds of work
    killed_at_random(kit, 3, SMALL, 3 * ROWS)
    stopped_gently(kit)
    faults = faults_build()
    if faults:
        killed_at_failpoints(kit, faults)
    else:
        print("skip - connector killed at its failpoints (no build/faults)", flush=True)
finish()
