// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rankchain/export.hpp>
#include <rankchain/network.hpp>

#include <cstdint>
#include <span>

namespace rankchain {

/// W_l of one draw before `scale`, row-major [rows, cols]: out has rows * cols elements.
/// Bit-identical on every backend, instruction set and thread count (`orthogonal`: equal to
/// rounding, and square). Philox4x32-10 at the counters of docs/numerics.md, "Randomness".
/// Errors  InvalidArgument if sizes or counters overflow, or the span's size is not rows * cols.
RANKCHAIN_API void weights(Weights law, std::uint64_t seed, std::uint64_t draw, std::uint32_t layer,
                           std::int64_t rows, std::int64_t cols, std::span<float> out);

/// Element (i, j) of the same matrix, made alone. Not for `orthogonal`.
RANKCHAIN_API float weight(Weights law, std::uint64_t seed, std::uint64_t draw, std::uint32_t layer,
                           std::int64_t rows, std::int64_t cols, std::int64_t i, std::int64_t j);

}  // namespace rankchain
