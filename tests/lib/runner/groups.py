"""What there is to run: groups, the tasks in them, and the builds that they need.

A script under tests/live says what it needs in comments among its first lines:
    # group: NAME      (default: its name up to the first `_`, `-` or `.`)
    # needs: release faults asan    (builds; default: release)
    # alone: yes       (nothing else may run beside it: it measures time)
    # timeout: 600     (seconds; default: 300)
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

# Groups made of something else than scripts under tests/live, in the order in which they are listed.
FIXED = ("lint", "unit", "unit-asan", "clang", "golden")

# name -> what cmake gets besides the source folder and build/<name>
BUILDS = {
    "release": ["--preset", "release"],
    "asan": ["--preset", "asan"],
    "faults": ["--preset", "faults"],
    "clang": ["-B", "build/clang", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_C_COMPILER=clang",
              "-DCMAKE_CXX_COMPILER=clang++"],
}


@dataclass
class Task:
    name: str
    group: str
    command: list
    needs: tuple = ()  # names of builds
    alone: bool = False
    live: bool = False  # gets a state folder of its own
    timeout: int = 300
    env: dict = field(default_factory=dict)


def executable(path):
    return path.is_file() and os.access(path, os.X_OK) and not path.name.startswith(".")


def scripts(folder):
    path = ROOT / folder
    return sorted(p for p in path.iterdir() if executable(p)) if path.is_dir() else []


def notes(path):
    """The `# key: value` comments among a script's first 20 lines."""
    found = {}
    with open(path, encoding="utf-8", errors="replace") as file:
        for _, line in zip(range(20), file):
            match = re.match(r"# (group|needs|alone|timeout): (.+)", line)
            if match:
                found[match[1]] = match[2].strip()
    return found


def live_task(path):
    said = notes(path)
    group = said.get("group") or re.split(r"[_.-]", path.name)[0]
    return Task(name=f"live/{path.name}", group=group, command=[str(path)], live=True,
                needs=tuple(said.get("needs", "release").split()), alone=said.get("alone") == "yes",
                timeout=int(said.get("timeout", 300)))


def live_tasks():
    return [live_task(path) for path in scripts("tests/live")]


def group_names():
    names = list(FIXED)
    for task in live_tasks():
        if task.group not in names:
            names.append(task.group)
    return names


def unit_programs(build):
    """Known only once the build is there. unit_*_live_* want a server: a script under tests/live runs them."""
    return [p for p in scripts(f"build/{build}/unit") if p.name.startswith("unit_") and "_live_" not in p.name]


class Plan:
    """The tasks of the wanted groups, and the builds that these need."""

    def __init__(self, groups, build):
        self.groups = set(groups)
        self.build = build
        self.tasks = [t for t in live_tasks() if t.group in self.groups]
        if "lint" in self.groups:
            self.tasks += [self.lint_task(p) for p in scripts("tests/lint")]
        if "golden" in self.groups:
            self.tasks += [Task(f"golden/{p.name}", "golden", [str(p)], ("release",), live=True)
                           for p in scripts("tests/golden")]
        wanted = {need for task in self.tasks for need in task.needs}
        wanted |= {b for g, b in (("unit", "release"), ("unit-asan", "asan"), ("clang", "clang")) if g in self.groups}
        self.builds = [b for b in BUILDS if b in wanted]

    @staticmethod
    def lint_task(path):
        # Some checks read compile_commands.json or generated headers of the release build.
        return Task(f"lint/{path.name}", "lint", [str(path)], ("release",), timeout=600)

    def after_build(self, build):
        """Tasks that exist only once a build is done."""
        for group, needed in (("unit", "release"), ("unit-asan", "asan")):
            if group in self.groups and build == needed:
                for program in unit_programs(build):
                    yield Task(f"{group}/{program.name}", group, [str(program)], (build,),
                               env={"CMOCKA_MESSAGE_OUTPUT": "TAP"})
