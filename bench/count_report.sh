#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
#
# What the compiler made of the kernels that count ranks, and the bound on counts a second that
# follows, as tables in Markdown; needs no GPU.
#
#   bench/count_report.sh [ARCH...]      default: sm_80 sm_90 sm_100
#
# 1. Registers, stack and spills of every instance (ptxas -v).
# 2. What a warp issues in one turn of each loop, counted from SASS of the first ARCH that is sm_90 (or the
#    first), H in float32 (count_loops.awk).
# 3. Of one matrix n x n with five thresholds, from H to the counts: instructions, float64 operations of
#    threads, tensor-core products of 16 x 8 x 8, bytes of shared memory. Of a step the tile columns that are
#    left, each with all its rows, so somewhat more than is done.
# 4. The bounds that follow for an H100 SXM, 132 SMs at 1.755 GHz (assumed), one by one as if nothing else
#    cost: issue, four instructions a clock and SM; float64, 64 operations a clock and SM, and tensor cores, a
#    product in eight clocks; shared memory, 128 bytes a clock and SM, as if no two lanes read the same; reading H
#    once, 3 TB/s. Counted from code, not measured; the time that a step's chain of operations takes is not
#    in them.
#
# Between 1 and 2, of the bidiagonal form and of the tridiagonal by panels, what 3 and 4 are of the tridiagonal in
# registers: a thread's loops are unrolled there, and what they do is counted from their layout
# (count_report_layout.cpp).
#
# 2 to 4 need cuobjdump: on PATH, or in $CUDA_TOOLS.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- sm_80 sm_90 sm_100
PATH="${CUDA_TOOLS:+$CUDA_TOOLS:}$PATH"

echo "| kernel | arch | registers | stack, bytes | spilled, bytes (stores/loads) |"
echo "|---|---|---|---|---|"
for arch; do
    for form in tridiagonal tridiagonal_panels bidiagonal; do
        bench/kernel_registers.sh "$arch" "kernels/$form.cu" "$work/$form.$arch.cubin"
    done
done

"${CXX:-c++}" -std=c++17 -w -isystem tests/simt/shim -I. bench/count_report_layout.cpp -o "$work/layout"
echo
"$work/layout"

if ! command -v cuobjdump >/dev/null; then
    echo "count_report.sh: no cuobjdump on PATH or in CUDA_TOOLS: instructions not counted" >&2
    exit 0
fi
counted=$1
for arch; do [ "$arch" != sm_90 ] || counted=sm_90; done
cuobjdump -sass "$work/tridiagonal.$counted.cubin" >"$work/sass"
for a in 1 2 3 4; do
    awk -v function_name="tridiagonal_kernelILi${a}Ef" -f bench/sass.awk -f bench/count_loops.awk "$work/sass" | sed "s/^/$a /"
done >"$work/loops"

echo
echo "| sides | warps | loop, $counted | instructions | float64 | products | shared memory, 128 bytes |"
echo "|---|---|---|---|---|---|---|"
awk '{ printf "| to %d | %d | %s | %d | %d | %d | %d |\n", 32 * $1, $1 * $1, $2, $3, $4, $5, $6 }' "$work/loops"
echo
awk -v ranks=5 '
{ for (k = 3; k <= 6; k++) loop[$1, $2, k] = $k }
# Share of the tile columns that are left, over the steps.
function left(a, n,    skip, s, q, c, sum) {
    skip = int((32 * a - n) / 8) * 8
    for (s = skip; s < skip + n - 1; s++)
        for (q = 0; q < a; q++) for (c = 0; c < 4; c++) sum += q + a * c >= int((s + 1) / 8)
    return sum / (4 * a * n)
}
function total(a, n, k,    warps) {  # of column k: 3 instructions, 4 float64, 5 products, 6 shared memory
    warps = a * a
    return loop[a, "scan", k] * n * n / 32 + warps * (loop[a, "product", k] * n / 8 + n * (loop[a, "pass", k] + loop[a, "after", k] + left(a, n) * loop[a, "tiles", k]) + loop[a, "rest", k]) \
        + n * loop[a, "reflect", k] + int((2 * ranks + 31) / 32) * n * loop[a, "count", k]
}
END {
    split("8 16 32 33 64 65 96 97 128", sizes, " ")
    goal[32] = 3e7; goal[64] = 5e6; goal[128] = 6e5
    print "| n | instructions | float64 operations | products | shared memory, bytes |"
    print "|---|---|---|---|---|"
    for (i = 1; i <= 9; i++) {
        n = sizes[i]; a = int((n + 31) / 32)
        printf "| %d | %.3g | %.3g | %d | %.3g |\n", n, total(a, n, 3), 32 * total(a, n, 4), total(a, n, 5), 128 * total(a, n, 6)
    }
    print "\n| n | issue | float64 | shared memory | H from memory | least | goal |"
    print "|---|---|---|---|---|---|---|"
    for (i = 1; i <= 9; i++) {
        n = sizes[i]; a = int((n + 31) / 32)
        clocks = 132 * 1.755e9
        issue = clocks / (total(a, n, 3) / 4)
        wide = clocks / (total(a, n, 4) / 2 + 8 * total(a, n, 5))
        shared = clocks / total(a, n, 6)
        memory = 3e12 / (4 * n * n)
        least = issue < wide ? issue : wide
        if (shared < least) least = shared
        if (memory < least) least = memory
        limit = least == issue ? "issue" : (least == wide ? "float64" : (least == shared ? "shared memory" : "H from memory"))
        printf "| %d | %.2e | %.2e | %.2e | %.2e | %s | %s |\n", n, issue, wide, shared, memory, limit, \
            n in goal ? sprintf("%.0e", goal[n]) : ""
    }
}' "$work/loops"
