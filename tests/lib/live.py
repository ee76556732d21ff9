"""What the live tests share: a stack of their own, the programs, SQL, topics, and results as `ok - ` lines.

    with Live() as live:
        live.migrate()
        …
        check("what holds", condition, "what was seen")
    finish()

Runs alone or under tests/run, which gives BUILD, IOCHUB_STATE and PYTHON in the environment.
"""

import atexit
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared/data"
BUILD = Path(os.environ.get("BUILD", ROOT / "build/release"))


def use_test_python():
    """Starts the script again under the Python that has confluent-kafka, protobuf and psycopg."""
    wanted = os.environ.get("PYTHON") or subprocess.run(
        [ROOT / "deploy/setup", "--print", "venv-python"], capture_output=True, text=True, check=True).stdout.strip()
    if Path(sys.prefix) != Path(wanted).parent.parent:
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        os.execv(wanted, [wanted, *sys.argv])


use_test_python()

import confluent_kafka  # noqa: E402
import psycopg  # noqa: E402

FAILED = []


def check(name, condition, seen=""):
    """One result. What was seen is printed where it does not hold."""
    if condition:
        print(f"ok - {name}", flush=True)
    else:
        print(f"not ok - {name}", flush=True)
        FAILED.append(name)
        if seen != "":
            for line in str(seen).splitlines()[:40]:
                print(f"# {line[:400]}", flush=True)
    return bool(condition)


def equal(name, seen, wanted):
    return check(name, seen == wanted, f"seen:   {seen!r}\nwanted: {wanted!r}")


def skip_all(name, why):
    print(f"skip - {name} ({why})", flush=True)
    sys.exit(0)


def finish():
    sys.exit(1 if FAILED else 0)


class Live:
    def __init__(self, name="test"):
        given = os.environ.get("IOCHUB_STATE")
        self.own = None if given else tempfile.mkdtemp(prefix="iochub-live-", dir="/var/tmp")
        if self.own:
            os.chmod(self.own, 0o755)
        self.state = Path(given) if given else Path(self.own) / name
        self.env = dict(os.environ)
        self.processes = {}
        self.work = None

    # ------------------------------------------------------------ the stack

    def refresh(self):
        """Reads where the stack's servers are."""
        for line in self.stack("env").stdout.splitlines():
            name, value = shlex.split(line)[1].split("=", 1)
            self.env[name] = value

    def __enter__(self):
        self.stack("up")
        self.refresh()
        self.work = self.state / "work"
        self.work.mkdir(exist_ok=True)
        return self

    def __exit__(self, kind, error, trace):
        if error and not isinstance(error, SystemExit):
            traceback.print_exception(kind, error, trace, file=sys.stdout)
            self.show_logs()
            check(f"ended without an error ({kind.__name__})", False, error)
        for name in list(self.processes):
            self.stop(name, signal.SIGKILL)
        self.stack("destroy")
        shutil.rmtree(self.own or self.work, ignore_errors=True)
        if error and not isinstance(error, SystemExit):
            finish()

    def stack(self, *words):
        done = subprocess.run([ROOT / "deploy/stack", words[0], "--state", self.state, *words[1:]], capture_output=True,
                              text=True, stdin=subprocess.DEVNULL)
        if done.returncode and words[0] != "destroy":
            raise RuntimeError(f"deploy/stack {' '.join(map(str, words))}: {done.stderr}{done.stdout}")
        return done

    # ------------------------------------------------------------ programs

    def run(self, *words, timeout=60, good=True, **more):
        """A program to its end. good: its exit status must be 0."""
        done = subprocess.run([str(w) for w in words], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              env=self.env, timeout=timeout, **more)
        if good and done.returncode:
            raise RuntimeError(f"{' '.join(map(str, words))}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def iochub(self, *words, **more):
        return self.run(BUILD / "bin/iochub", *words, **more)

    def iochub_json(self, *words):
        return json.loads(self.iochub(*words, "--json").stdout)

    def start(self, name, *words, env=None):
        """A program in the background; its output is in work/<name>.log."""
        log = open(self.work / f"{name}.log", "ab")
        self.processes[name] = subprocess.Popen([str(w) for w in words], stdin=subprocess.DEVNULL, stdout=log,
                                                stderr=log, env={**self.env, **(env or {})}, start_new_session=True)
        log.close()
        return self.processes[name]

    def start_hub(self, name="hub", conf=None, env=None, program=None):
        return self.start(name, program or BUILD / "bin/iochub-hub", "-c", conf or self.env["IOCHUB_HUB_CONF"], env=env)

    def stop(self, name, number=signal.SIGTERM, seconds=20):
        process = self.processes.pop(name)
        if process.poll() is None:
            process.send_signal(number)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def finish_process(self, name, seconds=60):
        """The exit status of a process that ends by itself."""
        try:
            return self.processes[name].wait(seconds)
        except subprocess.TimeoutExpired:
            return f"not ended after {seconds} s"
        finally:
            self.stop(name, signal.SIGKILL)

    def log(self, name):
        return (self.work / f"{name}.log").read_text(errors="replace")

    def show_logs(self):
        for path in sorted(self.work.glob("*.log")) if self.work else []:
            print(f"# ---- {path.name}")
            for line in path.read_text(errors="replace").splitlines()[-30:]:
                print(f"# {line[:300]}")

    # ------------------------------------------------------------ the usual set-up

    def migrate(self):
        self.iochub("db", "migrate")

    def register(self, *protos, include=None):
        words = ["-I", include] if include else []
        self.iochub("schema", "register", *protos, *words)

    def register_examples(self):
        self.register(*sorted((ROOT / "schemas/examples").glob("*/*.proto")))
        self.psql_file(ROOT / "deploy/seed/examples.sql")

    def psql_file(self, path):
        self.run(ROOT / "deploy/stack", "psql", "--state", self.state, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", path)

    def feed(self, agency, dataset, *words):
        self.iochub("feed", "add", agency, dataset, *words)

    def connector_conf(self, name, template, data):
        """A copy of a configuration of deploy/samples with this stack's broker, beside a link to its data."""
        folder = self.work / f"connector-{name}"
        folder.mkdir(exist_ok=True)
        if not (folder / "data").is_symlink():
            (folder / "data").symlink_to(data)
        text = Path(template).read_text(encoding="utf-8")
        (folder / "connector.yaml").write_text(text.replace("127.0.0.1:9092", self.env["IOCHUB_BOOTSTRAP"]),
                                               encoding="utf-8")
        return folder / "connector.yaml"

    @staticmethod
    def connector_command(conf, *words):
        return [BUILD / "bin/iochub-connector", "run", "-c", conf, *words]

    def connector(self, conf, *words, **more):
        return self.run(*self.connector_command(conf, *words), **more)

    # ------------------------------------------------------------ looking

    def connect(self):
        return psycopg.connect(host=self.env["PGHOST"], port=self.env["PGPORT"], dbname=self.env["PGDATABASE"],
                               user=self.env["PGUSER"], passfile=self.env["PGPASSFILE"], autocommit=True)

    def sql(self, query, *values):
        with self.connect() as link:
            found = link.execute(query, values)
            return found.fetchall() if found.description else []

    def one(self, query, *values):
        return self.sql(query, *values)[0][0]

    def topic_end(self, topic):
        """Number of records ever written, over all partitions."""
        reader = self.reader()
        try:
            return sum(high for _, high in self.ranges(reader, topic).values())
        finally:
            reader.close()

    def reader(self):
        return confluent_kafka.Consumer({"bootstrap.servers": self.env["IOCHUB_BOOTSTRAP"], "group.id": "live-test",
                                         "enable.auto.commit": False, "auto.offset.reset": "earliest"})

    @staticmethod
    def ranges(reader, topic):
        about = reader.list_topics(topic, timeout=10).topics[topic]
        if about.error:
            raise RuntimeError(f"topic {topic}: {about.error}")
        parts = [confluent_kafka.TopicPartition(topic, p) for p in sorted(about.partitions)]
        return {p.partition: reader.get_watermark_offsets(p, timeout=10) for p in parts}

    def messages(self, topic):
        """All records of a topic up to its present end."""
        reader = self.reader()
        found = []
        try:
            ranges = self.ranges(reader, topic)
            todo = {p for p, (low, high) in ranges.items() if high > low}
            reader.assign([confluent_kafka.TopicPartition(topic, p, ranges[p][0]) for p in todo])
            end = time.monotonic() + 60
            while todo and time.monotonic() < end:
                for message in reader.consume(10000, timeout=1):
                    if message.error():
                        raise RuntimeError(message.error())
                    found.append(message)
                    if message.offset() >= ranges[message.partition()][1] - 1:
                        todo.discard(message.partition())
            if todo:
                raise RuntimeError(f"topic {topic}: its end was not reached")
        finally:
            reader.close()
        return found

    # ------------------------------------------------------------ waiting

    def wait(self, what, test, seconds=30):
        """Until test() is true; False when it took too long, which is a failed result."""
        end = time.monotonic() + seconds
        while True:
            seen = test()
            if seen:
                return seen
            for name, process in self.processes.items():
                if process.poll() is not None and process.returncode:
                    return check(what, False, f"{name} ended with {process.returncode}\n{self.log(name)[-3000:]}")
            if time.monotonic() > end:
                return check(what, False, f"not within {seconds} s")
            time.sleep(0.1)

    def settled(self):
        """The hub has decided and routed all that stands on the feeds' topics."""
        rows = self.sql("SELECT f.topic, p.part, p.next_offset, p.routed_offset FROM hub.feed f "
                        "JOIN hub.progress p ON p.feed = f.id WHERE f.retired_at IS NULL")
        reader = self.reader()
        try:
            ends = {topic: self.ranges(reader, topic) for topic in {row[0] for row in rows}}
        finally:
            reader.close()
        return all(ends[topic][part][1] == done == routed for topic, part, done, routed in rows)

    def wait_settled(self, seconds=60):
        return self.wait("the hub decides and routes everything", self.settled, seconds)


# A test that is interrupted by tests/run gets SIGTERM: __exit__ must run.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
atexit.register(sys.stdout.flush)
