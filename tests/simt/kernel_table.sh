#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
#
# Every __global__ function and template instance of the kernels, with the tests that ran it, as a
# table in Markdown, and the most orders of threads that a test ran it in; fails if there is one that none
# ran in at least 20, and one that none ran under the race check.
#
#   kernel_table.sh LAUNCHES PROGRAMS TABLE OBJECT...
#
# LAUNCHES holds what launches.cpp wrote, PROGRAMS the tests' programs, the OBJECTs are the kernels'.
# The shim marks a kernel's name by the ABI tag "global"; what is inside of it, lambdas say, has it too.
set -eu
launches=$1 programs=$2 table=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

kernels() { # "address symbol" of each kernel
    nm "$1" | awk '$2 ~ /^[tTwWuU]$/ && $3 ~ /^_Z.*B6global/ { print $1, $3 }' >"$work/symbols"
    cut -d ' ' -f 2 "$work/symbols" | c++filt | paste -d ' ' "$work/symbols" - |
        awk '!/\[abi:global\].*(\)::|\[clone)/ { print $1, $2 }'
}

for object; do kernels "$object" || exit 1; done | cut -d ' ' -f 2 | sort -u >"$work/all"
[ -s "$work/all" ] || { echo "no kernel in $*" >&2; exit 1; }
for log in "$launches"/*; do
    program=$(basename "$log")
    kernels "$programs/$program" >"$work/kernels"
    case $program in *_race_test) how=race ;; *) how=plain ;; esac
    awk -v how=$how 'NR == FNR { runs[$1] = runs[$1] " " $2 " " $3; next }
        { n = split(runs[$1], run, " "); for (i = 1; i < n; i += 2) print $2, how, run[i], run[i + 1] }' "$log" "$work/kernels"
done | sort -u >"$work/runs"

c++filt <"$work/all" | sed 's/rankchain::cuda:://g; s/rankchain::arith:://g; s/(anonymous namespace):://g
    s/\[abi:global\]//; s/^void //; s/>(.*/>/; /<.*>$/!s/(.*//' | paste -d ' ' "$work/all" - |
    awk -v table="$table" '
        FILENAME == "-" { symbol = $1; sub(/^[^ ]* /, ""); name[symbol] = $0; order[++kernels] = symbol; next }
        {
            tests[$1, $2] = tests[$1, $2] (tests[$1, $2] == "" ? "" : ", ") $3
            if ($4 > orders[$1, $2]) orders[$1, $2] = $4
            any[$2] = 1
        }
        END {
            print "| kernel | orders | run by | under the race check by |\n|---|---|---|---|" >table
            for (i = 1; i <= kernels; ++i) {
                k = order[i]
                print "| `" name[k] "` | " orders[k, "plain"] " | " tests[k, "plain"] " | " tests[k, "race"] " |" >table
                if (orders[k, "plain"] < 20) { print "no test runs in 20 orders " name[k]; bad = 1 }
                if (any["race"] && tests[k, "race"] == "") { print "no test runs under the race check " name[k]; bad = 1 }
            }
            print kernels " kernels: " table
            exit bad
        }' - "$work/runs"
