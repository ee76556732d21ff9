"""tests/run: sets up, builds, runs the groups of tests in parallel and counts every result."""

import argparse
import os
import subprocess
import sys
import time

from tests.lib.runner.groups import ROOT, Plan, group_names
from tests.lib.runner.schedule import Scheduler

ABOUT = """\
Groups are the lint checks, the unit tests (plain and under asan+ubsan), a compilation by clang, the frozen files of
tests/golden, and the scripts under tests/live, which run on real servers, each with a stack of its own.
Without a group: all of them. Logs are kept in build/test-logs. The last line is `N passed, N failed, N skipped`."""

EXAMPLES = """\
examples:
  tests/run                  everything
  tests/run --list           the groups
  tests/run unit lint        two of them
  tests/run --no-build cli   against what stands in build/

exit status: 0 all passed, 1 something failed, 64 wrong command line
"""


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(64, f"tests/run: {message}\n  Try: tests/run --help\n")


def arguments():
    parser = Parser(prog="tests/run", description=ABOUT, epilog=EXAMPLES,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", metavar="GROUP", nargs="*", help="a group of --list")
    parser.add_argument("--list", action="store_true", help="print the groups' names, one a line")
    parser.add_argument("--jobs", type=int, default=1 + max(2, os.cpu_count() or 1), metavar="N",
                        help="tests at once (default: one more than processors, since the live ones mostly wait)")
    parser.add_argument("--no-build", action="store_true", help="take what stands in build/")
    given = parser.parse_args()
    known = group_names()
    for name in given.groups:
        if name not in known:
            parser.error(f"no group is called '{name}'; there are: {' '.join(known)}")
    if given.jobs < 1:
        parser.error("--jobs needs at least 1")
    return given, known


def main():
    given, known = arguments()
    if given.list:
        print("\n".join(known))
        return 0
    begin = time.monotonic()
    if subprocess.run([f"{ROOT}/deploy/setup", "--for", "test"], stdin=subprocess.DEVNULL).returncode:
        print("deploy/setup could not make this machine ready\n0 passed, 1 failed, 0 skipped")
        return 1
    plan = Plan(given.groups or known, build=not given.no_build)
    try:
        total = Scheduler(plan, given.jobs).run()
    except KeyboardInterrupt:
        print("\ninterrupted")
        return 130
    print(f"{time.monotonic() - begin:.0f} s in all; logs are in build/test-logs")
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return 1 if total.failed else 0


sys.exit(main())
