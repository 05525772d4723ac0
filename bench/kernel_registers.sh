#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
#
# Compiles a file of kernels to a cubin and prints a row of a table in Markdown for every __global__
# function and instance of ours: name, architecture, registers, stack, spills (ptxas -v).
#
#   kernel_registers.sh ARCH SOURCE CUBIN
set -eu
arch=$1 source=$2 cubin=$3
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"${NVCC:-nvcc}" -std=c++17 -arch="$arch" -I. -Xptxas -v -cubin "$source" -o "$cubin" 2>"$log" ||
    { cat "$log" >&2; exit 1; }
c++filt <"$log" | awk -v arch="$arch" '
    /Compiling entry function/ {
        name = $0
        sub(/^.*function .(void )?/, "", name)
        gsub(/rankchain::cuda::|rankchain::arith::|\(anonymous namespace\)::/, "", name)
        sub(/>\(.*/, ">", name)
        sub(/\(.*\). for .sm_.*/, "", name)
        if (name ~ /thrust::|cub::/) name = ""  # the library'"'"'s own
    }
    name != "" && /bytes stack frame/ { stack = $1; spills = $5 "/" $9 }
    name != "" && /Used [0-9]+ registers/ {
        match($0, /Used [0-9]+/)
        printf "| `%s` | %s | %s | %s | %s |\n", name, arch, substr($0, RSTART + 5, RLENGTH - 5), stack, spills
        name = ""
    }'
