#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
#
# What the compiler made of the chain kernels, as tables in Markdown; needs no GPU.
#
#   bench/kernel_report.sh [ARCH...]      default: sm_80 sm_90 sm_100
#
# 1. Registers, stack and spills of every __global__ function and instance (ptxas -v).
# 2. Instructions that a warp issues a layer in the shipped kernels on tensor cores, counted from SASS
#    of the first ARCH that is sm_90 (or the first): batch normalisation, linear, scale 1, no
#    residual, d = N; all that is decided at run time included (count_layer.awk).
# 3. The bounds on layer.draws/s that follow for an H100 SXM, 132 SMs at 1.755 GHz (assumed), one by
#    one as if nothing else cost: issue, four instructions a clock and SM; shared memory, 128 bytes a
#    clock and SM; tensor cores at their full rate, a float32 mma (tf32, 16 x 8 x 8) a clock and SM, a
#    float64 one in eight. Counted from code, not measured.
#
# 2 and 3 need cuobjdump and nvdisasm: on PATH, or in $CUDA_TOOLS.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- sm_80 sm_90 sm_100
PATH="${CUDA_TOOLS:+$CUDA_TOOLS:}$PATH"
nvcc=${NVCC:-nvcc}

echo "| kernel | arch | registers | stack, bytes | spilled, bytes (stores/loads) |"
echo "|---|---|---|---|---|"
for arch; do
    for source in kernels/*.cu; do
        NVCC="$nvcc" bench/kernel_registers.sh "$arch" "$source" "$work/$(basename "$source" .cu).$arch.cubin"
    done
done

if ! command -v cuobjdump >/dev/null || ! command -v nvdisasm >/dev/null; then
    echo "kernel_report.sh: no cuobjdump and nvdisasm on PATH or in CUDA_TOOLS: instructions not counted" >&2
    exit 0
fi
counted=$1
for arch; do [ "$arch" != sm_90 ] || counted=sm_90; done
case $counted in # where a launch's words begin in constant bank 0
    sm_[5-8]*) base=352 ;;
    sm_9*) base=528 ;;
    *) base=896 ;;
esac
for kernels in chain_tensor32 chain_tensor64; do
    cuobjdump -sass "$work/$kernels.$counted.cubin" >"$work/$kernels.sass"
done
"${CXX:-c++}" -std=c++17 -w -isystem tests/simt/shim -I. bench/kernel_report_launch.cpp -o "$work/launch"
"$work/launch" | while read -r precision law d words; do
    case $precision in
        float32) kernels=chain_tensor32 type=f ;;
        *) kernels=chain_tensor64 type=d ;;
    esac
    case $law in
        gaussian) rows=GaussianRows ;;
        *) rows=SignRows ;;
    esac
    echo "$precision $law $d $words" >"$work/words"
    awk -v base="$base" -v function_name="TensorHiddenI${type}Li$((d / 8))EE.*$rows" \
        -f bench/sass.awk -f bench/count_layer.awk "$work/words" "$work/$kernels.sass"
done >"$work/counts"

echo
echo "| precision | weights | d = N | instructions a warp and layer, $counted | Philox | words to weights | loads | mma | start and norm | stores | rest |"
echo "|---|---|---|---|---|---|---|---|---|---|---|"
sed 's/^/| /; s/$/ |/; s/ \([^| ]\)/ | \1/2g' "$work/counts"
echo
echo "| precision | weights | d = N | issue | shared memory | tensor cores | least | goal |"
echo "|---|---|---|---|---|---|---|---|"
awk 'BEGIN {
    goal["float32 32"] = 5e8; goal["float32 64"] = 1.2e8; goal["float32 128"] = 2.3e7
    goal["float64 32"] = 4e8; goal["float64 64"] = 6e7; goal["float64 128"] = 8e6
}
{
    clocks = 132 * 1.755e9 / ($3 / 16)
    issue = 4 * clocks / $4
    shared = clocks / (4 * ($7 + $10))
    tensor = clocks / ($8 * ($1 == "float32" ? 1 : 8))
    least = issue < shared ? issue : shared
    if (tensor < least) least = tensor
    limit = least == issue ? "issue" : (least == shared ? "shared memory" : "tensor cores")
    printf "| %s | %s | %d | %.2e | %.2e | %.2e | %s | %s |\n", $1, $2, $3, issue, shared, tensor, limit,
        $2 == "gaussian" ? sprintf("%.1e", goal[$1 " " $3]) : ""
}' "$work/counts"
