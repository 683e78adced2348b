#!/bin/bash

# Runs nginx's configure with this module.
#
# t/configure.sh dynamic|static SOURCE BUILDDIR [FLAG ...]

set -e -o pipefail

link=$1
source=$2
build=$3
shift 3

root=$(cd "$(dirname "$0")/.." && pwd)
flags=()

if [ ! -d "$source" ]; then
    echo "$source: no source of nginx there. \"make deps\" installs it" \
         "(nginx-dev) on Debian, NGINX_SRC= names another." >&2
    exit 1
fi

cd "$source"

if [ "$link" = dynamic ]; then
    flags+=(--add-dynamic-module="$root")

    buildflags() {
        (cd "$root" && dpkg-buildflags --get "$1" 2>/dev/null) || true
    }

    if [ -f conf_flags ]; then
        # nginx-dev: what this nginx was configured with
        . ./conf_flags
        flags+=("${NGX_CONF_FLAGS[@]}")

    else
        # the module loads where the signature is the same
        flags+=(--with-compat)
    fi

    flags+=(--with-cc-opt="$(buildflags CFLAGS) -fPIC $(buildflags CPPFLAGS) \
$CFLAGS"
            --with-ld-opt="$(buildflags LDFLAGS) -fPIC $LDFLAGS")

else
    flags+=(--add-module="$root")
fi

configure=./configure
test -x $configure || configure=auto/configure

rm -rf "$build"
mkdir -p "$build"

echo "configuring nginx in $build"

if ! $configure --builddir="$build" "${flags[@]}" "$@" > "$build/configure.log"
then
    # what was looked for and not found, and why that matters
    tail -n 8 "$build/configure.log" >&2
    echo "the whole of it is in $build/configure.log" >&2
    exit 1
fi
