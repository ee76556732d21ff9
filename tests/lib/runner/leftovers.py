"""Ends what a live test left behind: its stack, and any process that was started with its state folder."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from tests.lib.runner.groups import ROOT


def processes_of(state):
    """(pid, command line) of each process whose environment names the state folder."""
    mark = f"IOCHUB_STATE={state}".encode()

    def names_it(variable):
        return variable == mark or variable.startswith(mark + b"/")

    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if any(map(names_it, (entry / "environ").read_bytes().split(b"\0"))):
                words = (entry / "cmdline").read_bytes().split(b"\0")
                yield int(entry.name), b" ".join(words[:2]).decode(errors="replace")[:60]
        except OSError:
            pass  # ended meanwhile, or another user's


def end_leftovers(state):
    """Returns the names of the processes that were still there after the stack had been taken down."""
    if state.exists():
        subprocess.run([ROOT / "deploy/stack", "destroy", "--state", state], stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
    end = time.monotonic() + 3
    left = list(processes_of(state))
    while left and time.monotonic() < end:
        time.sleep(0.2)
        left = list(processes_of(state))
    for pid, _ in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    shutil.rmtree(state, ignore_errors=True)
    return [f"{name} ({pid})" for pid, name in left if name]
