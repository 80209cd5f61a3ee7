# What the scripts of this folder share. Source it; it sets $root and moves there.
# shellcheck shell=bash

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() { printf '%s\n' "$*"; }
die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Debian keeps the broker in sbin, which is not on everybody's path.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# packages_of GROUP: the packages of that group in scripts/packages.
packages_of() { awk -v group="$1" '$1 == group { print $2 }' scripts/packages; }

# missing_of GROUP: those of them that are not installed.
missing_of() {
    local package
    for package in $(packages_of "$1"); do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || say "$package"
    done
}

# configure_and_build PRESET [cmake -D options]: builds it, with ccache where there is one.
configure_and_build() {
    local preset=$1 log
    shift
    if command -v ccache >/dev/null; then
        export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
    fi
    log=$(mktemp)
    if ! cmake --preset "$preset" "$@" >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
    cmake --build --preset "$preset"
}

# build_quietly PRESET [cmake -D options]: the same, and says something only when it fails.
build_quietly() {
    local log
    log=$(mktemp)
    if ! configure_and_build "$@" >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}
