#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
#
# Deletes each barrier of kernels/*.cu and *.cuh in turn, __syncthreads(), __syncwarp(), at.sync() and
# whatever else has sync or wait in its name; a program of barriers/ must object to every one under the
# race check, and none where nothing is deleted.
#
#   mutate_barriers.sh SOURCE WORK CXX RACE        RACE: race.cpp's object
set -eu
source=$1 work=$2 cxx=$3 race=$4
rm -rf "$work"
mkdir -p "$work/mutant/kernels"

# Number `k` of the barriers of the file deleted, its line in $work/line; fails if there are not so
# many. What only the device compiler sees is left as it is.
delete() {
    awk -v k="$2" -v said="$work/line" '
        /^#if/ { ++depth; dead[depth] = /ifndef SIMT_HOST|ifdef __CUDA_ARCH__|ifdef __CUDACC__/; host[depth] = /ifdef SIMT_HOST/ }
        /^#else/ { dead[depth] = host[depth] }
        /^#endif/ { --depth }
        {
            alive = 1
            for (i = 1; i <= depth; ++i) if (dead[i]) alive = 0
            done = ""
            rest = $0
            while (alive && match(rest, /[A-Za-z_.]*(sync|wait)[A-Za-z_]*\([^()]*\)/)) {
                name = substr(rest, RSTART, RLENGTH)
                before = done substr(rest, 1, RSTART - 1)
                done = before name
                rest = substr(rest, RSTART + RLENGTH)
                if (before ~ /void $|\/\// || name ~ /_sync\(|^cuda/) continue  # declared, said, exchanged, of the host
                if (++found != k) continue
                done = before "((void)0)"
                print FNR >said
            }
            print done rest
        }
        END { exit found < k }' "$1"
}

# What the program of barriers/ says of the kernels in the folder $2.
run_with() {
    "$cxx" -std=c++17 -O1 -w -fsanitize=thread -ffp-contract=off -isystem "$source/tests/simt/shim" "-I$2" "-I$source" \
        -MMD -MF "$work/$1.d" -x c++ -c "$source/tests/simt/barriers/$1.cu" -o "$work/$1.o"
    "$cxx" -no-pie "$work/$1.o" "$race" -o "$work/$1"
    code=0
    "$work/$1" 2>"$work/said" || code=$?
}

programs=$(cd "$source/tests/simt/barriers" && ls -- *.cu | sed 's/\.cu$//')
for program in $programs; do
    run_with "$program" "$source"
    [ $code -eq 0 ] || { echo "$program, the kernels as they are: $(cat "$work/said")" >&2; exit 1; }
    cp "$work/$program.d" "$work/$program.needs"
done

mutants=0 missed=0
for path in "$source"/kernels/*.cu "$source"/kernels/*.cuh; do
    file=$(basename "$path")
    k=1
    while delete "$path" $k >"$work/mutant/kernels/$file"; do
        mutants=$((mutants + 1)) k=$((k + 1))
        caught=
        for program in $programs; do
            grep -q "kernels/$file\( \|\$\)" "$work/$program.needs" || continue
            run_with "$program" "$work/mutant"
            if [ $code -eq 3 ] && grep -q '^RACE' "$work/said"; then
                caught=$program
                break
            fi
        done
        echo "$file:$(cat "$work/line") deleted: ${caught:+$caught: $(cut -c 1-100 "$work/said")}"
        [ -n "$caught" ] || { echo "nobody misses the barrier at $file:$(cat "$work/line")" >&2; missed=$((missed + 1)); }
    done
    rm "$work/mutant/kernels/$file"
done
[ $mutants -gt 0 ] || { echo "no barrier found" >&2; exit 1; }
echo "$mutants deleted barriers, $missed of them missed by nobody"
[ $missed -eq 0 ]
