#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
# From a fresh Debian 12 machine to a study, its result file and its figure.
set -eu
cd "$(dirname "$0")/.."

sh cmake/setup.sh
cmake --preset cpu
cmake --build --preset cpu --target rankchain_command
if [ -e rank-curve.rankchain ]; then
    build/bin/rankchain run docs/examples/rank-curve.toml -o rank-curve.rankchain --resume
else
    build/bin/rankchain run docs/examples/rank-curve.toml -o rank-curve.rankchain
fi
build/bin/rankchain plot rank-curve.rankchain -o rank-curve.svg
echo "result: rank-curve.rankchain   figure: rank-curve.svg"
