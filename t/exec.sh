#!/bin/bash

# Runs a script of t/bench or t/proof by its name, with or without its suffix.

cd "$(dirname "$0")/.." || exit 1

export PERL5LIB="$PWD/t/lib${PERL5LIB:+:$PERL5LIB}"

name=$1
shift

for file in "$name" "$name.t" "$name.pl" "$name.sh"; do
    test -f "$file" || continue

    case $file in
        *.t)  exec prove -v "$file" ;;
        *.pl) exec perl "$file" "$@" ;;
        *.sh) exec bash "$file" "$@" ;;
        *)    exec "$file" "$@" ;;
    esac
done

echo "There is no $name; there are:" >&2
ls "$(dirname "$name")" >&2
exit 1
