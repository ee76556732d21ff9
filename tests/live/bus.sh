#!/usr/bin/env bash
# hub/bus against a real broker: order, going back, groups, and a broker that is killed, away or damaged.
# needs: asan
# timeout: 400
set -euo pipefail
# shellcheck source=tests/lib/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/tap.sh"

S=$WORK/state
PROGRAM=${BUILD:-$ROOT/build/asan}/live/live_bus
stack() { "$ROOT/deploy/stack" "$1" --state "$S" "${@:2}"; }
trap 'stack destroy >/dev/null 2>&1; rm -rf "$WORK"' EXIT
kafka_pid() { stack status --json | sed 's/.*"kafka":{"up":true,"pid":\([0-9]*\).*/\1/'; }
kill_kafka() {
        local pid
        pid=$(kafka_pid)
        kill -KILL "$pid"
        while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
}
# run CASE…: its result lines are ours; one that dies is a failure.
run() {
        local rc=0
        "$PROGRAM" "$@" 2>"$WORK/errors" || rc=$?
        if ((rc != 0)); then not_ok "live_bus $*" "exit status $rc: $(cat "$WORK/errors")"; fi
}

stack up >"$WORK/up" 2>&1 || { not_ok "deploy/stack up" "$(cat "$WORK/up")"; finish; }
environment=$(stack env)
eval "$environment"

run order seek pause range epoch missing
run recreated full
run group
run static
run idle

# Killed in the middle of sending and reading; back some seconds later.
"$PROGRAM" outage >"$WORK/outage" 2>"$WORK/errors" &
outage=$!
until grep -q '^sending' "$WORK/outage" || ! kill -0 "$outage" 2>/dev/null; do sleep 0.05; done
sleep 2
kill_kafka
sleep 3
stack up >"$WORK/up" 2>&1 || not_ok "deploy/stack up again" "$(cat "$WORK/up")"
wait "$outage" || not_ok "live_bus outage" "$(cat "$WORK/errors")"
grep -v '^sending' "$WORK/outage"

# One byte of a stored batch is changed while the broker is down: the second batch of partition 1, in its records.
"$PROGRAM" fill bus.damaged 100000
stack down >/dev/null 2>&1
segment=$S/kafka/data/bus.damaged-1/00000000000000000000.log
good=$(python3 - "$segment" <<'END'
import struct, sys
with open(sys.argv[1], "r+b") as file:
    data = file.read()
    # Kafka's record batch (KIP-98): base offset 8, length 4, …, last offset delta at 23, records from 61.
    length = struct.unpack_from(">i", data, 8)[0] + 12
    good = struct.unpack_from(">i", data, 23)[0] + 1
    place = length + 61 + 40
    file.seek(place)
    file.write(bytes([data[place] ^ 0x55]))
    print(good)
END
)
stack up >"$WORK/up" 2>&1 || not_ok "deploy/stack up with a damaged segment" "$(cat "$WORK/up")"
IOCHUB_GOOD=$good run corrupt

stack down >/dev/null 2>&1
run away
finish
