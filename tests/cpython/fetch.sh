#!/bin/sh
# fetch.sh FOLDER: CPython 3.14's own test package, from Debian's archive, as FOLDER/test.
# fetch.sh FOLDER python: CPython 3.14 itself, as FOLDER/usr/bin/python3.14.
# Exits 0 when it is there, 1 when this machine cannot get it (no apt, no network).
set -eu
dir=$1
if [ "${2-}" = python ]; then
    there=$dir/usr/bin/python3.14
    packages="python3.14-minimal libpython3.14-minimal libpython3.14-stdlib"
else
    there=$dir/test/support/__init__.py
    packages="libpython3.14-testsuite libpython3.14-stdlib"
fi
[ -e "$there" ] && exit 0
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/parts" "$work/lists/partial" "$work/cache/archives/partial" "$work/debs" "$work/tree"
# The machine's own Debian source, turned to the suite that carries Python 3.14.
source=$(grep -lsE '^Suites:.*(bookworm|trixie|forky)' /etc/apt/sources.list.d/*.sources | head -n 1)
[ -n "$source" ] || exit 1
awk 'BEGIN{RS="";ORS="\n\n"} /Suites: *[a-z]+( |\n)/ && !/security/ {print; exit}' "$source" |
    sed -E 's/^Suites:.*/Suites: sid/; s/^Components:.*/Components: main/' > "$work/parts/sid.sources"
apt() {
    apt-get -qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/parts" -o Dir::State::Lists="$work/lists" \
        -o Dir::Cache="$work/cache" -o Dir::State::status=/dev/null -o APT::Sandbox::User=root "$@" >&2
}
apt update || exit 1
(cd "$work/debs" && apt download $packages) || exit 1
for package in "$work"/debs/*.deb; do dpkg-deb -x "$package" "$work/tree"; done
mkdir -p "$dir"
if [ "${2-}" = python ]; then
    cp -r "$work/tree/usr" "$dir/"
else
    cp -r "$work/tree/usr/lib/python3.14/test" "$dir/"
fi
