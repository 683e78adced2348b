#!/bin/bash

# Installs what it takes to build and test the module, on Debian and its
# derivatives; elsewhere it says what to install.  With --missing it is silent
# where nothing is missing.

build="build-essential nginx nginx-dev libcurl4-openssl-dev libxml2-dev
       libjansson-dev libidn2-dev libpsl-dev libuchardet-dev zlib1g-dev
       libssl-dev libpcre2-dev"
tests="perl openssl curl wrk ca-certificates xz-utils patch iproute2"

# some tests are skipped without these, whoever made them: command:package
optional="node:nodejs php:php-cli python3:python3"

if ! command -v apt-get > /dev/null || ! command -v dpkg-query > /dev/null
then
    if [ "$1" = --missing ]; then
        exit 0
    fi

    cat << EOF
This is no Debian system.  Please install:

  - a C compiler and make
  - nginx, and its source of the same version for NGINX_SRC=
  - libcurl 7.85 or later, libxml2, jansson, libidn2, libpsl, uchardet, zlib,
    OpenSSL 1.1 or later, PCRE2: each with its headers
  - for the tests: perl with prove, openssl, curl, wrk, ip and unshare; node,
    php and python3 for some of them
EOF
    exit 0
fi

missing=
wanted=

if [ "$1" != --missing ]; then
    for pair in $optional; do
        command -v "${pair%%:*}" > /dev/null || wanted="$wanted ${pair#*:}"
    done
fi

for package in $build $tests; do
    status=$(dpkg-query -W -f '${Status}' "$package" 2> /dev/null)

    if [ "$status" != "install ok installed" ]; then
        missing="$missing $package"
    fi
done

if [ -z "$missing$wanted" ]; then
    test "$1" = --missing || echo "All that is needed is installed."
    exit 0
fi

echo "To be installed:$missing$wanted"

as_root=

if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo > /dev/null; then
        test -n "$missing" || exit 0
        echo "Run \"make deps\" as root: there is no sudo." >&2
        exit 1
    fi

    as_root=sudo
fi

export DEBIAN_FRONTEND=noninteractive

install()
{
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y --no-install-recommends install "$@" < /dev/null
}

$as_root apt-get -q update

status=$?

if [ $status = 0 ] && [ -n "$missing" ]; then
    install $missing
    status=$?
fi

if [ $status != 0 ] && [ -n "$missing" ]; then
    echo "apt-get failed; \"apt-get install$missing\" is what is needed." >&2
    exit $status
fi

if [ -n "$wanted" ] && ! install $wanted; then
    echo "Without$wanted some tests will be skipped." >&2
fi

exit 0
