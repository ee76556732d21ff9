#!/usr/bin/env bash
# What a crash, a stranger on a port and an interrupted start leave behind, and that `up` works after each.
set -euo pipefail
# shellcheck source=tests/lib/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/tap.sh"

S=$WORK/state
STRANGERS=()
stack() { "$ROOT/deploy/stack" "$1" --state "$S" "${@:2}"; }
query() { stack psql -X -A -t -c "$1"; }
pid_of() { stack status --json | sed "s/.*\"$1\":{\"up\":true,\"pid\":\\([0-9]*\\).*/\\1/"; }
kill_now() { kill -KILL "$@" && while kill -0 "$@" 2>/dev/null; do sleep 0.05; done; }
trap 'stack destroy >/dev/null 2>&1 || true; kill "${STRANGERS[@]}" 2>/dev/null || true; rm -rf "$WORK"' EXIT

# An `up` that is killed while it makes the cluster; a moment later another one.
setsid "$ROOT/deploy/stack" up --state "$S" >/dev/null 2>&1 &
sleep 0.4
kill -KILL -- "-$!"
wait "$!" 2>/dev/null || true
holds "up after one that was killed half-way" stack up
query 'CREATE TABLE kept AS SELECT 7 AS x' >/dev/null

postgres=$(pid_of postgresql)
kill_now "$(pid_of kafka)"
fails "status tells which half died" 3 "Kafka 4.3.1" stack status
timed stack up
contains "up leaves the living half alone" "$OUT" "PostgreSQL 15  127.0.0.1"
equal "and starts just the dead one" "$(pid_of postgresql)" "$postgres"

kill_now "$(pid_of postgresql)"
holds "up after the database was killed" stack up
equal "its rows are there" "$(query 'SELECT x FROM kept')" 7

# As after the machine went down: both dead, and by now other processes have their numbers.
kill_now "$(pid_of postgresql)" "$(pid_of kafka)"
sleep 1000 &
STRANGERS+=($!)
printf '%s\n' "$!" >"$S/kafka/pid"
sed -i "1s/.*/$!/" "$S/postgres/data/postmaster.pid"
fails "a stranger with the dead server's number is not taken for it" 3 "down" stack status
holds "up after a crash of the machine" stack up
holds "the stranger still lives" kill -0 "${STRANGERS[0]}"
equal "the rows are there after it" "$(query 'SELECT x FROM kept')" 7

# A stranger took the ports while the stack was down.
stack down >/dev/null
before=$(stack env 2>/dev/null)
for name in PG_PORT KAFKA_PORT CONTROLLER_PORT; do
        port=$(sed -n "s/^$name=//p" "$S/ports")
        python3 -c 'import socket, sys, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1]))); print("listening", flush=True); time.sleep(1000)' "$port" \
                >"$WORK/stranger.$port" &
        STRANGERS+=($!)
        until [[ -s $WORK/stranger.$port ]]; do sleep 0.05; done
done
timed stack up
contains "up says that a port was taken" "$OUT" "is taken by another program"
if [[ $(stack env) != "$before" ]]; then ok "other ports are used"; else not_ok "other ports are used"; fi
holds "both run on them" stack status
equal "the rows are there on the other port" "$(query 'SELECT x FROM kept')" 7
contains "the written configuration has the new port" "$(cat "$S/conf/hub.yaml")" \
        "$(stack env | sed -n "s/^export IOCHUB_BOOTSTRAP='\\(.*\\)'/\\1/p")"

# A frozen server does not end when asked to.
kill -STOP "$(pid_of kafka)"
timed stack down
contains "down ends a frozen Kafka by force" "$OUT" "by force"
holds "up after that" stack up

# Two at once: the second waits for the first.
stack down >/dev/null
stack up >"$WORK/one" 2>&1 &
other=$!
holds "up beside an up" stack up
wait "$other" || true
equal "one of them started Kafka" "$(readlink /proc/[0-9]*/cwd | grep -cx "$S/kafka" || true)" 1
holds "destroy of a running stack" stack destroy
holds "nothing is left" test ! -e "$S"

# A start that was cut off between the server's and the roles'.
stack up >/dev/null
port=$(sed -n 's/^PG_PORT=//p' "$S/ports")
rm "$S/log/prepared"
holds "up finishes what another left half-way" stack up
contains "on the same port" "$(stack env)" "PGPORT='$port'"
stack destroy >/dev/null

# A server that cannot start: its log and the next step are shown.
stack up >/dev/null
stack down >/dev/null
rm -rf "$S/postgres/data/global"
fails "a start that fails shows the end of the log and where it is" 1 "Its logs: $S/postgres/log" stack up
holds "destroy after that" stack destroy
finish
