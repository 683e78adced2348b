#!/bin/bash

# fuzz [SECONDS [TARGET...]]: each target for so long.  What it learns is kept
# in build/fuzz/corpus, what it finds in t/fuzz/crashes, to be run ever after.
#
# replay: the seeds, and what was found, once, with any compiler.

cd "$(dirname "$0")/../.." || exit 1

build=build/fuzz
seconds=${1:-60}
shift

# one of them has nginx's own objects in it
record=
test ! -e build/source/nginx/src/core/nginx.h || record=record
test $# -gt 0 || set -- card charset core freshness html jsonld policy \
                        $record signature url

shopt -s nullglob

if test "$seconds" = replay; then
    make -s -j2 -f t/fuzz/Makefile BUILD=$build replay || exit 1

    for target in "$@"; do
        echo "# $target"
        $build/replay-$target t/fuzz/seeds/$target/* \
            t/fuzz/crashes/$target/* > $build/replay.log 2>&1 \
            || { tail -40 $build/replay.log; exit 1; }
        tail -1 $build/replay.log
    done

    exit 0
fi

make -s -j2 -f t/fuzz/Makefile BUILD=$build CLANG="${CLANG:-clang}" fuzz \
    || exit 1

failed=0

for target in "$@"; do
    mkdir -p $build/corpus/$target t/fuzz/crashes/$target
    echo "# $target, $seconds s"

    if ! $build/fuzz-$target -max_total_time="$seconds" -max_len=8192 \
        -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix=t/fuzz/crashes/$target/ \
        $build/corpus/$target t/fuzz/seeds/$target \
        > $build/$target.log 2>&1
    then
        failed=1
        tail -40 $build/$target.log
    fi

    grep -E '^stat::(number_of_executed_units|new_units_added|peak_rss_mb)' \
        $build/$target.log
done

exit $failed
