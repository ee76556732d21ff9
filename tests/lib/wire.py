"""Reads what is on the topics with classes that protoc makes from schemas/: none of the product's own code."""

import importlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def unframe(value):
    """(schema id, message bytes) of a Confluent frame: 00, id in 4 bytes, 00 for the file's first message."""
    if len(value) < 6 or value[0] != 0 or value[5] != 0:
        raise ValueError(f"no frame: {value[:8].hex()}")
    return int.from_bytes(value[1:5], "big"), value[6:]


class Messages:
    """Python classes of our own messages, and of others by their files."""

    def __init__(self, *protos, include=()):
        self.folder = tempfile.mkdtemp(prefix="iochub-wire-")
        roots = [str(ROOT / "schemas"), *map(str, include)]
        own = [str(p.relative_to(ROOT / "schemas")) for p in sorted((ROOT / "schemas/iochub/v1").glob("*.proto"))]
        rest = ["buf/validate/validate.proto", *map(str, protos)]
        subprocess.run(["protoc", *(f"-I{r}" for r in roots), f"--python_out={self.folder}", *own, *rest], check=True)
        sys.path.insert(0, self.folder)
        self.modules = {}
        for name in own:
            module = importlib.import_module(name[:-len(".proto")].replace("/", ".") + "_pb2")
            self.modules.update(vars(module))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        sys.path.remove(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    def load(self, proto):
        """The generated module of another file."""
        return importlib.import_module(proto[:-len(".proto")].replace("/", ".").replace("-", "_") + "_pb2")

    def parse(self, message, value):
        return self.modules[message].FromString(unframe(value)[1])

    def name(self, enum, number):
        return self.modules[enum].Name(number)
