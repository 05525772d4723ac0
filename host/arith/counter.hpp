// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/arith/scalar.hpp"

#include <cstdint>

namespace rankchain::arith {

/// The laws whose entries are made one by one from the words of a block. (`rankchain::Weights`
/// without `orthogonal`, in C++17; `bits` are the words themselves.)
enum class Law { gaussian, uniform, uniform_positive, half_normal, rademacher, bits };

/// First byte of counter word 3.
enum class Stream : std::uint32_t { weights = 0, input = 1, resampling = 2 };

/// Draws are numbered by 56 bits: word 2 of the counter and the lower three bytes of word 3.
inline constexpr std::uint64_t draw_limit = std::uint64_t{1} << 56;

/// Elements that share a block, one after the other in a row. A row begins a block.
constexpr std::int64_t block_elements(Law law) {
    return law == Law::rademacher ? 128 : 4;
}

/// Blocks of a row.
constexpr RANKCHAIN_HD std::int64_t row_blocks(std::int64_t cols, std::int64_t elements) {
    return cols / elements + (cols % elements != 0 ? 1 : 0);
}

/// Word 3 of the counter.
constexpr RANKCHAIN_HD std::uint32_t counter_word3(Stream stream, std::uint64_t draw) {
    return static_cast<std::uint32_t>(stream) << 24 | static_cast<std::uint32_t>(draw >> 32);
}

// The constants of Philox4x32.
inline constexpr std::uint32_t philox_m0 = 0xD2511F53U, philox_m1 = 0xCD9E8D57U;
inline constexpr std::uint32_t philox_w0 = 0x9E3779B9U, philox_w1 = 0xBB67AE85U;

/// The keys of rounds 2 to 9: a table, because a broadcast from memory is cheaper than an addition.
struct PhiloxKeys {
    std::uint32_t key0[8], key1[8];
};

RANKCHAIN_HD PhiloxKeys philox_keys(std::uint64_t key) {
    const auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
    PhiloxKeys keys{};
    RANKCHAIN_UNROLL
    for (std::uint32_t i = 0; i < 8; ++i) {
        keys.key0[i] = k0 + (i + 2) * philox_w0;
        keys.key1[i] = k1 + (i + 2) * philox_w1;
    }
    return keys;
}

/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw, SC11), words 1 to 3 of the counter held: what the
/// first two of its ten rounds make of them, once for many blocks, and the keys of the other eight.
struct PhiloxRun {
    PhiloxKeys keys;
    std::uint32_t mask0, mask1, mask2, start3;  ///< see philox() in formula.inl
};

/// Counter {any, c1, c2, c3} under a 64-bit key, whose `keys` are at hand.
RANKCHAIN_HD PhiloxRun philox_run(std::uint32_t c1, std::uint32_t c2, std::uint32_t c3,
                                  std::uint64_t key, const PhiloxKeys& keys) {
    const auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
    PhiloxRun run{};
    run.keys = keys;
    std::uint32_t high = 0, a1 = 0;
    Scalar::multiply(philox_m1, c2, high, a1);  // round 0
    run.mask0 = c3 ^ k1;
    run.mask1 = a1 ^ (k0 + philox_w0);
    Scalar::multiply(philox_m0, high ^ c1 ^ k0, high, run.start3);  // round 1
    run.mask2 = high ^ (k1 + philox_w1);
    return run;
}

RANKCHAIN_HD PhiloxRun philox_run(std::uint32_t c1, std::uint32_t c2, std::uint32_t c3,
                                  std::uint64_t key) {
    return philox_run(c1, c2, c3, key, philox_keys(key));
}

/// The blocks of one matrix: key = seed, counter {block, layer, draw, stream and draw}.
RANKCHAIN_HD PhiloxRun matrix_run(std::uint64_t seed, std::uint64_t draw, std::uint32_t layer,
                                  Stream stream, const PhiloxKeys& keys) {
    return philox_run(layer, static_cast<std::uint32_t>(draw), counter_word3(stream, draw), seed,
                      keys);
}

RANKCHAIN_HD PhiloxRun matrix_run(std::uint64_t seed, std::uint64_t draw, std::uint32_t layer,
                                  Stream stream) {
    return matrix_run(seed, draw, layer, stream, philox_keys(seed));
}

}  // namespace rankchain::arith
