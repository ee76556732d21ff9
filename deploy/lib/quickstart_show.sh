# shellcheck shell=bash
# shellcheck disable=SC2034 # the other parts of deploy/quickstart read what is set here
# How deploy/quickstart speaks: two languages, numbered steps with times, a moving line on a terminal, and at most 100
# columns. Set by the script: LANGUAGE, LOGS (folder of the steps' logs, once there is a state).

declare -i STEP=0
SCREEN=100

# tell VI ENGLISH: the one in the language asked for.
tell() {
        if [[ $LANGUAGE == vi ]]; then
                printf '%s' "$1"
        else
                printf '%s' "$2"
        fi
}

# number N: with the language's sign between groups of three digits; what is no number stays.
number() {
        local n=$1 sign='.' out=''
        [[ $LANGUAGE == vi ]] || sign=','
        if [[ ! $n =~ ^[0-9]+$ ]]; then
                printf '%s' "$n"
                return
        fi
        while ((${#n} > 3)); do
                out=$sign${n: -3}$out
                n=${n:0:-3}
        done
        printf '%s%s' "$n" "$out"
}

# duration TEXT: seconds such as 3.2 with the language's decimal sign.
duration() {
        if [[ $LANGUAGE == vi ]]; then
                printf '%s giây' "${1/./,}"
        else
                printf '%s s' "$1"
        fi
}

# pad WIDTH TEXT: printf counts bytes, people count characters. A negative width pads on the left.
pad() {
        local blanks=''
        local -i missing=$((${1#-} - ${#2}))
        if ((missing > 0)); then
                printf -v blanks '%*s' "$missing" ''
        fi
        if (($1 < 0)); then
                printf '%s%s' "$blanks" "$2"
        else
                printf '%s%s' "$2" "$blanks"
        fi
}

# cut WIDTH TEXT: shortened with an ellipsis where it is longer.
cut_text() {
        if ((${#2} > $1)); then
                printf '%s…' "${2:0:$1-1}"
        else
                printf '%s' "$2"
        fi
}

show_begin() {
        TERMINAL=0
        if [[ -t 1 ]]; then
                TERMINAL=1
        fi
        # Reading from it never succeeds: a pause that needs no process.
        exec {NEVER}<> <(:)
        JOB='' OWNER=0 FINISHED=0
        STEPS=$((KEEP ? 10 : 11))
        if [[ -n $DATA ]]; then
                say "iochub: $(tell 'chạy thử với tệp trong' 'a first run with the files in') $DATA_FOLDER"
        else
                say "iochub: $(tell 'chạy thử với dữ liệu mẫu (tự soạn, có vài dòng lỗi thường gặp)' \
                        'a first run with sample files (made up, with a few ordinary faults)')"
        fi
        say
}

pause() { read -r -t "$1" -u "$NEVER" || true; }

# step_line WORD TEXT: "[ 3/11] Compiling the programs".
step_title() { printf '[%2d/%d] %s' "$STEP" "$STEPS" "$1"; }

# step NAME VI ENGLISH COMMAND…: runs the command in the background with its output in a log, shows that it lives, and
# ends the script with the log's last lines when it fails.
step() {
        local name=$1 title begin rc=0 log
        title=$(tell "$2" "$3")
        shift 3
        STEP+=1
        log=$LOGS/$name.log
        begin=$(now_ms)
        if ((TERMINAL == 0)); then
                step_title "$title"
        fi
        # With a process group of its own it can be ended together with all that it started.
        set -m
        (
                set -e
                set +m
                trap - EXIT INT TERM HUP
                "$@"
        ) >"$log" 2>&1 </dev/null &
        JOB=$!
        set +m
        step_watch "$title" "$log" "$begin"
        wait "$JOB" || rc=$?
        JOB=''
        if ((TERMINAL)); then
                printf '\r\033[K'
                step_title "$title"
        fi
        if ((rc)); then
                printf ': %s\n' "$(tell 'HỎNG' 'FAILED')"
                step_failed "$log" "$rc"
        fi
        printf ': %s\n' "$(duration "$(seconds_since "$begin")")"
}

step_watch() {
        local title=$1 log=$2 begin=$3 last shown
        local -i ticks=0
        while kill -0 "$JOB" 2>/dev/null; do
                if ((TERMINAL)); then
                        last=$(tail -n 1 "$log" 2>/dev/null | tr -d '\r\033' | tr '\t' ' ') || last=''
                        shown="$(step_title "$title") $(duration "$(seconds_since "$begin")")  $last"
                        printf '\r\033[K%s' "$(cut_text $((SCREEN - 1)) "$shown")"
                elif ((++ticks % 100 == 0)); then
                        printf ' … %s' "$(duration "$(seconds_since "$begin")")"
                fi
                pause 0.1
        done
}

step_failed() {
        tail -n 20 "$1" | sed 's/^/    /' >&2
        die "$(tell "bước này hỏng (mã $2)" "this step failed (exit status $2)")" \
                "$(tell 'Toàn bộ nhật ký' 'The whole log'): $1"
}

# setup speaks for itself and may ask for a password, so it keeps the terminal. It is silent when nothing is missing.
step_setup() {
        local begin title
        STEP+=1
        begin=$(now_ms)
        title=$(tell 'Cài phần còn thiếu' 'Installing what is missing')
        deploy/setup || die "$(tell 'chưa cài xong; hãy xem thông báo ở trên' 'setup did not finish; see above')"
        step_title "$title"
        printf ': %s\n' "$(duration "$(seconds_since "$begin")")"
}
