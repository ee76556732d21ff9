"""Counts `ok`, `not ok` and `skip` lines, as our scripts and cmocka's TAP output write them."""

import re
from dataclasses import dataclass

PLAN = re.compile(r"1\.\.(\d+)$")
SKIP = re.compile(r"(?:skip - |(?:not )?ok \d+ # SKIP )(.*)")
PASS = re.compile(r"ok(?: \d+)? - ")
FAIL = re.compile(r"not ok(?: \d+)? - (.*)")


@dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        parts = [f"{self.passed} passed"]
        parts += [f"{self.failed} FAILED"] if self.failed else []
        parts += [f"{self.skipped} skipped"] if self.skipped else []
        return ", ".join(parts)


@dataclass
class Verdict:
    count: Count
    failures: list  # names
    skips: list


def judge(output, status):
    """What a test program said, and whether its exit status agrees; a test that says nothing has failed."""
    count, failures, skips, planned = Count(), [], [], 0
    for line in output.splitlines():
        if match := PLAN.match(line):
            planned += int(match[1])
        elif match := SKIP.match(line):
            skips.append(match[1])
        elif PASS.match(line):
            count.passed += 1
        elif match := FAIL.match(line):
            failures.append(match[1])
    count.skipped = len(skips)
    missing = planned - count.passed - count.skipped - len(failures)
    if missing > 0 and status == 0:
        count.passed += missing  # a result that shares its line with a message
    elif missing > 0:
        failures.append(f"{missing} test(s) not reached, exit status {status}")
    if status and not failures:
        failures.append(f"exit status {status}")
    if not status and not failures and not count.passed and not count.skipped:
        failures.append("no result was printed")
    count.failed = len(failures)
    return Verdict(count, failures, skips)
