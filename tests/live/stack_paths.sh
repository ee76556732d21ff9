#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2089,SC2090,SC2317 # the odd characters are meant; functions are called by holds
# Stacks in unusual places, and two beside each other.
set -euo pipefail
# shellcheck source=tests/lib/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/tap.sh"

clone="$WORK/bản sao/c d"
odd="$WORK/một thư mục, it's \"odd\" \\ \$x"
python=$("$ROOT/deploy/setup" --print venv-python)
trap 'IOCHUB_STATE="" "$clone/deploy/stack" destroy >/dev/null 2>&1 || true
        "$ROOT/deploy/stack" destroy --state "$odd" >/dev/null 2>&1; rm -rf "$WORK"' EXIT

mkdir -p "$clone"
cp -r "$ROOT/deploy" "$clone/deploy"
# The one without variables gets the default folder of its clone.
first() { IOCHUB_STATE='' "$clone/deploy/stack" "$@"; }
second() { IOCHUB_STATE=$odd "$ROOT/deploy/stack" "$@"; }

holds "a clone in a path with blanks starts its own stack" first up
holds "a second stack in a path with every kind of letter starts beside it" second up
contains "the default folder is under /var/tmp" "$(first env)" "IOCHUB_STATE='/var/tmp/iochub-$EUID/"
holds "both run" bash -c 'IOCHUB_STATE="" "$1/deploy/stack" status && IOCHUB_STATE=$2 "$3/deploy/stack" status' \
        - "$clone" "$odd" "$ROOT"

look() {
        # shellcheck disable=SC1090
        . <("$1" env)
        psql -X -A -t -c "SHOW port" | grep -qx "$PGPORT" || return 1
        "$python" - <<'END'
import os, yaml, psycopg
from confluent_kafka.admin import AdminClient
for name in ("IOCHUB_CONF", "IOCHUB_HUB_CONF"):
    conf = yaml.safe_load(open(os.environ[name], encoding="utf-8"))
    broker = conf["kafka"]["bootstrap.servers"]
    assert broker == os.environ["IOCHUB_BOOTSTRAP"]
    for variable in [v for v in os.environ if v.startswith("PG")]:
        if name == "IOCHUB_HUB_CONF":
            del os.environ[variable]
    with psycopg.connect(conf["database"]["conninfo"]) as link:
        assert link.execute("SELECT current_database()").fetchone() == ("iochub",)
assert AdminClient({"bootstrap.servers": broker}).list_topics(timeout=10).brokers
END
}
holds "the first one's variables and files lead to it" look first
holds "the second one's variables and files lead to it" look second
ports() { "$1" status --json | "$python" -c 'import json, sys; s = json.load(sys.stdin)
print(s["postgresql"]["port"], s["kafka"]["port"])'; }
equal "they share no port" "$(printf '%s\n' "$(ports first)" "$(ports second)" | tr ' ' '\n' | sort -u | wc -l)" 4

holds "the first stops" first down
holds "the second is not touched by that" second status
fails "the folder is named in the next step" 1 "--state" "$ROOT/deploy/stack" psql --state "$WORK/none"

mkdir -p "$WORK/foreign/postgres"
fails "a folder that holds other things under our names is refused" 1 "no stack put there" \
        "$ROOT/deploy/stack" up --state "$WORK/foreign"
holds "and keeps them" test -d "$WORK/foreign/postgres"
"$ROOT/deploy/stack" destroy --state "$WORK/foreign" >/dev/null
holds "destroy does not touch it either" test -d "$WORK/foreign/postgres"
if ((EUID == 0)); then
        mkdir -m 0700 "$WORK/private"
        fails "a folder that the database's user cannot reach is named" 1 "cannot reach" \
                "$ROOT/deploy/stack" up --state "$WORK/private/state"
else
        skip "a folder that the database's user cannot reach is named" "only as root"
fi
holds "destroy of the first" first destroy
holds "destroy of the second" second destroy
finish
