# shellcheck shell=bash
# The stack's PostgreSQL 15: a cluster of its own, made, started, prepared and stopped. Uses stack_state.sh.
# Each function runs in a subshell beside Kafka's, so they give results by exit status and files only.

# Seconds that a start may take; it is long only when much has to be read back from the WAL after a crash.
POSTGRES_START_SECONDS=180

postgres_data() { printf '%s/postgres/data' "$STATE"; }

# postgres_pid: prints the server's process number; 1 when it does not run.
postgres_pid() {
        local pid
        pid=$(head -n 1 "$(postgres_data)/postmaster.pid" 2>/dev/null) || return 1
        process_runs_in "$pid" "$(postgres_data)" || return 1
        printf '%s' "$pid"
}

# The server writes its state into the eighth line of that file.
postgres_answers() { postgres_pid >/dev/null && [[ $(sed -n 8p "$(postgres_data)/postmaster.pid" 2>/dev/null) == ready* ]]; }

postgres_is_up() { postgres_answers && [[ -e $STATE/log/prepared ]]; }

postgres_require() {
        if [[ ! -x $(postgres_bin)/postgres ]]; then
                die "PostgreSQL 15 is not installed" "Run: deploy/setup --for run"
        fi
}

# postgres_up: 0 up, 3 its port was taken at the last moment, else failed (and said why).
postgres_up() {
        cd /
        if [[ ! -d $(postgres_data) ]]; then
                postgres_make_cluster || return 1
        fi
        POSTGRES_STARTED=none
        if ! postgres_pid >/dev/null; then
                postgres_configure || return 1
                postgres_wait_for_orphans
                postgres_start
        fi
        if ! postgres_wait_for_answer; then
                if postgres_log_end | grep -q 'Address already in use'; then
                        return 3
                fi
                note "PostgreSQL did not start. The end of its log:"
                postgres_log_end | sed 's/^/    /' >&2
                printf '  Its logs: %s\n' "$STATE/postgres/log" >&2
                return 1
        fi
        postgres_prepare || return 1
}

# Not by pg_ctl, which hands the folder's name to a shell that reads it anew.
postgres_start() {
        rm -f "$STATE/log/prepared"
        (
                close_inherited
                as_server exec setsid "$(postgres_bin)/postgres" -D "$(postgres_data)"
        ) >"$STATE/log/postgres.log" 2>&1 </dev/null &
        POSTGRES_STARTED=$!
}

postgres_wait_for_answer() {
        local tries=$((POSTGRES_START_SECONDS * 20))
        until postgres_answers; do
                ((tries-- > 0)) || return 1
                if ! postgres_pid >/dev/null && [[ ! -d /proc/$POSTGRES_STARTED ]]; then
                        return 1
                fi
                sleep 0.05
        done
}

# What the server said at this start: before it opened its own log, and in that.
postgres_log_end() {
        cat "$STATE/log/postgres.log" 2>/dev/null || true
        find "$STATE/postgres/log" -name '*.log' -newer "$STATE/log/postgres.log" -exec tail -n 10 {} \; 2>/dev/null || true
}

# Data that is there under its name is complete. A killed `up` leaves a half-made one, perhaps with an initdb that is
# still at it: hence a new name each time.
# Checksums, since a database that says nothing of a broken page would pass it on as data.
postgres_make_cluster() {
        local log=$STATE/log/initdb.log new
        rm -rf "$(postgres_data)".new.* 2>/dev/null || true
        new=$(as_server mktemp -d "$(postgres_data).new.XXXXXXXX") || return 1
        if ! as_server "$(postgres_bin)/initdb" -D "$new" --username=postgres --auth=peer --data-checksums \
                --encoding=UTF8 --locale=C.UTF-8 --no-instructions >"$log" 2>&1 </dev/null; then
                note "initdb failed. The end of its log ($log):"
                tail -n 12 "$log" | sed 's/^/    /' >&2
                return 1
        fi
        as_server tee -a "$new/postgresql.conf" >/dev/null <<'END' || return 1

include 'iochub.conf'
END
        mv -T "$new" "$(postgres_data)"
}

# server_file NAME: standard input becomes a file of the data folder, owned by the server's user.
server_file() { as_server tee "$(postgres_data)/$1" >/dev/null; }

postgres_configure() {
        # Inside the socket's folder, which only the server's user and root may enter, the superuser is known by the
        # system's user; everyone else gives a password, so that what works here works on a real server too.
        server_file pg_hba.conf <<'END' || return 1
local  all          postgres                 peer map=stack
local  all          all                      scram-sha-256
host   all          all       127.0.0.1/32   scram-sha-256
END
        server_file pg_ident.conf <<END || return 1
stack  "$SERVER_USER"  postgres
stack  root  postgres
END
        postgres_settings | server_file iochub.conf
}

postgres_settings() {
        local compression=pglz
        if ldd "$(postgres_bin)/postgres" | grep -q liblz4; then
                compression=lz4
        fi
        cat <<END
# Written by deploy/stack up, at each start anew: changes belong into deploy/lib/stack_postgres.sh.

# Reached from this machine only.
listen_addresses = '127.0.0.1'
port = $PG_PORT
unix_socket_directories = '$SOCKET_DIR'
max_connections = 100                   # hub instances hold a few each; people and tests the rest
password_encryption = scram-sha-256

# A commit must be on the disk before the hub moves on: progress and rows are one transaction, and nothing else
# remembers what was read. The hub refuses to start when one of the three is off.
fsync = on
full_page_writes = on
synchronous_commit = on

# Batches of 50 000 rows write much WAL in bursts. Fewer checkpoints mean fewer whole pages written again; LZ4 takes
# half of those pages' bytes for little processor time.
max_wal_size = 4GB
checkpoint_timeout = 15min
wal_compression = $compression
shared_buffers = 512MB                  # holds the indexes that each batch touches

jit = off                               # compiling costs more than these short statements take

# Times are shown as the operations centre reads them.
log_timezone = 'Asia/Ho_Chi_Minh'

# To files, which stay bounded; lock waits, since a takeover that waits is one.
logging_collector = on
log_directory = '../log'
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
log_lock_waits = on
log_line_prefix = '%m [%p] %q%u@%d '
END
}

# A server killed by force leaves backends, for a moment, that still hold its shared memory; and its postmaster.pid,
# whose number another process may have by now, which the server would take for itself.
postgres_wait_for_orphans() {
        local pid tries=100
        pid=$(head -n 1 "$(postgres_data)/postmaster.pid" 2>/dev/null) || return 0
        while postgres_backends_exist && ((tries-- > 0)); do
                sleep 0.1
        done
        if ((tries > 0)) && [[ -d /proc/$pid ]]; then
                rm -f "$(postgres_data)/postmaster.pid"
        fi
}

postgres_backends_exist() {
        local data link
        data=$(postgres_data)
        for link in /proc/[0-9]*/cwd; do
                if [[ $(readlink "$link" 2>/dev/null) == "$data" ]]; then
                        return 0
                fi
        done
        return 1
}

# The database and its roles, where they are missing; the passwords are those of the file, should that be a new one.
postgres_prepare() {
        local log=$STATE/log/prepare.log
        if ! postgres_roles | as_server "$(postgres_bin)/psql" -X -q -v ON_ERROR_STOP=1 -h "$SOCKET_DIR" -p "$PG_PORT" \
                -U postgres -d postgres >"$log" 2>&1; then
                note "the database could not be prepared:"
                tail -n 12 "$log" | sed 's/^/    /' >&2
                return 1
        fi
        touch "$STATE/log/prepared"
}

postgres_roles() {
        cat <<END
SET client_min_messages = warning;
SELECT format('CREATE ROLE %I %s', role, rights)
  FROM (VALUES ('iochub_owner', 'LOGIN'), ('iochub_hub', 'LOGIN'), ('iochub_reader', 'NOLOGIN')) v (role, rights)
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \\gexec
ALTER ROLE iochub_owner PASSWORD '$(password_of iochub_owner)';
ALTER ROLE iochub_hub PASSWORD '$(password_of iochub_hub)';
SELECT 'CREATE DATABASE iochub OWNER iochub_owner'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'iochub') \\gexec
ALTER DATABASE iochub SET timezone = 'Asia/Ho_Chi_Minh';
REVOKE ALL ON DATABASE iochub FROM PUBLIC;
GRANT CONNECT ON DATABASE iochub TO iochub_hub, iochub_reader;
END
}

# postgres_down: a fast stop (SIGINT) ends sessions and writes a checkpoint; one that hangs is ended like a crash
# (SIGQUIT, then SIGKILL), which the next start repairs from the WAL.
postgres_down() {
        local pid
        pid=$(postgres_pid) || return 0
        kill -INT "$pid" 2>/dev/null || true
        if wait_for_end "$pid" "$(postgres_data)" 60; then
                return 0
        fi
        note "PostgreSQL did not stop within 60 s; stopping it by force (the next start recovers from its log)"
        kill -QUIT "$pid" 2>/dev/null || true
        if ! wait_for_end "$pid" "$(postgres_data)" 10; then
                kill -KILL "$pid" 2>/dev/null || true
                wait_for_end "$pid" "$(postgres_data)" 10 || true
        fi
}
