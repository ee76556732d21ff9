#!/usr/bin/env bash
# A stack's life: up, used, down, up again with its data, destroyed.
set -euo pipefail
# shellcheck source=tests/lib/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/tap.sh"

S=$WORK/state
stack() { "$ROOT/deploy/stack" "$1" --state "$S" "${@:2}"; }
query() { stack psql -X -A -t -c "$1"; }
python=$("$ROOT/deploy/setup" --print venv-python)
trap 'stack destroy >/dev/null 2>&1 || true; rm -rf "$WORK"' EXIT

# Alone on two processors it is about 4 s; other tests and compilers may run beside this one.
timed stack up
below "up from nothing is ready soon" "$SECONDS_TAKEN" 40
contains "up names both servers" "$OUT" "Kafka 4.3.1"

timed stack up
contains "up again says that it runs" "$OUT" "already running"

environment=$(stack env)
equal "env prints export lines only" "$(grep -cv "^export [A-Z_]*='.*'$" <<<"$environment")" 0
# In a subshell, so that this test's own calls show that they need no variables.
equal "env brings psql to the database as its owner" \
        "$(eval "$environment" && psql -X -A -t -c 'SELECT current_user, current_database()')" "iochub_owner|iochub"
equal "the hub's role logs in with its own conninfo" "$(
        eval "$environment"
        unset PGUSER PGHOST PGPORT PGDATABASE PGPASSFILE
        conninfo=$("$python" -c 'import sys, yaml; print(yaml.safe_load(open(sys.argv[1]))["database"]["conninfo"])' \
                "$IOCHUB_HUB_CONF")
        psql -X -A -t -d "$conninfo" -c 'SELECT current_user'
)" iochub_hub
holds "TCP on the loopback works with the password" \
        bash -c "$environment"'; PGHOST=127.0.0.1 psql -X -w -c "SELECT 1"'
fails "TCP without the password is refused" 2 "no password" \
        bash -c "$environment"'; PGPASSFILE=/nowhere PGHOST=127.0.0.1 psql -X -w -c "SELECT 1"'
fails "the socket without the password is refused" 2 "no password" \
        bash -c "$environment"'; PGPASSFILE=/nowhere psql -X -w -c "SELECT 1"'
equal "the passwords are this user's secret" "$(stat -c %a "$S/pgpass")" 600

settings="string_agg(name || '=' || setting, ' ' ORDER BY name)"
equal "what a commit promises is on the disk" "$(query "SELECT $settings FROM pg_settings WHERE name IN
        ('fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums')")" \
        "data_checksums=on fsync=on full_page_writes=on synchronous_commit=on"
equal "times are shown in Vietnam's zone" "$(query 'SHOW timezone')" Asia/Ho_Chi_Minh
equal "text is UTF-8" "$(query "SELECT 'Đồng Nai', length('Đồng Nai')")" "Đồng Nai|8"
equal "nobody but postgres is superuser" \
        "$(query "SELECT string_agg(rolname, ' ') FROM pg_roles WHERE rolsuper")" postgres

query 'CREATE TABLE kept (x int); INSERT INTO kept VALUES (42)' >/dev/null
cat >"$WORK/kafka.py" <<'END'
import sys, time
from confluent_kafka import Consumer, KafkaException, Producer, TIMESTAMP_LOG_APPEND_TIME
from confluent_kafka.admin import AdminClient, NewTopic
broker, step = sys.argv[1:]
if step == "write":
    admin = AdminClient({"bootstrap.servers": broker})
    for made in admin.create_topics([NewTopic("kept", 1, 1)]).values():
        made.result()
    lost = []
    producer = Producer({"bootstrap.servers": broker, "enable.idempotence": True})
    producer.produce("kept", "Xin chào", on_delivery=lambda error, _: error and lost.append(error))
    sys.exit(producer.flush(30) or bool(lost))
reader = Consumer({"bootstrap.servers": broker, "group.id": step, "auto.offset.reset": "earliest",
                   "session.timeout.ms": 10000})
reader.subscribe(["kept"])
message = reader.poll(30)
assert message and not message.error(), message
assert message.value().decode() == "Xin chào", message.value()
assert message.timestamp()[0] == TIMESTAMP_LOG_APPEND_TIME, message.timestamp()
seen = reader.list_topics("no-such-topic", 10).topics["no-such-topic"].error
assert seen, "a topic was made by asking for it"
reader.close()
END
# shellcheck disable=SC2317 # called by holds
kafka_step() { bash -c "$environment"'; exec "$0" "$1" "$IOCHUB_BOOTSTRAP" "$2"' "$python" "$WORK/kafka.py" "$1"; }
holds "Kafka takes a record" kafka_step write
holds "Kafka gives it back with the broker's time, and makes no topic by itself" kafka_step read

equal "status --json says that both run" \
        "$(stack status --json | "$python" -c 'import json, sys; s = json.load(sys.stdin)
print(s["up"], s["postgresql"]["up"], s["kafka"]["up"], s["kafka"]["data_bytes"] > 0)')" "True True True True"
holds "status ends with 0" stack status

timed stack down
below "down stops both soon" "$SECONDS_TAKEN" 25
fails "status of a stopped stack ends with 3" 3 "down" stack status
fails "psql of a stopped stack says what to do" 1 "deploy/stack up" stack psql
holds "down again is fine" stack down

timed stack up
below "up with data is ready soon" "$SECONDS_TAKEN" 40
equal "the ports are the same" "$(stack env)" "$environment"
equal "the rows are there" "$(query 'SELECT x FROM kept')" 42
holds "the records are there" kafka_step read-again

server=$(readlink "/proc/$(<"$S/kafka/pid")/fd/1" || true)
contains "a server holds nothing of its caller's" "$server" "kafka/log"
touch "$S/not-ours"
holds "destroy" stack destroy
equal "destroy leaves what is not the stack's, and only that" "$(ls -A "$S")" not-ours
equal "destroy ends the servers" "$(readlink /proc/[0-9]*/cwd | grep -c "^$S/" || true)" 0
holds "destroy again is fine" stack destroy
fails "env of no stack says what to do" 1 "deploy/stack up" stack env
fails "status of no stack ends with 3" 3 "no stack" stack status
fails "a misspelt command is refused" 64 "unknown command" stack upp
fails "a misspelt option is refused" 64 "unknown option" stack up --stat
finish
