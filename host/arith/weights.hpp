// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Elements of a random matrix one by one, on host and device. docs/numerics.md, "Randomness".
#pragma once

#include "host/arith/philox.hpp"

namespace rankchain::arith {

/// The four elements of block `block` (not for `rademacher`).
template <Law law>
RANKCHAIN_HD void elements(const PhiloxRun& run, std::uint32_t block, float (&x)[4]) {
    std::uint32_t r0, r1, r2, r3;
    philox<Scalar>(run, block, r0, r1, r2, r3);
    element_pair<Scalar, law>(r0, r1, x[0], x[1]);
    element_pair<Scalar, law>(r2, r3, x[2], x[3]);
}

/// Element (i, j) of a matrix with `cols` columns.
template <Law law>
RANKCHAIN_HD float element(const PhiloxRun& run, std::int64_t cols, std::int64_t i,
                           std::int64_t j) {
    if constexpr (law == Law::rademacher) {
        const auto block = static_cast<std::uint32_t>(i * row_blocks(cols, 128) + j / 128);
        const int k = static_cast<int>(j % 128);
        std::uint32_t r[4];
        philox<Scalar>(run, block, r[0], r[1], r[2], r[3]);
        return sign<Scalar>(r[k / 32] << (31 - k % 32));
    } else {
        float x[4];
        elements<law>(run, static_cast<std::uint32_t>(i * row_blocks(cols, 4) + j / 4), x);
        return x[j % 4];
    }
}

}  // namespace rankchain::arith
