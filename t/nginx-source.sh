#!/bin/bash

# Puts nginx's source, as Debian patches it, into DIRECTORY/nginx.
#
# t/nginx-source.sh DIRECTORY
#
# The package comes from where this machine takes its packages, by an apt
# configuration of our own: nothing of the system is changed, and no root is
# needed.  A mirror may list a version that it does not have any more, so the
# next older one is tried.  NGINX_SOURCE=, a directory, is used as it is.

set -e -o pipefail

directory=$1
mkdir -p "$directory"
cd "$directory"
directory=$(pwd)

if [ -n "$NGINX_SOURCE" ]; then
    rm -rf nginx
    cp -r "$NGINX_SOURCE" nginx
    exit 0
fi

if ! command -v apt-get > /dev/null; then
    echo "There is no apt-get: set NGINX_SOURCE= to nginx's source." >&2
    exit 1
fi

apt=$directory/apt
rm -rf "$apt"
mkdir -p "$apt/sources" "$apt/lists/partial" "$apt/cache/archives/partial"


# Both forms of apt's sources, with "deb" made "deb-src".

for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    test -f "$file" || continue
    sed -n -e 's/^[[:space:]]*deb\(-src\)\?[[:space:]]\+/deb-src /p' "$file"
done | sort -u > "$apt/sources/all.list"

for file in /etc/apt/sources.list.d/*.sources; do
    test -f "$file" || continue
    sed -e 's/^Types:.*/Types: deb-src/' "$file" \
        > "$apt/sources/$(basename "$file")"
done

options=(
    -q
    -o "Dir::Etc::sourcelist=/dev/null"
    -o "Dir::Etc::sourceparts=$apt/sources"
    -o "Dir::State::lists=$apt/lists"
    -o "Dir::Cache=$apt/cache"
    -o "APT::Sandbox::User=$(id -un)"
    -o "Acquire::Languages=none"
    -o "Acquire::Retries=3"
)

# some of the sources may have no source packages
apt-get "${options[@]}" update < /dev/null > "$apt/log" 2>&1 || true

versions=$(apt-cache "${options[@]}" showsrc nginx 2>> "$apt/log" \
           | sed -n 's/^Version: //p' | sort -u -V -r)

for version in $versions; do
    echo "nginx $version: source package"

    if apt-get "${options[@]}" --download-only source "nginx=$version" \
               < /dev/null >> "$apt/log" 2>&1
    then
        rm -rf nginx nginx.new
        dpkg-source --no-check -x nginx_"${version#*:}".dsc nginx.new \
            >> "$apt/log" 2>&1
        mv nginx.new nginx
        rm -rf "$apt/lists" "$apt/cache"
        exit 0
    fi

    echo "nginx $version: not to be had"
done

tail -n 5 "$apt/log" >&2
echo "No source of nginx: set NGINX_SOURCE= to a directory with it." >&2
exit 1
