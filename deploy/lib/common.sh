# shellcheck shell=bash
# Helpers of every script under deploy/: speech, errors, quoting, locks, and steps with a log.
# A script sets PROGRAM (its name in errors) and then sources this file.

: "${PROGRAM:=deploy}"

say() { printf '%s\n' "$*"; }
note() { printf '%s: %s\n' "$PROGRAM" "$*" >&2; }

# die TEXT [NEXT-STEP…]: an error, each further argument a line that says what to do about it; exit 1.
die() {
        note "$1"
        shift
        if (($#)); then
                printf '  %s\n' "$@" >&2
        fi
        exit 1
}

# usage_error TEXT: a wrong command line; exit 64 (EX_USAGE).
usage_error() {
        note "$1"
        printf '  Try: %s --help\n' "$PROGRAM" >&2
        exit 64
}

# shell_quote TEXT: one word that any POSIX shell reads back as TEXT.
shell_quote() {
        printf "'%s'" "${1//\'/\'\\\'\'}"
}

# yaml_quote TEXT: a double-quoted YAML scalar.
yaml_quote() {
        local text=${1//\\/\\\\}
        printf '"%s"' "${text//\"/\\\"}"
}

# json_quote TEXT: a JSON string. Paths and messages only: control characters other than newline and tab are left out.
json_quote() {
        local text=${1//\\/\\\\}
        text=${text//\"/\\\"}
        text=${text//$'\n'/\\n}
        text=${text//$'\t'/\\t}
        printf '"%s"' "${text//[$'\x01'-$'\x1f']/}"
}

# seconds_since MILLISECONDS: how long ago now_ms was MILLISECONDS, as "3.2".
now_ms() { printf '%s' $((${EPOCHREALTIME/[.,]/} / 1000)); }
seconds_since() {
        local past=$(($(now_ms) - $1))
        printf '%d.%d' $((past / 1000)) $((past % 1000 / 100))
}

# close_inherited: in a subshell that will exec a server: gives up what the caller left open (locks, pipes of `$(…)`
# and of tests), which the server would otherwise hold for as long as it runs.
close_inherited() {
        local path fd
        for path in "/proc/$BASHPID/fd/"*; do
                fd=${path##*/}
                # 255 is bash's own copy of the script, closed by exec.
                if ((fd > 2 && fd != 255)); then
                        eval "exec $fd>&-"
                fi
        done
}

# lock_take FILE WHAT: holds FILE until the script ends; says once whom it waits for. FILE may be removed by its holder:
# who then gets the lock of the removed file opens the new one.
lock_take() {
        local file=$1 what=$2
        while true; do
                exec {LOCK_FD}>>"$file" || die "cannot open the lock $file"
                if ! flock -n "$LOCK_FD"; then
                        note "another $what is running; waiting for it to end (lock: $file)"
                        flock "$LOCK_FD"
                fi
                if [[ $file -ef /proc/$$/fd/$LOCK_FD ]]; then
                        return 0
                fi
                exec {LOCK_FD}>&-
        done
}

# run_step TITLE LOG COMMAND…: runs a shell function in a subshell with its output in LOG, telling every 10 s how it is
# getting on; on failure shows the end of the log and ends the script. Call it as a plain statement: inside a condition
# bash would ignore `set -e` in COMMAND.
run_step() {
        local title=$1 log=$2 begin ticker rc
        shift 2
        begin=$(now_ms)
        say "==> $title"
        : >"$log"
        step_ticker "$log" &
        ticker=$!
        set +e
        (
                set -e
                "$@"
        ) >>"$log" 2>&1 </dev/null
        rc=$?
        set -e
        kill "$ticker" 2>/dev/null || true
        wait "$ticker" 2>/dev/null || true
        if ((rc >= 129 && rc <= 143)); then
                die "interrupted: $title" "Run it again: what was finished is kept."
        elif ((rc)); then
                note "failed: $title (exit status $rc). The end of its log:"
                tail -n 15 "$log" | sed 's/^/    /' >&2
                die "the whole log: $log" "Run it again once the cause is gone: what was finished is kept."
        fi
        say "    done in $(seconds_since "$begin") s"
}

# No sleep: as a process of its own it would outlive the ticker and hold the script's output and lock.
step_ticker() {
        local log=$1 begin=$SECONDS last never
        exec {never}<> <(:)
        while ! read -r -t 10 -u "$never"; do
                last=$(tail -n 1 "$log" 2>/dev/null | tr -cd '[:print:]') || last=''
                printf '    … %d s: %s\n' $((SECONDS - begin)) "${last:0:90}"
        done
}
