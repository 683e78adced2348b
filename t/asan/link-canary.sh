#!/bin/bash

# Links the objects of the sanitizer build once more, with canary.c.
#
# t/asan/link-canary.sh SOURCE BUILDDIR FLAGS

set -e

here=$(cd "$(dirname "$0")" && pwd)
source=$1
build=$2
flags=$3

cd "$source"

cc -c $flags -I src/core -I src/event -I src/event/modules -I src/os/unix \
   -I "$build" -o "$build/canary.o" "$here/canary.c"

# nginx's makefile knows one name for what it links

mv "$build/nginx" "$build/nginx.clean"
trap 'mv "$build/nginx.clean" "$build/nginx"' EXIT

ASAN_OPTIONS=detect_leaks=0 make -f "$build/Makefile" binary \
    LINK="cc -Wl,--wrap=urlmeta_url_parse $build/canary.o" > "$build/canary.log"

mv "$build/nginx" "$build/canary"
