#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
#
# Which lines of kernels/, host code of the backend included, the tests of this folder run: a line a
# file, then the lines that none runs; fails below 95 %. A line is run if any template instance of any
# translation unit runs it; what only the device compiler sees is no line.
#
#   tests/simt/coverage.sh [BUILD]      default: build-coverage; g++ and its gcov ($GCOV)
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build-coverage}
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DRANKCHAIN_CUDA=OFF -DRANKCHAIN_SIMT_COVERAGE=ON >/dev/null
cmake --build "$build" --target tests/simt/all
find "$build" -name '*.gcda' -delete
ctest --test-dir "$build/tests/simt" -L cpu -j "$(nproc)" --output-on-failure -Q
source=$PWD
build=$(cd "$build" && pwd)
find "$build/tests/simt" -name '*.gcda' | while read -r data; do
    # From where the compiler ran: it may name the sources from there.
    (cd "$build" && "${GCOV:-gcov}" -t -r -s "$source" "$data" 2>/dev/null)
done | awk '
    /^ *-: +0:Source:/ { file = $0; sub(/^.*Source:(\.\.\/)*/, "", file); ours = file ~ /^kernels\//; next }
    !ours { next }
    match($0, /^ *[^ :]+: *[1-9][0-9]*:/) {
        split($0, part, ":")
        line = part[2] + 0
        if (part[1] ~ /-/) next
        if (!((file, line) in run)) run[file, line] = 0
        if (part[1] !~ /[#=]/) run[file, line] = 1
        if (line > last[file]) last[file] = line
    }
    END {
        for (file in last) {
            lines = hit = 0
            missed = ""
            for (l = 1; l <= last[file]; ++l) {
                if (!((file, l) in run)) continue
                ++lines
                if (run[file, l]) ++hit
                else missed = missed " " l
            }
            printf "%-44s %5d of %5d lines  %6.2f %%%s\n", file, hit, lines, 100 * hit / lines, missed == "" ? "" : "  not:" missed | "sort"
            all += lines
            run_all += hit
        }
        close("sort")
        printf "%-44s %5d of %5d lines  %6.2f %%\n", "kernels/", run_all, all, all ? 100 * run_all / all : 0
        exit !(all > 0 && run_all >= 0.95 * all)
    }'
