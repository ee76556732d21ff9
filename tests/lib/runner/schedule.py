"""Runs builds and tasks side by side as far as the machine has room, and sees to it that nothing stays behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.lib.runner.groups import BUILDS, ROOT
from tests.lib.runner.leftovers import end_leftovers
from tests.lib.runner.results import Count, Verdict, judge

LOGS = ROOT / "build/test-logs"
SHOWN = 60  # lines of a failed test's output


class Running:
    def __init__(self, what, process, log, state=None, timeout=1800):
        self.what, self.process, self.log, self.state = what, process, log, state
        self.begin = time.monotonic()
        self.timeout = timeout
        self.late = False

    def seconds(self):
        return time.monotonic() - self.begin

    def kill(self, number):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass


class Scheduler:
    def __init__(self, plan, jobs):
        self.plan, self.jobs = plan, jobs
        self.total = Count()
        self.running = []
        self.built, self.broken = set(), set()
        self.builds = list(plan.builds) if plan.build else []
        self.waiting = list(plan.tasks)
        self.terminal = sys.stdout.isatty()
        self.python = self.setup_print("venv-python")
        if not plan.build:
            for build in plan.builds:
                self.build_done(build, True)

    @staticmethod
    def setup_print(name):
        return subprocess.run([f"{ROOT}/deploy/setup", "--print", name], capture_output=True, text=True).stdout.strip()

    def run(self):
        shutil.rmtree(LOGS, ignore_errors=True)
        LOGS.mkdir(parents=True)
        self.states = Path(tempfile.mkdtemp(prefix="iochub-tests-", dir="/var/tmp"))
        self.states.chmod(0o755)  # PostgreSQL may run as another user than the tests
        try:
            while self.builds or self.waiting or self.running:
                self.start_what_fits()
                self.collect()
                self.show_running()
                time.sleep(0.1)
        finally:
            self.stop_all()
            shutil.rmtree(self.states, ignore_errors=True)
        return self.total

    # ------------------------------------------------------------ starting

    def start_what_fits(self):
        alone = any(getattr(r.what, "alone", False) for r in self.running)
        while not alone and len(self.running) < self.jobs:
            building = any(isinstance(r.what, str) for r in self.running)
            if self.builds and not building:
                self.start_build(self.builds.pop(0))
                continue
            task = self.next_task()
            if not task:
                return
            self.waiting.remove(task)
            self.start_task(task)
            alone = task.alone

    def next_task(self):
        """The first task whose builds are there; what needs the machine alone comes last and waits for the others."""
        ready = [t for t in self.waiting if all(n in self.built or n in self.broken for n in t.needs)]
        # Builds and lint keep processors busy, live tests mostly wait: one of the former beside the latter.
        busy = any(isinstance(r.what, str) or not r.what.live for r in self.running)
        ready.sort(key=lambda t: (t.alone, t.live != busy))
        if not ready or (ready[0].alone and (self.running or self.builds)):
            return None
        return ready[0]

    def start_build(self, build):
        log = LOGS / f"build-{build}.log"
        self.say(f"build {build}: begins")
        command = (f"cmake -S . {' '.join(BUILDS[build])} && ninja -k 0 -C build/{build} -j {os.cpu_count() or 1}")
        self.running.append(Running(build, self.spawn(["bash", "-c", command], log, dict(os.environ)), log))

    def start_task(self, task):
        log = LOGS / (task.name.replace("/", "-") + ".log")
        broken = [n for n in task.needs if n in self.broken]
        if broken:
            self.report(task, Verdict(Count(failed=1), [f"needs the build {broken[0]}, which failed"], []), 0, log)
            return
        env = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "IOCHUB_")) or k == "IOCHUB_CACHE"}
        env.update(task.env, BUILD=str(ROOT / "build" / (task.needs[0] if task.needs else "release")), PYTHON=self.python,
                   PYTHONDONTWRITEBYTECODE="1", PYTHONUNBUFFERED="1", LC_ALL="C.UTF-8")
        state = None
        if task.live:
            state = self.states / task.name.replace("/", "-")
            env["IOCHUB_STATE"] = str(state)
        process = self.spawn(task.command, log, env)
        self.running.append(Running(task, process, log, state, task.timeout))

    @staticmethod
    def spawn(command, log, env):
        with open(log, "wb") as out:
            return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                    env=env, start_new_session=True)

    # ------------------------------------------------------------ ending

    def collect(self):
        for run in list(self.running):
            if run.process.poll() is None:
                if run.seconds() > run.timeout and not run.late:
                    run.late = True
                    run.kill(signal.SIGKILL)
                continue
            self.running.remove(run)
            if isinstance(run.what, str):
                self.end_build(run)
            else:
                self.end_task(run)

    def end_build(self, run):
        good = run.process.returncode == 0
        verdict = Verdict(Count(passed=int(good), failed=int(not good)), [] if good else ["does not compile"], [])
        self.print_part(f"build {run.what}", verdict, run.seconds(), run.log)
        self.build_done(run.what, good)

    def build_done(self, build, good):
        (self.built if good else self.broken).add(build)
        self.waiting += self.plan.after_build(build) if good else []

    def end_task(self, run):
        run.kill(signal.SIGKILL)  # what it started in its own process group
        verdict = judge(run.log.read_text(encoding="utf-8", errors="replace"), run.process.returncode)
        if run.late:
            verdict.failures.append(f"took longer than {run.timeout} s")
            verdict.count.failed += 1
        if run.state:
            left = end_leftovers(run.state)
            if left and not run.late:
                verdict.failures.append("leaves nothing running: " + ", ".join(left))
                verdict.count.failed += 1
        self.report(run.what, verdict, run.seconds(), run.log)

    def report(self, task, verdict, seconds, log):
        self.print_part(task.name, verdict, seconds, log)

    def print_part(self, name, verdict, seconds, log):
        self.total.add(verdict.count)
        word = "FAIL" if verdict.failures else "ok" if verdict.count.passed else "skip"
        self.say(f"{word:4} {name:36} {verdict.count}  ({seconds:.1f} s)")
        for why in verdict.skips:
            self.say(f"       skipped: {why}")
        for why in verdict.failures:
            self.say(f"       not ok: {why}")
        if verdict.failures and log.exists():
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            self.say("\n".join(f"       | {line}" for line in lines[-SHOWN:]))
            self.say(f"       whole log: {log.relative_to(ROOT)}")

    def stop_all(self):
        for run in self.running:
            run.kill(signal.SIGTERM)
        end = time.monotonic() + 10
        for run in self.running:
            while run.process.poll() is None and time.monotonic() < end:
                time.sleep(0.05)
            run.kill(signal.SIGKILL)
            run.process.wait()
            if run.state:
                end_leftovers(run.state)
        self.clear_line()

    # ------------------------------------------------------------ speaking

    def say(self, text):
        self.clear_line()
        print(text, flush=True)

    def clear_line(self):
        if self.terminal:
            print("\r\033[K", end="", flush=True)

    def show_running(self):
        if self.terminal and self.running:
            names = [r.what if isinstance(r.what, str) else r.what.name for r in self.running]
            text = "; ".join(f"{n} {r.seconds():.0f} s" for n, r in zip(names, self.running))
            print(f"\r\033[K… {len(self.waiting)} wait; {text}"[:shutil.get_terminal_size().columns + 3], end="", flush=True)
