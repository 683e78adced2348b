#!/bin/bash

# "make run": conf-examples/quickstart.conf in the foreground, from a copy in
# a directory that is removed at the end.
#
# NGINX_BIN=, MODULE=, PORT=, DEMO_PORT=

set -m    # nginx in a process group of its own: a Ctrl-C is for this script

cd "$(dirname "$0")/.." || exit 1

# nginx itself reads this one
unset NGINX

NGINX_BIN=${NGINX_BIN:-nginx}
MODULE=${MODULE-$PWD/build/ngx_http_urlmeta_module.so}
PORT=${PORT:-8080}
DEMO_PORT=${DEMO_PORT:-8081}

prefix=$(mktemp -d "${TMPDIR:-/tmp}/urlmeta-run-XXXXXXXX") || exit 1
nginx=
tail=


finish() {
    trap '' INT TERM HUP
    trap - EXIT

    if [ -n "$nginx" ]; then
        kill -QUIT "$nginx" 2> /dev/null

        for _ in $(seq 30); do
            kill -0 "$nginx" 2> /dev/null || break
            sleep 0.1
        done

        # clients that keep their connections busy
        kill -TERM "$nginx" 2> /dev/null
        wait "$nginx" 2> /dev/null
    fi

    if [ -n "$tail" ]; then
        kill "$tail" 2> /dev/null
        wait "$tail" 2> /dev/null
    fi

    rm -rf "$prefix"
    exit "${1:-0}"
}


trap 'finish 1' EXIT
trap 'echo; echo "Stopped."; finish 0' INT TERM HUP


# Workers may run as another user than who reads this.

chmod 755 "$prefix"
cp -r conf-examples/quickstart "$prefix/" || exit 1
chmod -R a+rX "$prefix/quickstart"

load="load_module $MODULE;"

if [ -z "$MODULE" ]; then
    load=
fi

LC_ALL=C sed -e "s,^ *load_module .*ngx_http_urlmeta_module\.so;,$load," \
             -e "s,127\.0\.0\.1:8081,127.0.0.1:$DEMO_PORT,g" \
             -e "s,127\.0\.0\.1:8080,127.0.0.1:$PORT,g" \
    conf-examples/quickstart.conf > "$prefix/quickstart.conf" || exit 1

: > "$prefix/access.log"

"$NGINX_BIN" -p "$prefix/" -c "$prefix/quickstart.conf" -e stderr \
         -g "daemon off;" < /dev/null &
nginx=$!

up=

for _ in $(seq 100); do
    if ! kill -0 "$nginx" 2> /dev/null; then
        break
    fi

    if [ -s "$prefix/nginx.pid" ] \
       && (exec 3<> "/dev/tcp/127.0.0.1/$PORT") 2> /dev/null
    then
        up=yes
        break
    fi

    sleep 0.1
done

if [ -z "$up" ]; then
    echo "nginx did not start.  Where a port is taken, choose others:" \
         "make run PORT=$((PORT + 1000)) DEMO_PORT=$((DEMO_PORT + 1000))" >&2
    exit 1
fi

cat << EOF

  http://127.0.0.1:$PORT/
  http://127.0.0.1:$PORT/card?url=http://127.0.0.1:$DEMO_PORT/article.html
  http://127.0.0.1:$PORT/card.html?url=http://127.0.0.1:$DEMO_PORT/product.html

Ctrl-C stops it.  Requests:

EOF

tail -n +1 -f "$prefix/access.log" &
tail=$!

wait "$nginx"
status=$?
nginx=
echo "nginx ended." >&2
finish $status
