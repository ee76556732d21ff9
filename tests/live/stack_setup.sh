#!/usr/bin/env bash
# deploy/setup where everything is there, and what it says to a user who may install nothing.
set -euo pipefail
# shellcheck source=tests/lib/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/tap.sh"
trap 'rm -rf "$WORK"' EXIT

# The best of three, since other tests run beside this one.
best=9
for _ in 1 2 3; do
        timed "$ROOT/deploy/setup" --for test
        best=$(printf '%s\n' "$best" "$SECONDS_TAKEN" | sort -n | head -n 1)
done
equal "silent where nothing is missing" "$OUT" ""
below "and quick" "$best" 1
holds "--check agrees" "$ROOT/deploy/setup" --for test --check
for name in kafka-libs venv-python java postgres-bin cache; do
        holds "--print $name names what exists" test -e "$("$ROOT/deploy/setup" --print "$name")"
done
prefix=$("$ROOT/deploy/setup" --print librdkafka)
version=$(PKG_CONFIG_PATH=${prefix:+$prefix/lib/pkgconfig} pkg-config --modversion rdkafka)
holds "pkg-config finds librdkafka 2.8.0 or newer ($version)" dpkg --compare-versions "$version" ge 2.8.0
printf '%s\n' '#include <librdkafka/rdkafka.h>' '#include <stdio.h>' 'int main(void) { puts(rd_kafka_version_str()); }' \
        >"$WORK/version.c"
read -r -a flags < <(PKG_CONFIG_PATH=${prefix:+$prefix/lib/pkgconfig} pkg-config --cflags --libs rdkafka)
cc -o "$WORK/version" "$WORK/version.c" "${flags[@]}" "-Wl,-rpath,$prefix/lib"
contains "a program linked with it runs it" "$version" "$("$WORK/version" | cut -d- -f1)"

fails "an unknown name is refused" 64 "--print knows" "$ROOT/deploy/setup" --print kafka
fails "an unknown part is refused" 64 "build, run or test" "$ROOT/deploy/setup" --for everything
mkdir -p "$WORK/empty cache"
fails "an empty cache is seen, and what will go into it is said" 1 "$WORK/empty cache/kafka-" \
        env IOCHUB_CACHE="$WORK/empty cache" "$ROOT/deploy/setup" --for run --check

# A machine without PostgreSQL, and a user without rights.
mkdir "$WORK/bin"
cat >"$WORK/bin/dpkg-query" <<'END'
#!/bin/sh
exec /usr/bin/dpkg-query "$@" | grep -v '^postgresql-15 '
END
printf '#!/bin/sh\nexit 1\n' >"$WORK/bin/sudo"
chmod +x "$WORK/bin/"*
without_rights() {
        if ((EUID == 0)); then
                setpriv --reuid=nobody --regid=nogroup --clear-groups -- "$@"
        else
                "$@"
        fi
}
if without_rights test -r "$ROOT/deploy/setup"; then
        fails "without rights it prints the commands and stops" 1 \
                "apt-get install -y --no-install-recommends postgresql-15" \
                without_rights env PATH="$WORK/bin:$PATH" HOME="$WORK" IOCHUB_CACHE="$WORK/none" \
                "$ROOT/deploy/setup" --for build --for run
        holds "and has made nothing" test ! -e "$WORK/none"
else
        skip "without rights it prints the commands and stops" "another user cannot read $ROOT"
fi
finish
