# shellcheck shell=bash
# shellcheck disable=SC2034 # the scripts that source this read the versions
# Where setup keeps what it downloads and builds. Nothing here creates anything: other scripts ask for the paths.
# A name carries the version and the recipe, so that a new one is made beside the old and a checkout of an older
# commit finds its own. What stands under its final name is complete: it is made elsewhere and renamed.

RDKAFKA_VERSION=2.8.0
KAFKA_VERSION=4.3.1
KAFKA_SCALA=2.13

cache_dir() {
        local base=${IOCHUB_CACHE:-${XDG_CACHE_HOME:-${HOME:?HOME is not set: set it or IOCHUB_CACHE}/.cache}/iochub}
        if [[ $base != /* ]]; then
                base=$PWD/$base
        fi
        printf '%s' "$base"
}

# The private prefix (include, lib, lib/pkgconfig), or nothing where the system's own librdkafka is new enough.
rdkafka_prefix() {
        if ! rdkafka_system_is_new; then
                printf '%s/librdkafka-%s' "$(cache_dir)" "$RDKAFKA_VERSION"
        fi
}

# The version of the installed librdkafka-dev; nothing where there is none.
rdkafka_system_version() {
        local status
        status=$(dpkg-query -W -f '${db:Status-Status} ${Version}' librdkafka-dev 2>/dev/null) || return 0
        if [[ $status == 'installed '* ]]; then
                printf '%s' "${status#* }"
        fi
}

rdkafka_system_is_new() {
        local version
        version=$(rdkafka_system_version)
        [[ -n $version ]] && dpkg --compare-versions "$version" ge "$RDKAFKA_VERSION"
}

kafka_libs() { printf '%s/kafka-%s' "$(cache_dir)" "$KAFKA_VERSION"; }

# The Python packages of the live tests: consumers and queries that are not ours. protobuf is the newest that reads what
# Debian's protoc writes and that confluent-kafka's deserializer works with; what follows PyYAML is for its client of
# schema registries.
PYTHON_PACKAGES=(
        confluent-kafka==2.8.0 protobuf==4.25.8 psycopg==3.2.3 psycopg-binary==3.2.3 typing_extensions==4.12.2
        PyYAML==6.0.2 attrs==24.3.0 cachetools==5.5.0 googleapis-common-protos==1.63.2 httpx==0.28.1 httpcore==1.0.7
        h11==0.14.0 anyio==4.7.0 sniffio==1.3.1 idna==3.10 certifi==2024.12.14
)

venv_recipe() { printf '%s\n' "${PYTHON_PACKAGES[@]}" | cksum | cut -d ' ' -f 1; }

venv_python() { printf '%s/venv-%s/bin/python' "$(cache_dir)" "$(venv_recipe)"; }

# The newest Java that Kafka 4 accepts, Debian's 17 first since that is the one the tests ran with.
java_program() {
        local candidate
        for candidate in /usr/lib/jvm/java-17-openjdk-*/bin/java /usr/lib/jvm/java-2?-openjdk-*/bin/java; do
                if [[ -x $candidate ]]; then
                        printf '%s' "$candidate"
                        return 0
                fi
        done
        return 1
}

postgres_bin() { printf '/usr/lib/postgresql/15/bin'; }
