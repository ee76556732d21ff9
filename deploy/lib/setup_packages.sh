# shellcheck shell=bash
# shellcheck disable=SC2034 # deploy/setup reads the lists
# The Debian packages, by what they are for, and their installation as root or through sudo.

PACKAGES_BUILD=(
        build-essential cmake ninja-build pkg-config git protobuf-compiler libprotobuf-dev protobuf-c-compiler
        libprotobuf-c-dev libyaml-dev libpq-dev libssl-dev libre2-dev libmicrohttpd-dev
        # cmake configures the unit tests with the rest
        libcmocka-dev
        # librdkafka's pkg-config file names these, so they are needed to link with it, not only to build it
        libcurl4-openssl-dev libsasl2-dev liblz4-dev libzstd-dev zlib1g-dev
)
PACKAGES_RDKAFKA=(dpkg-dev debhelper pkgconf python3 rapidjson-dev debian-archive-keyring)
PACKAGES_RUN=(postgresql-15 postgresql-client-15 openjdk-17-jre-headless)
PACKAGES_JARS=(maven ca-certificates)
PACKAGES_TEST=(
        python3 python3-venv shellcheck clang clang-format-14 clang-tidy-14 libclang-rt-14-dev
        valgrind
)
CREATECLUSTER_FILE=/etc/postgresql-common/createcluster.d/iochub-setup.conf

# packages_missing NAME…: those that are not installed, one a line.
packages_missing() {
        local -A installed=()
        local name state
        while IFS=' ' read -r name state; do
                if [[ $state == installed ]]; then
                        installed[$name]=1
                fi
        done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
        for name in "$@"; do
                if [[ ! -v installed[$name] ]]; then
                        printf '%s\n' "$name"
                fi
        done
}

# privilege_find: sets PRIVILEGE to the words that go before a command to run it as root; 1 when there is no way.
# Asks for the password now, in the foreground, since the steps run without a terminal.
privilege_find() {
        PRIVILEGE=()
        if ((EUID == 0)); then
                return 0
        fi
        command -v sudo >/dev/null || return 1
        if ! sudo -n true 2>/dev/null; then
                [[ -t 0 ]] || return 1
                say "sudo will ask for your password, to install the packages."
                sudo -v || return 1
        fi
        PRIVILEGE=(sudo -n)
}

# packages_install NAME…: PRIVILEGE must be set.
packages_install() {
        local -a environment=(DEBIAN_FRONTEND=noninteractive)
        local name
        # sudo drops them, and a network may need them
        for name in http_proxy https_proxy no_proxy; do
                if [[ -n ${!name:-} ]]; then
                        environment+=("$name=${!name}")
                fi
        done
        if [[ -n $(dpkg --audit) ]]; then
                "${PRIVILEGE[@]}" env "${environment[@]}" dpkg --configure -a
        fi
        "${PRIVILEGE[@]}" env "${environment[@]}" apt-get "${APT_OPTIONS[@]}" update
        if packages_bring_postgresql "$@"; then
                packages_forbid_main_cluster
        fi
        "${PRIVILEGE[@]}" env "${environment[@]}" apt-get "${APT_OPTIONS[@]}" install -y --no-install-recommends "$@"
}

APT_OPTIONS=(-q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0)

packages_bring_postgresql() {
        local name
        for name in "$@"; do
                if [[ $name == postgresql-15 ]]; then
                        return 0
                fi
        done
        return 1
}

# Debian makes and starts a cluster `main` with each new PostgreSQL. Nobody asked for one, so it is forbidden while
# this installation runs; a cluster that exists is not touched, and later installations are as the machine's owner
# configured them. Ends the subshell's trap: the file goes away whatever happens.
packages_forbid_main_cluster() {
        trap '"${PRIVILEGE[@]}" rm -f "$CREATECLUSTER_FILE"' EXIT
        trap 'exit 130' INT TERM HUP
        "${PRIVILEGE[@]}" install -d -m 0755 "${CREATECLUSTER_FILE%/*}"
        printf '%s\n' 'create_main_cluster = false' | "${PRIVILEGE[@]}" tee "$CREATECLUSTER_FILE" >/dev/null
}
