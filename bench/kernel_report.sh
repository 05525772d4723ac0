#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
#
# What the compiler made of the chain kernels, as tables in Markdown; needs no GPU.
#
#   bench/kernel_report.sh [ARCH...]      default: sm_80 sm_90 sm_100
#
# 1. Registers, stack and spills of every __global__ function and instance (ptxas -v).
# 2. Instructions a warp executes a layer, counted from SASS of the first ARCH that is sm_90 (or the
#    first), batch normalisation, linear, no residual, d = N; and the bound on layer.draws/s that
#    issue alone sets: four instructions a clock and SM, 132 SMs at 1.755 GHz (H100 SXM, assumed),
#    d / 16 warps a draw. A bound counted from code, not a measurement. Needs cuobjdump and nvdisasm:
#    on PATH, or in $CUDA_TOOLS.
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
        "$nvcc" -std=c++17 -arch="$arch" -I. -Xptxas -v -cubin "$source" -o "$work/a.cubin" \
            2>"$work/log" || { cat "$work/log" >&2; exit 1; }
        c++filt <"$work/log" | awk -v arch="$arch" '
            /Compiling entry function/ {
                name = $0
                sub(/^.*function .(void )?/, "", name)
                gsub(/rankchain::cuda::|rankchain::arith::|\(anonymous namespace\)::/, "", name)
                sub(/>\(.*/, ">", name)
            }
            name != "" && /bytes stack frame/ { stack = $1; spills = $5 "/" $9 }
            name != "" && /Used [0-9]+ registers/ {
                match($0, /Used [0-9]+/)
                printf "| `%s` | %s | %s | %s | %s |\n", name, arch, substr($0, RSTART + 5, RLENGTH - 5), stack, spills
                name = ""
            }'
    done
done

if ! command -v cuobjdump >/dev/null || ! command -v nvdisasm >/dev/null; then
    echo "kernel_report.sh: no cuobjdump and nvdisasm on PATH or in CUDA_TOOLS: instructions not counted" >&2
    exit 0
fi
counted=$1
for arch; do [ "$arch" != sm_90 ] || counted=sm_90; done
"$nvcc" -std=c++17 -arch="$counted" -I. -cubin bench/kernel_report.cu -o "$work/counted.cubin"
echo
echo "| precision | weights | d = N | instructions a warp and layer, $counted | in the product loop | issue bound, layer.draws/s |"
echo "|---|---|---|---|---|---|"
cuobjdump -sass "$work/counted.cubin" | awk -f bench/count_layer.awk |
    awk -F'|' '{ printf "%s %.2e |\n", $0, 4 * 132 * 1.755e9 / ($4 / 16 * $5) }'
