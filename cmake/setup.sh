#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
# Installs what building, testing and plotting need on Debian 12 and its relatives. Asks for root
# only where something is missing.
set -eu

packages="g++ cmake ninja-build pkg-config git ca-certificates
    libopenblas-dev liblapacke-dev libsqlite3-dev zlib1g-dev libhwy-dev libtomlplusplus-dev
    libcli11-dev nlohmann-json3-dev gnuplot-nox
    libgtest-dev librandom123-dev libbenchmark-dev libthrust-dev"

missing=""
for package in $packages; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "installing:$missing" >&2
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "missing:$missing; install them as root" >&2; exit 1; }
    as_root=sudo
fi
$as_root apt-get update -qq
# Reinstalled configuration and questions have no place in a script.
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
