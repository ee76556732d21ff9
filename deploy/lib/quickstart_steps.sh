# shellcheck shell=bash
# What deploy/quickstart does. Each function is one step, run in a subshell by `step`, so what a later one needs is in
# files under WORK=<state>/quickstart: <name>.yaml, data, rejects, logs, facts, hub.pid.

# name of the configuration, agency, dataset
AGENCIES=(
        'noi-vu H10.01 don-vi-hanh-chinh'
        'moi-truong H10.02 chat-luong-khong-khi'
        'tiep-nhan H10.03 phan-anh'
)
BIN=build/release/bin

iochub() { "$BIN/iochub" --lang "$LANGUAGE" "$@"; }

# data_locate: sets DATA_FOLDER (absolute) and CONNECTORS, and looks before anything is started.
data_locate() {
        local name
        DATA_FOLDER=$HERE/samples/data
        CONNECTORS=$HERE/samples/connectors
        if [[ -n $DATA ]]; then
                DATA_FOLDER=$(realpath -e -- "$DATA" 2>/dev/null) || die "there is no folder $DATA"
                CONNECTORS=$HERE/samples/connectors-real
        fi
        for name in don-vi-hanh-chinh chat-luong-khong-khi phan-anh; do
                compgen -G "$DATA_FOLDER/$name/*.csv" >/dev/null ||
                        die "there is no file $DATA_FOLDER/$name/*.csv" "See: deploy/quickstart --help"
        done
}

build_programs() {
        if [[ ! -e build/release/build.ninja ]]; then
                cmake --preset release
        fi
        ninja -C build/release iochub iochub-hub iochub-connector
}

# quickstart_lock: one run a clone; the state of another one must not be taken from under it.
quickstart_lock() {
        private_folder "/var/tmp/iochub-$EUID"
        exec {QUICKSTART_LOCK}>>"/var/tmp/iochub-$EUID/quickstart-$(short_hash "$STATE").lock"
        flock -n "$QUICKSTART_LOCK" || die "another deploy/quickstart uses $STATE"
        OWNER=1
}

stack_fresh() {
        hub_stop
        deploy/stack destroy
        rm -rf "$WORK"
        deploy/stack up
}

# stack_environment: in the script itself, so that all later steps have it.
stack_environment() {
        eval "$(deploy/stack env)"
        mkdir -p "$WORK/logs" "$WORK/facts"
        ln -s "$DATA_FOLDER" "$WORK/data"
        mv "$LOGS"/*.log "$WORK/logs/"
        rmdir "$LOGS"
        LOGS=$WORK/logs
}

register_examples() {
        iochub schema register schemas/examples/*/*.proto
        deploy/stack psql -X -q -v ON_ERROR_STOP=1 -f deploy/seed/examples.sql
}

feeds_add() {
        local line name agency dataset
        for line in "${AGENCIES[@]}"; do
                read -r name agency dataset <<<"$line"
                iochub feed add "$agency" "$dataset"
        done
}

# ---------------------------------------------------------------- hub

hub_start() {
        (
                close_inherited
                exec setsid "$BIN/iochub-hub" -c "$IOCHUB_HUB_CONF" >"$WORK/logs/iochub-hub.log" 2>&1 </dev/null
        ) &
        echo "$!" >"$WORK/hub.pid"
        local -i tries=0
        until [[ $(query "SELECT count(*) FROM hub.progress WHERE owner IS NULL") == 0 ]]; do
                if ! hub_pid >/dev/null || ((++tries > 150)); then
                        tail -n 20 "$WORK/logs/iochub-hub.log"
                        echo "iochub-hub has not taken its feeds"
                        return 1
                fi
                pause 0.2
        done
}

# hub_pid: prints the number of the hub that an earlier step or an earlier run started and that still runs.
hub_pid() {
        local pid
        pid=$(cat "$WORK/hub.pid" 2>/dev/null) || return 1
        [[ $pid =~ ^[0-9]+$ && $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null) == *iochub-hub* ]] || return 1
        printf '%s' "$pid"
}

hub_stop() {
        local pid
        local -i tries=0
        pid=$(hub_pid) || return 0
        kill "$pid" 2>/dev/null || true
        while kill -0 "$pid" 2>/dev/null; do
                if ((++tries > 120)); then
                        kill -9 "$pid" 2>/dev/null || true
                        break
                fi
                pause 0.1
        done
        rm -f "$WORK/hub.pid"
}

# ---------------------------------------------------------------- connectors

connectors_run() {
        local line name agency dataset rc=0
        local -A job
        for line in "${AGENCIES[@]}"; do
                read -r name agency dataset <<<"$line"
                connector_prepare "$name"
                "$BIN/iochub-connector" run -c "$WORK/$name.yaml" --json \
                        >"$WORK/facts/$name.json" 2>"$WORK/logs/connector-$name.log" &
                job[$name]=$!
        done
        for name in "${!job[@]}"; do
                if ! wait "${job[$name]}"; then
                        echo "iochub-connector, $name:"
                        tail -n 15 "$WORK/logs/connector-$name.log"
                        rc=1
                fi
        done
        return "$rc"
}

# connector_prepare NAME: its configuration with this state's broker. Its relative paths lead to data and rejects here.
connector_prepare() {
        sed "s/^  bootstrap\\.servers: .*/  bootstrap.servers: $IOCHUB_BOOTSTRAP/" "$CONNECTORS/$1.yaml" >"$WORK/$1.yaml"
}

# hub_settle: until all that stands on the feeds' topics is decided and routed.
hub_settle() {
        local status
        local -i tries=0
        while :; do
                status=$(iochub status --json --no-rate | tr -d ' \n')
                if [[ $status == *'"lag":'* && $status != *'"lag":'[!0]* && $status != *'"unrouted":'[!0]* ]]; then
                        return 0
                fi
                if ! hub_pid >/dev/null || ((++tries > 1500)); then
                        tail -n 20 "$WORK/logs/iochub-hub.log"
                        echo "iochub-hub did not finish"
                        return 1
                fi
                query "SELECT sum(stored) || ' stored, ' || sum(rejected) || ' refused' FROM hub.progress"
                pause 0.2
        done
}

# query SQL: rows with columns parted by SEPARATOR. No blank: `read` would take two of those for one.
SEPARATOR=$'\x1f'
query() { deploy/stack psql -X -q -A -t -F "$SEPARATOR" -v ON_ERROR_STOP=1 -c "$1"; }

# ---------------------------------------------------------------- end

everything_stop() {
        hub_stop
        deploy/stack down
}

# leave: whatever the reason, nothing goes on behind the user's back. The data stays.
leave() {
        local rc=$?
        trap '' INT TERM HUP
        if [[ -n $JOB ]]; then
                kill -TERM -- "-$JOB" 2>/dev/null || true
                wait "$JOB" 2>/dev/null || true
        fi
        if ((OWNER && FINISHED == 0)); then
                printf '\n' >&2
                note "$(tell 'dừng giữa chừng, đang tắt các máy chủ' 'ended early, stopping the servers')"
                hub_stop
                deploy/stack down >&2 || true
        fi
        # Empty, or nobody's concern once interrupted.
        if [[ $LOGS != "$WORK"/* ]] && ((rc == 130)); then
                rm -rf "$LOGS"
        fi
        exit "$rc"
}
