#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
#
# The tests of this folder under AddressSanitizer and UndefinedBehaviorSanitizer, with each compiler
# that is named; every report is a failure.
#
#   tests/simt/sanitize.sh [CXX...]      default: g++ clang++; builds in build-asan-CXX
#
# With RANKCHAIN_SHORT, a hundredth of the random cases, but every kernel and 20 orders of threads.
set -eu
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- g++ clang++
for cxx; do
    case $cxx in
        # Under the sanitizers clang compiles Highway's code for every instruction set for many minutes.
        *clang*) cc=$(echo "$cxx" | sed 's/++//') more="-march=haswell -DHWY_COMPILE_ONLY_STATIC" ;;
        *) cc=$(echo "$cxx" | sed 's/++/cc/') more= ;;
    esac
    build=build-asan-$(basename "$cxx")
    sanitizers="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
    cmake --preset asan -B "$build" -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="$cxx" \
        -DCMAKE_C_FLAGS="$sanitizers" -DCMAKE_CXX_FLAGS="$sanitizers $more" >/dev/null
    cmake --build "$build" --target tests/simt/all
    RANKCHAIN_SHORT=1 ctest --test-dir "$build/tests/simt" -L cpu --output-on-failure --no-tests=error -j "$(nproc)"
done
