"""What the checks of this folder share: the files of the tree and results as `ok - ` lines.

Every check takes --root DIR (default: this tree), so that tests/lint/selftest can show it a tree with planted offences.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
SKIPPED_FOLDERS = {".git", "build", "__pycache__"}


class Check:
    def __init__(self, name, description, **options):
        parser = argparse.ArgumentParser(prog=f"tests/lint/{name}", description=description)
        parser.add_argument("--root", type=Path, default=HERE, help="tree to look at (default: this one)")
        for option, more in options.items():
            parser.add_argument(f"--{option}", **more)
        self.options = parser.parse_args()
        self.root = self.options.root.resolve()
        self.name = name
        self.offences = []

    def files(self, *suffixes, under=("",)):
        """Files of the tree by suffix, as paths relative to the root, sorted; no suffix: all files."""
        found = set()
        for top in under:
            for folder, folders, names in os.walk(self.root / top):
                folders[:] = [f for f in folders if f not in SKIPPED_FOLDERS]
                for name in names:
                    path = Path(folder, name)
                    if (not suffixes or path.suffix in suffixes) and path.is_file():
                        found.add(path.relative_to(self.root))
        return sorted(found)

    def scripts(self, interpreter):
        """Files whose first line names the interpreter, or which have its suffix."""
        suffix = {"bash": ".sh", "python": ".py"}[interpreter]
        for path in self.files():
            if path.suffix == suffix:
                yield path
            elif not path.suffix:
                with open(self.root / path, "rb") as file:
                    first = file.readline(200)
                if first.startswith(b"#!") and interpreter.encode() in first:
                    yield path

    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def offend(self, place, what):
        self.offences.append(f"{place}: {what}")

    def result(self, name):
        """One result line for the offences found since the last."""
        print(f"{'not ok' if self.offences else 'ok'} - {self.name}: {name}", flush=True)
        for line in self.offences:
            print(f"# {line}", flush=True)
        bad, self.offences = bool(self.offences), []
        return not bad

    def need(self, program, name):
        """The program's path; without it the check is skipped."""
        path = shutil.which(program)
        if path is None:
            print(f"skip - {self.name}: {name} ({program} is not installed; deploy/setup --for test installs it)")
            sys.exit(0)
        return path


def batches(items, size):
    items = list(items)
    return [items[i:i + size] for i in range(0, len(items), size)]


def run(command, **more):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, stdin=subprocess.DEVNULL, **more)


def strip_c(text):
    """C source without comments and the insides of literals, with its lines kept."""
    def keep_lines(match):
        found = match[0]
        return "\n" * found.count("\n") if found.startswith("/") else found[0] + found[-1]
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', keep_lines, text, flags=re.S)
