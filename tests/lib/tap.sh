# shellcheck shell=bash
# shellcheck disable=SC2034 # the test reads ROOT, OUT and SECONDS_TAKEN
# Results of a live test written in bash: each check is one `ok - ` or `not ok - ` line. Source it, check, call finish.
# Sets ROOT, and WORK: an empty folder of the test's own, which every user can pass through, removed at the end.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
FAILED=0
if [[ -n ${IOCHUB_STATE:-} ]]; then
        WORK=$IOCHUB_STATE
        mkdir -p "$WORK"
else
        WORK=$(mktemp -d /var/tmp/iochub-test.XXXXXXXX)
fi
chmod 0755 "$WORK"
trap 'not_ok "the test runs to its end" "line $LINENO: exit status $?: ${OUT:-}"' ERR

# ok NAME [SEEN], not_ok NAME [SEEN]: one result; what was seen is shown of a failure.
ok() { printf 'ok - %s\n' "$1"; }
not_ok() {
        printf 'not ok - %s\n' "$1"
        printf '%s\n' "${2:-}" | head -n 40 | sed 's/^/# /'
        FAILED=1
}
skip() { printf 'skip - %s (%s)\n' "$1" "$2"; }

# holds NAME COMMAND…: the command must succeed.
holds() {
        local name=$1 out
        shift
        if out=$("$@" 2>&1); then ok "$name"; else not_ok "$name" "$* : $out"; fi
}

# fails NAME STATUS TEXT COMMAND…: the command must end with that status and say TEXT.
fails() {
        local name=$1 status=$2 text=$3 out rc=0
        shift 3
        out=$("$@" 2>&1) || rc=$?
        if ((rc == status)) && [[ $out == *"$text"* ]]; then
                ok "$name"
        else
                not_ok "$name" "$* : exit status $rc, not $status with '$text': $out"
        fi
}

equal() {
        if [[ $2 == "$3" ]]; then ok "$1"; else not_ok "$1" "seen: '$2', wanted: '$3'"; fi
}

contains() {
        if [[ $2 == *"$3"* ]]; then ok "$1"; else not_ok "$1" "no '$3' in: $2"; fi
}

below() {
        if awk -v seen="$2" -v limit="$3" 'BEGIN { exit !(seen < limit) }'; then
                ok "$1 ($2 s)"
        else
                not_ok "$1" "$2 s, not below $3 s"
        fi
}

# timed COMMAND…: runs it; SECONDS_TAKEN and OUT are what it took and said.
timed() {
        local begin=${EPOCHREALTIME/[.,]/} rc=0
        OUT=$("$@" 2>&1) || rc=$?
        SECONDS_TAKEN=$(awk -v us=$((${EPOCHREALTIME/[.,]/} - begin)) 'BEGIN { printf "%.2f", us / 1e6 }')
        return "$rc"
}

finish() { exit "$FAILED"; }
