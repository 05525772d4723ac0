// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Philox4x32-10 one block at a time, on host and device.
#pragma once

#include "host/arith/counter.hpp"

namespace rankchain::arith {

#include "host/arith/formula.inl"

/// The four words of a block.
struct Words {
    std::uint32_t word[4];
};

/// Philox4x32-10 as Random123 defines it: counter {c0, c1, c2, c3}, key {low, high word of key}.
RANKCHAIN_HD Words philox4x32_10(std::uint32_t c0, std::uint32_t c1, std::uint32_t c2,
                                 std::uint32_t c3, std::uint64_t key) {
    Words r{};
    philox<Scalar>(philox_run(c1, c2, c3, key), c0, r.word[0], r.word[1], r.word[2], r.word[3]);
    return r;
}

}  // namespace rankchain::arith
