#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
#
# What only a GPU can show, in one file bench/results/gpu_DATE_DEVICE.md: the device, every gpu test,
# compute-sanitizer's four tools, layer.draws/s and counts/s against the goals and the libraries, a
# profile of the main kernels, and from a checkout bench/suite.py's layers and counts.
#
#   bench/gpu_evidence.sh [BUILD]           default: build-cuda (cmake --preset cuda, then build)
#   bench/gpu_evidence.sh --pack DIR [BUILD]
#       what this needs, to be carried to a machine that builds nothing: DIR/gpu_evidence.sh
#
# Needs no network. Needs on the machine: the driver, cuBLAS and cuSOLVER 13 (in the loader's path,
# /usr/local/cuda/lib64, or $CUDA_LIBS); compute-sanitizer and ncu where there are any, and for the
# suite a build of the preset bench and PyTorch in $PYTHON (python3): the file says if not. Exit code
# 0: all passed; 1: something failed, the file says what; 2: not built; 3: no device, and nothing
# was written.
set -u
here=$(cd "$(dirname "$0")" && pwd)
tests="kernels offsets counts spectrum summary backend memory lost"
benches="chain count"

built() {
    for test in $tests; do
        [ -x "$1/${test}_gpu_test" ] || { echo "gpu_evidence.sh: no $1/${test}_gpu_test: build the preset cuda first" >&2; return 1; }
    done
    for bench in $benches; do
        [ -x "$1/${bench}_cuda_bench" ] || { echo "gpu_evidence.sh: no $1/${bench}_cuda_bench" >&2; return 1; }
    done
}

# The counts of instructions that bounds are made of: the newest report's second table.
counts() {
    report=$(ls "$1"/kernel_report_*.md 2>/dev/null | tail -1)
    [ -z "$report" ] || awk -F'|' 'NF == 13 && $3 ~ /gaussian/ { gsub(/ /, "", $2); print $2, $4 + 0, $5 + 0 }' "$report"
}

pack() {
    mkdir -p "$1/bin" "$1/lib" "$1/glibc" || return 1
    for test in $tests; do cp "$2/${test}_gpu_test" "$1/bin/" || return 1; done
    for bench in $benches; do cp "$2/${bench}_cuda_bench" "$1/bin/" || return 1; done
    cp "$0" "$1/gpu_evidence.sh" || return 1
    counts "$here/results" >"$1/counts"
    git -C "$here" describe --always --dirty --abbrev=40 >"$1/commit" 2>/dev/null || echo unknown >"$1/commit"
    # All shared libraries but cuBLAS, cuSOLVER and what they need. Those of the C library apart: a machine with a newer one of
    # its own must not get ours.
    for binary in "$1"/bin/*; do ldd "$binary"; done | awk '/=> \// { print $3 } /^\t\/.*ld-/ { print $1 }' | sort -u |
        while read -r library; do
            case $(basename "$library") in
                libcudart.so*) cp -L "$library" "$1/lib/" ;;
                libcu*.so* | libnv*.so*) ;;
                ld-linux* | libc.so* | libm.so* | libdl.so* | libpthread.so* | librt.so* | libresolv.so*) cp -L "$library" "$1/glibc/" ;;
                *) cp -L "$library" "$1/lib/" ;;
            esac
        done
    # cudart asks for these by name.
    for name in libdl.so.2 libpthread.so.0 librt.so.1; do
        library=$(ldconfig -p | awk -v name="$name" '$1 == name && /x86-64/ { print $NF; exit }')
        [ -z "$library" ] || cp -L "$library" "$1/glibc/"
    done
    du -sh "$1"
}

if [ "${1:-}" = --pack ]; then
    [ $# -ge 2 ] || { echo "gpu_evidence.sh: --pack DIR [BUILD]" >&2; exit 2; }
    built "${3:-$here/../build-cuda}/bin" || exit 2
    pack "$2" "${3:-$here/../build-cuda}/bin"
    exit
fi

if [ -d "$here/glibc" ]; then  # packed
    bin=$here/bin results=$here/results commit=$(cat "$here/commit")
    cuda=${CUDA_LIBS:-/usr/local/cuda/lib64}:/usr/local/nvidia/lib64:/usr/lib/x86_64-linux-gnu:/usr/lib64
    export LD_LIBRARY_PATH="$here/lib:$cuda${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
else
    bin=${1:-$here/../build-cuda}/bin results=$here/results
    commit=$(git -C "$here" describe --always --dirty --abbrev=40 2>/dev/null || echo unknown)
    export LD_LIBRARY_PATH="${CUDA_LIBS:+$CUDA_LIBS:}${LD_LIBRARY_PATH:-}"
fi
built "$bin" || exit 2

# A machine whose C library is older than these programs runs them by the loader they came with.
loader=
"$bin/chain_cuda_bench" --query >/dev/null 2>&1
case $? in
    0 | 1 | 3) ;;
    *) [ ! -d "$here/glibc" ] || loader="$here/glibc/ld-linux-x86-64.so.2 --library-path $here/glibc:$LD_LIBRARY_PATH" ;;
esac

# shellcheck disable=SC2086 # the loader's words
device=$($loader "$bin/chain_cuda_bench" --query 2>&1)
case $? in
    0) ;;
    3) echo "$device; nothing was run, nothing written" >&2; exit 3 ;;
    *) echo "gpu_evidence.sh: the device does not answer: $device" >&2; exit 1 ;;
esac

export RANKCHAIN_REQUIRE_GPU=1 OMP_WAIT_POLICY=passive
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
name=$(echo "$device" | sed 's/,.*//; s/[^A-Za-z0-9]\{1,\}/-/g')
date=$(date -u +%Y-%m-%d)
file=$work/evidence
say() { echo "$*" >>"$file"; }
PATH=$PATH:/usr/local/cuda/bin

say "# On a device, $date"
say
say "\`bench/gpu_evidence.sh\`, commit \`$commit\`."
say
say "$device"
if command -v nvidia-smi >/dev/null; then
    nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,clocks.max.mem,ecc.mode.current,power.limit \
        --format=csv >>"$file" 2>&1
fi

say
say "## Tests"
say
say "| test | passed | failed | skipped | seconds |"
say "|---|---|---|---|---|"
for test in $tests; do
    echo "gpu_evidence.sh: ${test}_gpu_test" >&2
    start=$(date +%s)
    # shellcheck disable=SC2086
    timeout 3600 $loader "$bin/${test}_gpu_test" --gtest_color=no >"$work/log" 2>&1
    code=$?
    passed=$(grep -c '^\[       OK \]' "$work/log")
    bad=$(grep -c '^\[  FAILED  \].*(.* ms)' "$work/log")
    skipped=$(grep -c '^\[  SKIPPED \].*(.* ms)' "$work/log")
    say "| ${test} | $passed | $bad | $skipped | $(($(date +%s) - start)) |"
    if [ $code -ne 0 ] || [ "$passed" -eq 0 ]; then
        failed=1
        { echo "exit code $code"; grep -v '^\[ RUN\|^\[       OK\|^\[---' "$work/log" | head -60; } >>"$work/failures"
    fi
    # What is skipped with a device says why: too little memory.
    grep -B1 '^\[  SKIPPED \].*(.* ms)' "$work/log" >>"$work/skips"
done
for part in failures skips; do
    [ ! -s "$work/$part" ] || { say; say '```'; cat "$work/$part" >>"$file"; say '```'; }
done

say
say "## compute-sanitizer"
say
if command -v compute-sanitizer >/dev/null; then
    filter='*IsTheProduct*:WeightsKernel*:*ChainChecks*-*TenLayers*:*NeitherOrder*'
    for tool in memcheck racecheck initcheck synccheck; do
        for suite in "kernels $filter" "kernels *LargeChecks*-*LongLines*" \
            "counts *TakeTheDraws*:*TakeEveryKind*:*ThoseOfTheCpu*:*EveryGridCounts*:*PlaceChangesNoBit*" "backend *Short*"; do
            test=${suite%% *}
            echo "gpu_evidence.sh: $tool, ${test}_gpu_test ${suite#* }" >&2
            # shellcheck disable=SC2086
            RANKCHAIN_SHORT=1 timeout 3600 compute-sanitizer --tool $tool --error-exitcode 99 \
                $loader "$bin/${test}_gpu_test" --gtest_color=no "--gtest_filter=${suite#* }" >"$work/log" 2>&1
            code=$?
            # A filter that finds nothing shows nothing.
            grep -q '^\[       OK \]' "$work/log" || [ $code -ne 0 ] || code="0, but no test passed"
            say "- $tool, $test \`${suite#* }\`: exit code $code; $(grep -c '^\[       OK \]' "$work/log") tests passed; $(grep 'SUMMARY' "$work/log" | tail -1)"
            if [ "$code" != 0 ]; then
                failed=1
                say '```'
                grep -v '^\[' "$work/log" | head -40 >>"$file"
                say '```'
            fi
        done
    done
else
    say "Not on this machine: not run."
fi

say
say "## Layers a second"
say
counts "$here/results" >"$work/counts"
[ ! -f "$here/counts" ] || cp "$here/counts" "$work/counts"
echo "gpu_evidence.sh: chain_cuda_bench" >&2
# shellcheck disable=SC2086
if ! timeout 1800 $loader "$bin/chain_cuda_bench" "$work/counts" >>"$file" 2>"$work/log"; then
    failed=1
    say
    cat "$work/log" >>"$file"
fi

say
say "## Counts a second"
say
echo "gpu_evidence.sh: count_cuda_bench" >&2
# shellcheck disable=SC2086
if ! timeout 1800 $loader "$bin/count_cuda_bench" >>"$file" 2>"$work/log"; then
    failed=1
    say
    cat "$work/log" >>"$file"
fi

say
say "## Profile"
say
if command -v ncu >/dev/null; then
    profile() { # KERNELS LAUNCHES-TO-SKIP PROGRAM...
        kernels=$1 skipped=$2
        shift 2
        echo "gpu_evidence.sh: ncu, $*" >&2
        say '```'
        # shellcheck disable=SC2086
        timeout 1800 ncu --launch-skip "$skipped" --launch-count 12 --kernel-name "regex:$kernels" \
            --clock-control none --section SpeedOfLight --section Occupancy --section LaunchStats \
            $loader "$@" 2>&1 | grep -v '^==PROF==' | head -400 >>"$file"
        say '```'
    }
    profile 'chain_kernel|lines_kernel|weights_kernel' 20 "$bin/chain_cuda_bench"
    profile 'tridiagonal_kernel|bidiagonal_kernel|panels_kernel' 0 "$bin/count_cuda_bench" --once
else
    say "No ncu on this machine: not run."
fi

say
say "## Beside the libraries"
say
python=${PYTHON:-python3}
suite=$here/../build-bench
if [ ! -f "$here/suite.py" ] || [ ! -x "$suite/bin/suite_worker" ] || [ ! -f "$suite/lib/libcomposed.so" ]; then
    say "No checkout with a build of the preset bench and CUDA: bench/suite.py was not run."
elif ! "$python" -c 'import torch' 2>/dev/null; then
    say "No PyTorch in $python: bench/suite.py was not run."
else
    echo "gpu_evidence.sh: suite.py" >&2
    rivals=$(PYTHONPATH=$here/rivals "$python" -c \
        'from contestants import CONTESTANTS; print(",".join(name for name, device, *_ in CONTESTANTS if device == "cuda"))')
    if timeout 7200 "$python" "$here/suite.py" --build "$suite" --only 'layer ' --only counts --contestants "$rivals" \
        --output "$work/suite" >"$work/log" 2>&1; then
        sed 's/^#/###/' "$work"/suite/*.md >>"$file"
        ! grep -q '^- rankchain-cuda: \|\*\*rankchain.*computes it wrong' "$work"/suite/*.md || failed=1
    else
        failed=1
        say '```'
        tail -40 "$work/log" >>"$file"
        say '```'
    fi
fi

say
[ $failed -eq 0 ] && say "All passed." || say "**Something failed.**"
mkdir -p "$results" && cp "$file" "$results/gpu_${date}_$name.md" && echo "$results/gpu_${date}_$name.md"
for samples in "$work"/suite/*.json; do
    [ ! -f "$samples" ] || cp "$samples" "$results/gpu_${date}_$name.json"
done
exit $failed
