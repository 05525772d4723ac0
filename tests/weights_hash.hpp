// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// One hash over laws and shapes, odd ones too: the definition that every way to make weights
// must meet.
#pragma once

#include "host/arith/counter.hpp"

#include <cstdint>

namespace rankchain::test {

inline constexpr std::uint64_t pinned_hash = 4532251492888036559U;

struct HashCase {
    std::int64_t rows, cols;
    std::uint64_t seed, draw;
    std::uint32_t layer;
};

inline constexpr HashCase hash_cases[] = {
    {1, 1, 0, 0, 0},
    {3, 5, 1, 2, 3},
    {7, 31, ~std::uint64_t{0}, arith::draw_limit - 1, ~std::uint32_t{0}},
    {4, 32, 12, 1, 1},
    {5, 33, 13, std::uint64_t{1} << 32, 2},
    {6, 127, 14, 3, 3},
    {3, 128, 15, 4, 4},
    {3, 129, 16, 5, 5},
    {2, 1023, 17, 6, 6},
    {2, 1100, 18, 7, 7},
};

inline constexpr arith::Law hash_laws[] = {arith::Law::gaussian, arith::Law::uniform,
                                           arith::Law::uniform_positive, arith::Law::half_normal,
                                           arith::Law::rademacher};

/// FNV-1a over 32-bit words.
struct Hash {
    std::uint64_t value = 14695981039346656037U;
    void add(float x) { value = (value ^ arith::Scalar::to_bits(x)) * 1099511628211U; }
};

}  // namespace rankchain::test
