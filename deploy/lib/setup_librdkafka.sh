# shellcheck shell=bash
# librdkafka: Debian 13's own source package, rebuilt with this machine's compiler and unpacked into a private prefix.
# apt gets a configuration, lists and a cache of its own, so that /etc/apt and the system's library stay as they are.

RDKAFKA_SUITE=trixie
RDKAFKA_MIRROR_FALLBACK=http://deb.debian.org/debian
DEBIAN_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# librdkafka_build PREFIX: the whole recipe; PREFIX appears complete or not at all.
librdkafka_build() {
        local prefix=$1 work stage
        # Not under the cache: the package's own build does not bear blanks in its path.
        work=$(mktemp -d "/var/tmp/iochub-librdkafka.XXXXXXXX")
        # shellcheck disable=SC2064 # the value of now is meant
        trap "rm -rf '$work'" EXIT
        trap 'exit 130' INT TERM HUP
        librdkafka_apt_configuration "$work"
        librdkafka_fetch "$work"
        librdkafka_compile "$work"
        stage=$(mktemp -d "$(cache_dir)/tmp.librdkafka.XXXXXXXX")
        librdkafka_unpack "$work" "$stage" "$prefix"
        rm -rf "$prefix"
        mv -T "$stage" "$prefix"
}

# The mirror that this machine's own Debian sources name: what its network reaches.
librdkafka_mirror() {
        local release uri
        release=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-bookworm}")
        # shellcheck disable=SC2016 # the names are apt's, not the shell's
        uri=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
                awk -v release="$release" '$1 == release && $2 == "main" && $3 ~ /debian\/?$/ { print $3; exit }')
        printf '%s' "${uri:-$RDKAFKA_MIRROR_FALLBACK}"
}

librdkafka_apt_configuration() {
        local work=$1 mirror
        mirror=$(librdkafka_mirror)
        echo "mirror: $mirror"
        mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial" "$work/source"
        cat >"$work/apt/sources.sources" <<END
Types: deb-src
URIs: $mirror
Suites: $RDKAFKA_SUITE
Components: main
Signed-By: $DEBIAN_KEYRING
END
        # The machine's hooks around `apt-get update` are meant for the machine's own lists. The sandbox user could
        # not enter the folder.
        cat >"$work/apt/apt.conf" <<END
Dir::Etc::sourcelist "$work/apt/sources.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::State::lists "$work/apt/lists";
Dir::Cache "$work/apt/cache";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Sandbox::User "";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
END
}

librdkafka_fetch() {
        local work=$1 version
        apt-get -c "$work/apt/apt.conf" -q update
        version=$(apt-cache -c "$work/apt/apt.conf" showsrc --only-source librdkafka |
                sed -n "s/^Version: \\(${RDKAFKA_VERSION//./\\.}-.*\\)/\\1/p" | head -n 1)
        if [[ -z $version ]]; then
                echo "the mirror's $RDKAFKA_SUITE has no librdkafka $RDKAFKA_VERSION"
                return 1
        fi
        cd "$work/source" || return
        apt-get -c "$work/apt/apt.conf" -q source "librdkafka=$version"
}

librdkafka_compile() {
        cd "$1/source/librdkafka-$RDKAFKA_VERSION" || return
        DEB_BUILD_OPTIONS="nocheck noddebs parallel=$(nproc)" dpkg-buildpackage -b -us -uc
}

librdkafka_unpack() {
        local work=$1 stage=$2 prefix=$3 multiarch escaped
        multiarch=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
        mkdir "$work/root"
        dpkg -x "$work"/source/librdkafka1_*.deb "$work/root"
        dpkg -x "$work"/source/librdkafka-dev_*.deb "$work/root"
        cp -a "$work/root/usr/include" "$stage/include"
        cp -a "$work/root/usr/lib/$multiarch" "$stage/lib"
        cp -a "$work/root/usr/share" "$stage/share"
        # The C++ library is not unpacked: nothing here uses it.
        rm -f "$stage"/lib/librdkafka++* "$stage"/lib/pkgconfig/rdkafka++.pc
        escaped=${prefix// /\\ }
        sed -i -e "s|^prefix=.*|prefix=${escaped//\\/\\\\}|" -e "s|^libdir=.*|libdir=\${prefix}/lib|" \
                -e "s|^includedir=.*|includedir=\${prefix}/include|" "$stage/lib/pkgconfig/rdkafka.pc"
        chmod 0755 "$stage"
}
