#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
# cuda-from-pypi.sh FOLDER: a CUDA 13.0 toolkit that CMake accepts, made in FOLDER from the wheels
# on PyPI; prints its nvcc. The wheels' own layout has no lib64 and no unversioned libraries, so an
# overlay of links puts them where a toolkit has them.
set -euo pipefail
folder=$(realpath -m "${1:?usage: cuda-from-pypi.sh FOLDER}")
toolkit=$folder/toolkit
if [ ! -x "$toolkit/bin/nvcc" ]; then
    python3 -m venv "$folder/venv"
    "$folder/venv/bin/pip" install -q "cuda-toolkit[nvcc,crt,nvvm,cudart,cccl,cublas,cusolver,nvtx]==13.0.*"
    wheel=$(dirname "$(find "$folder/venv" -path '*/nvidia/cu13/bin/nvcc' | head -n 1)")/..
    wheel=$(realpath "$wheel")
    rm -rf "$toolkit"
    mkdir -p "$toolkit/bin" "$toolkit/lib"
    ln -s "$wheel"/bin/* "$toolkit/bin/"
    # nvcc finds its profile and the rest of the toolkit from where it lies itself.
    for real in nvcc nvcc.profile; do
        [ ! -e "$wheel/bin/$real" ] || { rm -f "$toolkit/bin/$real"; cp "$wheel/bin/$real" "$toolkit/bin/"; }
    done
    ln -s "$wheel/include" "$wheel/nvvm" "$toolkit/"
    ln -s "$wheel"/lib/* "$toolkit/lib/"
    ln -s lib "$toolkit/lib64"
    for library in "$toolkit"/lib/lib*.so.*; do
        plain=${library%%.so.*}.so
        [ -e "$plain" ] || ln -s "$(basename "$library")" "$plain"
    done
fi
echo "$toolkit/bin/nvcc"
