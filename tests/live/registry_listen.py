#!/usr/bin/env python3
# group: registry
# needs: release
# timeout: 120
"""Where the registry listens: two hubs with one address, off, any free port, and what is no address."""

import sys
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.lib.live import BUILD, Live, check, equal, finish  # noqa: E402


def conf(live, name, listen):
    """The stack's configuration with another instance and address."""
    text = Path(live.env["IOCHUB_HUB_CONF"]).read_text(encoding="utf-8")
    own = live.env["IOCHUB_REGISTRY"].removeprefix("http://")
    path = live.work / f"{name}.yaml"
    path.write_text(text.replace("hub-1", name).replace(own, listen), encoding="utf-8")
    return path


def serves(address):
    try:
        with urllib.request.urlopen(f"http://{address}/subjects", timeout=10) as answer:
            return answer.status == 200
    except OSError:
        return False


def served_by(live, name):
    """The address that a hub has logged, or None."""
    lines = [line for line in live.log(name).splitlines() if '"registry is served"' in line]
    return lines[-1].split("address=")[1].split()[0] if lines else None


def two_hubs(live):
    address = live.env["IOCHUB_REGISTRY"].removeprefix("http://")
    live.start_hub("first", conf(live, "first", address))
    live.wait("the first hub serves the registry", lambda: served_by(live, "first") == address and serves(address))
    live.start_hub("second", conf(live, "second", address))
    said = live.wait("the second says that it cannot", lambda: "registry is not served" in live.log("second"))
    line = next(line for line in live.log("second").splitlines() if "registry is not served" in line) if said else ""
    check("it names the reason, the option and the next step",
          all(word in line for word in ("Address already in use", address, "registry.listen", "another port, or off")), line)
    live.wait("and works as a hub all the same",
              lambda: live.one("SELECT count(*) FROM hub.instance WHERE id = 'second' AND seen_at > now() - interval '5 s'"))
    check("the registry is served still", serves(address))
    equal("the first hub stops as asked", live.stop("first"), 0)
    live.wait("the second takes the address", lambda: served_by(live, "second") == address and serves(address), 15)
    equal("it has complained once", live.log("second").count("registry is not served"), 1)
    equal("the second hub stops as asked", live.stop("second"), 0)


def others(live):
    live.start_hub("free", conf(live, "free", "127.0.0.1:0"))
    live.start_hub("off", conf(live, "off", "off"))
    live.wait("port 0: the log says which", lambda: serves(served_by(live, "free") or "127.0.0.1:1"))
    live.wait("the hub without a registry works",
              lambda: live.one("SELECT count(*) FROM hub.instance WHERE id = 'off' AND seen_at > now() - interval '5 s'"))
    check("off: nothing is served", "registry" not in live.log("off"), live.log("off"))
    for name in ("free", "off"):
        equal(f"{name}: stops as asked", live.stop(name), 0)
    for listen in ("localhost:8081", "8081", "127.0.0.1", "127.0.0.1:99999"):
        for words in (["--check"], []):
            done = live.run(BUILD / "bin/iochub-hub", *words, "-c", conf(live, "wrong", listen), good=False)
            check(f"{listen} {''.join(words)}: refused, with an example",
                  done.returncode == 78 and "registry.listen: " in done.stderr and "such as 127.0.0.1:8081" in done.stderr,
                  (done.returncode, done.stderr))


def main():
    with Live() as live:
        live.migrate()
        two_hubs(live)
        others(live)
    finish()


main()
