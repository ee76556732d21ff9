# shellcheck shell=bash
# shellcheck disable=SC2034 # the servers' files read what is set here
# The state folder of one stack: where it is, what is in it, its ports, passwords and configuration files.
#
#   <state>/.iochub-stack   mark: this folder is ours, destroy may remove our names from it
#   <state>/ports           the ports, chosen at the first `up` and kept
#   <state>/pgpass          the roles' passwords (0600)
#   <state>/conf            configuration for iochub and iochub-hub
#   <state>/log             what the last start's steps said
#   <state>/postgres        data, log     (the database server's user owns it)
#   <state>/kafka           data, log, conf
#   <state>/quickstart      logs, connectors and reject files of the last deploy/quickstart
# The unix socket is elsewhere, since its path may have at most 107 bytes: /var/tmp/iochub-<uid>/s-<hash of the state>.

STATE_NAMES=(conf log postgres kafka pgpass ports quickstart)

short_hash() { printf '%s' "$1" | sha256sum | cut -c 1-12; }

# state_base: the folder of this user and this clone under which the default state is.
state_base() { printf '/var/tmp/iochub-%s/%s' "$EUID" "$(short_hash "$REPOSITORY")"; }

# state_locate DIR: sets STATE (absolute, DIR may be empty), SOCKET_DIR and SERVER_USER.
state_locate() {
        local wanted=${1:-${IOCHUB_STATE:-}}
        if [[ -z $wanted ]]; then
                wanted=$(state_base)/stack
        fi
        STATE=$(realpath -m -- "$wanted")
        if [[ $STATE == *$'\n'* ]]; then
                die "the state folder's name contains a line break"
        fi
        SOCKET_DIR=/var/tmp/iochub-$EUID/s-$(short_hash "$STATE")
        # PostgreSQL refuses to run as root.
        SERVER_USER=$(id -un)
        if ((EUID == 0)); then
                SERVER_USER=postgres
        fi
}

state_exists() { [[ -e $STATE/.iochub-stack ]]; }

state_require() {
        if ! state_exists; then
                die "there is no stack in $STATE" "Start one with: deploy/stack up$(state_option)"
        fi
}

# state_option: what to add to a printed command so that it means this stack.
state_option() {
        if [[ $STATE != "$(state_base)/stack" && $STATE != "${IOCHUB_STATE:-}" ]]; then
                printf ' --state %s' "$(shell_quote "$STATE")"
        fi
}

# private_folder DIR: makes DIR for this user alone (others may pass through where root's server has to). /var/tmp is
# everyone's, so what somebody else put there under our name is refused.
private_folder() {
        local mode=0700
        if ((EUID == 0)); then
                mode=0711
        fi
        mkdir -m "$mode" "$1" 2>/dev/null || true
        if [[ -L $1 || ! -d $1 || ! -O $1 ]]; then
                die "$1 exists and is not this user's own folder" "Look at it and remove it, or ask its owner to."
        fi
}

state_make() {
        local name
        private_folder "/var/tmp/iochub-$EUID"
        if [[ $STATE == "$(state_base)"/* ]]; then
                private_folder "$(state_base)"
        fi
        mkdir -p "$STATE" || die "cannot make the state folder $STATE" "Give another one: deploy/stack up --state DIR"
        [[ -O $STATE ]] || die "the state folder $STATE is another user's" "Give another one: deploy/stack up --state DIR"
        if ! state_exists; then
                for name in "${STATE_NAMES[@]}"; do
                        if [[ -e $STATE/$name ]]; then
                                die "$STATE holds '$name', which no stack put there" "Give an empty folder with --state DIR."
                        fi
                done
        fi
        if ((EUID == 0)); then
                chmod a+x "$STATE"
                as_server test -x "$STATE" ||
                        die "the user postgres, whom the database server runs as, cannot reach $STATE" \
                                "Give a folder whose parents everyone may pass, such as one under /var/tmp: --state DIR"
        fi
        touch "$STATE/.iochub-stack"
        mkdir -p "$STATE/conf" "$STATE/log" "$STATE/postgres" "$STATE/kafka/conf" "$STATE/kafka/log" "$SOCKET_DIR"
        chmod 0700 "$STATE/conf" "$STATE/log" "$STATE/postgres" "$STATE/kafka" "$SOCKET_DIR"
        if ((EUID == 0)); then
                chown postgres: "$STATE/postgres" "$SOCKET_DIR"
        fi
}

# as_server [exec] COMMAND…: as the user whom PostgreSQL runs as; with exec in place of this subshell.
as_server() {
        local -a words=()
        if [[ $1 == exec ]]; then
                words=(exec)
                shift
        fi
        if ((EUID == 0)); then
                words+=(setpriv --reuid=postgres --regid=postgres --init-groups --)
        fi
        "${words[@]}" "$@"
}

# ---------------------------------------------------------------- ports

# ports_read: sets PG_PORT, KAFKA_PORT, CONTROLLER_PORT and REGISTRY_PORT (the hub's), 0 where none is chosen yet.
ports_read() {
        local name value
        PG_PORT=0 KAFKA_PORT=0 CONTROLLER_PORT=0 REGISTRY_PORT=0
        [[ -e $STATE/ports ]] || return 0
        while IFS='=' read -r name value; do
                if [[ $name =~ ^(PG|KAFKA|CONTROLLER|REGISTRY)_PORT$ && $value =~ ^[0-9]{1,5}$ ]]; then
                        printf -v "$name" '%d' "$value"
                fi
        done <"$STATE/ports"
}

ports_write() {
        write_file "$STATE/ports" <<END
PG_PORT=$PG_PORT
KAFKA_PORT=$KAFKA_PORT
CONTROLLER_PORT=$CONTROLLER_PORT
REGISTRY_PORT=$REGISTRY_PORT
END
}

# port_is_taken PORT: somebody listens on it, on any address.
port_is_taken() {
        local hex
        printf -v hex '%04X' "$1"
        cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
                awk -v port=":$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { found = 1 } END { exit !found }'
}

# port_keep VARIABLE: keeps its port while that is free; else chooses one. From below Linux's range for outgoing
# connections (32768…), so that no client socket sits on it when the server comes back.
port_keep() {
        local -n port=$1
        local old=$port
        while ((port == 0)) || port_is_taken "$port" || port_is_anothers "$1"; do
                port=$((20000 + SRANDOM % 12000))
        done
        if ((old && old != port)); then
                note "port $old is taken by another program; using $port from now on (shells: run 'deploy/stack env' again)"
        fi
}

# port_is_anothers VARIABLE: another server of this stack has the same one.
port_is_anothers() {
        local name
        for name in PG_PORT KAFKA_PORT CONTROLLER_PORT REGISTRY_PORT; do
                if [[ $name != "$1" ]] && ((${!name} == ${!1})); then
                        return 0
                fi
        done
        return 1
}

# ---------------------------------------------------------------- files

# write_file FILE: standard input becomes FILE, whole or not at all.
write_file() {
        cat >"$1.new"
        mv -f "$1.new" "$1"
}

random_word() { head -c 18 /dev/urandom | base64 | tr '+/' '-_'; }

# passwords_make: random ones, at the first `up`.
passwords_make() {
        if [[ ! -s $STATE/pgpass ]]; then
                (
                        umask 077
                        write_file "$STATE/pgpass" <<END
*:*:*:iochub_owner:$(random_word)
*:*:*:iochub_hub:$(random_word)
END
                )
        fi
}

password_of() { sed -n "s/^\\*:\\*:\\*:$1://p" "$STATE/pgpass"; }

# conninfo_of ROLE: a libpq connection string over the unix socket.
conninfo_of() {
        local file=${STATE//\\/\\\\}
        printf "host=%s port=%s dbname=iochub user=%s passfile='%s/pgpass'" \
                "$SOCKET_DIR" "$PG_PORT" "$1" "${file//\'/\\\'}"
}

configuration_write() {
        write_file "$STATE/conf/iochub.yaml" <<END
# For the command iochub, as the owner of the database. Written by deploy/stack up, at each start anew.
kafka:
  bootstrap.servers: 127.0.0.1:$KAFKA_PORT
database:
  conninfo: $(yaml_quote "$(conninfo_of iochub_owner)")
END
        write_file "$STATE/conf/hub.yaml" <<END
# For iochub-hub. Written by deploy/stack up, at each start anew.
hub:
  instance: hub-1
kafka:
  bootstrap.servers: 127.0.0.1:$KAFKA_PORT
database:
  conninfo: $(yaml_quote "$(conninfo_of iochub_hub)")
registry:
  listen: 127.0.0.1:$REGISTRY_PORT
END
}

# environment_print: `export NAME='value'` lines.
environment_print() {
        local name
        local -A value=(
                [PGHOST]=$SOCKET_DIR [PGPORT]=$PG_PORT [PGDATABASE]=iochub [PGUSER]=iochub_owner
                [PGPASSFILE]=$STATE/pgpass
                [IOCHUB_BOOTSTRAP]=127.0.0.1:$KAFKA_PORT [IOCHUB_STATE]=$STATE [IOCHUB_CONF]=$STATE/conf/iochub.yaml
                [IOCHUB_HUB_CONF]=$STATE/conf/hub.yaml [IOCHUB_KAFKA_LIBS]=$(kafka_libs)
                [IOCHUB_REGISTRY]=http://127.0.0.1:$((REGISTRY_PORT ? REGISTRY_PORT : 8081))
        )
        for name in PGHOST PGPORT PGDATABASE PGUSER PGPASSFILE IOCHUB_BOOTSTRAP IOCHUB_STATE IOCHUB_CONF \
                IOCHUB_HUB_CONF IOCHUB_KAFKA_LIBS IOCHUB_REGISTRY; do
                printf 'export %s=%s\n' "$name" "$(shell_quote "${value[$name]}")"
        done
}

# ---------------------------------------------------------------- processes

# process_runs_in PID DIR: PID lives and its working folder is DIR: a server of ours, and not another process that got
# the number of a dead one.
process_runs_in() {
        [[ $1 =~ ^[0-9]+$ && $(readlink "/proc/$1/cwd" 2>/dev/null) == "$2" ]]
}

# wait_for_end PID DIR SECONDS: 1 when it is still there after that.
wait_for_end() {
        local tries=$(($3 * 20))
        while process_runs_in "$1" "$2"; do
                ((tries-- > 0)) || return 1
                sleep 0.05
        done
}
