# shellcheck shell=bash
# The stack's Kafka 4.3.1: one process that is broker and controller (KRaft). Uses stack_state.sh.
# It runs in its own folder and its configuration names everything from there, so that no path has to be written in
# Java's notation (blanks, commas, Vietnamese letters).

kafka_pid() {
        local pid
        pid=$(cat "$STATE/kafka/pid" 2>/dev/null) || return 1
        process_runs_in "$pid" "$STATE/kafka" || return 1
        tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q 'kafka\.Kafka' || return 1
        printf '%s' "$pid"
}

# The start's log has the line once the broker takes requests; it is emptied before each start.
kafka_is_up() {
        kafka_pid >/dev/null && grep -q 'Kafka Server started' "$STATE/kafka/log/start.log" 2>/dev/null
}

kafka_require() {
        java_program >/dev/null || die "Java 17 is not installed" "Run: deploy/setup --for run"
        if [[ ! -d $(kafka_libs) ]]; then
                die "Kafka's jars are missing: $(kafka_libs)" "Run: deploy/setup --for run"
        fi
}

# kafka_java LOG ARGUMENT…: replaces this subshell by Java, cut off from the caller's files and terminal.
kafka_java() {
        local log=$1 java libs
        shift
        java=$(java_program)
        libs=$(kafka_libs)
        close_inherited
        cd "$STATE/kafka" || return
        # Java decodes file names by the locale.
        export LC_ALL=C.UTF-8
        unset CLASSPATH JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS
        exec setsid "$java" "-Dlog4j2.configurationFile=conf/log4j2.xml" -Djava.awt.headless=true \
                -cp "$libs/*" "$@" </dev/null >"$log" 2>&1
}

# kafka_up: 0 up, 3 a port was taken at the last moment, else failed (and said why).
kafka_up() {
        local log=$STATE/kafka/log/start.log
        KAFKA_STARTED=none
        if ! kafka_pid >/dev/null; then
                kafka_configure || return 1
                if [[ ! -d $STATE/kafka/data ]]; then
                        kafka_format || return 1
                fi
                kafka_start "$log"
        fi
        if kafka_wait; then
                return 0
        fi
        if grep -q 'Address already in use' "$log" 2>/dev/null && [[ ! -d /proc/$KAFKA_STARTED ]]; then
                return 3
        fi
        note "Kafka did not start. The end of its log:"
        cat "$STATE/kafka/log/server.log" "$log" 2>/dev/null | tail -n 12 | sed 's/^/    /' >&2
        printf '  Its logs: %s\n' "$STATE/kafka/log" >&2
        return 1
}

# A small heap, since Kafka's data lives in the page cache; the serial collector needs no threads of its own and goes
# through such a heap in milliseconds.
kafka_start() {
        rm -f "$1"
        (
                printf '%s\n' "$BASHPID" >"$STATE/kafka/pid"
                kafka_java "$1" -Xms512m -Xmx512m -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError \
                        kafka.Kafka conf/server.properties
        ) &
        KAFKA_STARTED=$!
}

# A minute is much for a start, but not when a big log is checked after a crash: as long as it lives it has ten.
kafka_wait() {
        local tries=12000
        until kafka_is_up; do
                ((tries-- > 0)) || return 1
                if [[ ! -d /proc/$KAFKA_STARTED ]] && ! kafka_pid >/dev/null; then
                        return 1
                fi
                sleep 0.05
        done
}

# Data that is there under its name is formatted. A killed `up` may leave a formatter that is still at it: hence a new
# name each time.
kafka_format() {
        local log=$STATE/kafka/log/format.log id new
        rm -rf "$STATE/kafka"/data.new.* 2>/dev/null || true
        new=$(mktemp -d "$STATE/kafka/data.new.XXXXXXXX") || return 1
        sed "s|^log\.dirs=.*|log.dirs=${new##*/}|" "$STATE/kafka/conf/server.properties" >"$new.properties"
        # 16 random bytes as Kafka writes them; a leading hyphen would read as an option.
        until id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_') && [[ $id != -* ]]; do :; done
        if ! (kafka_java "$log" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC kafka.tools.StorageTool \
                format --cluster-id "${id%%=*}" --config "${new##*/}.properties"); then
                note "Kafka's storage could not be formatted ($log):"
                tail -n 12 "$log" | sed 's/^/    /' >&2
                return 1
        fi
        mv -T "$new" "$STATE/kafka/data"
        rm -f "$new.properties"
}

kafka_configure() {
        kafka_properties | write_file "$STATE/kafka/conf/server.properties" || return 1
        kafka_logging | write_file "$STATE/kafka/conf/log4j2.xml"
}

kafka_properties() {
        cat <<END
# Written by deploy/stack up, at each start anew: changes belong into deploy/lib/stack_kafka.sh.

process.roles=broker,controller
node.id=1
# The voters stand here and not in the metadata log (as --standalone would write them), so the port can change.
controller.quorum.voters=1@127.0.0.1:$CONTROLLER_PORT
listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT,CONTROLLER://127.0.0.1:$CONTROLLER_PORT
advertised.listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs=data

# Topics are made by 'iochub feed add', with their retention and rights: a misspelt name must be an error.
auto.create.topics.enable=false
# The time of a record is when it reached the broker: a sender's clock must not decide what retention removes.
log.message.timestamp.type=LogAppendTime

# One broker holds every replica.
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# Few groups: 50 partitions would only cost files and start-up time.
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
share.coordinator.state.topic.num.partitions=4

# A consumer that joins alone gets its partitions at once; hubs leave the group after 10 s without a sign of life.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=6000

# The broker signs on and off at a heartbeat: a short one makes start and stop quick. After a crash the controller
# takes its own broker for alive, and its successor for an impostor, until the session ends: 9 s by default.
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=4000
# 128 MB of the heap by default; the compacted topics here are small.
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=2
num.io.threads=4
END
}

# Everything into a file that rolls; what a start comes to also where kafka_up looks for it.
kafka_logging() {
        cat <<'END'
<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="ERROR">
  <Appenders>
    <RollingFile name="file" fileName="log/server.log" filePattern="log/server.log.%i">
      <PatternLayout pattern="%d{ISO8601} %-5p %m (%c)%n"/>
      <Policies><SizeBasedTriggeringPolicy size="20 MB"/></Policies>
      <DefaultRolloverStrategy max="4"/>
    </RollingFile>
    <Console name="start"><PatternLayout pattern="%d{ISO8601} %-5p %m%n"/></Console>
  </Appenders>
  <Loggers>
    <Root level="INFO"><AppenderRef ref="file"/></Root>
    <Logger name="kafka.server.KafkaRaftServer" level="INFO"><AppenderRef ref="start"/></Logger>
    <Logger name="kafka.Kafka$" level="INFO"><AppenderRef ref="start"/></Logger>
    <Logger name="state.change.logger" level="WARN"/>
    <Logger name="kafka.request.logger" level="WARN"/>
  </Loggers>
</Configuration>
END
}

# kafka_down: asks, waits 30 s, then ends it by force (its log is checked at the next start).
kafka_down() {
        local pid
        pid=$(kafka_pid) || return 0
        kill -TERM "$pid" 2>/dev/null || true
        if ! wait_for_end "$pid" "$STATE/kafka" 30; then
                note "Kafka did not stop within 30 s; stopping it by force"
                kill -KILL "$pid" 2>/dev/null || true
                wait_for_end "$pid" "$STATE/kafka" 10 || true
        fi
        rm -f "$STATE/kafka/pid"
}
