// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rankchain/network.hpp>

#include <cstdint>

namespace rankchain::cpu {

/// Which weights of which matrix: the counter of docs/numerics.md, "Randomness".
struct WeightMatrix {
    Weights law = Weights::gaussian;
    std::uint64_t seed = 0;
    std::uint64_t draw = 0;
    std::uint32_t layer = 0;
    std::int64_t rows = 0;
    std::int64_t cols = 0;
};

/// Rows first_row .. first_row + row_count - 1 of w (before scale) into out, row-major with
/// `stride` floats from row to row. Any law but `orthogonal`, whose rows are not independent.
/// Same bits on every instruction set.
void fill_weights(const WeightMatrix& w, std::int64_t first_row, std::int64_t row_count, float* out,
                  std::int64_t stride);

/// The whole of an `orthogonal` w: Q of the Householder QR, in float64, of the Gaussian matrix at
/// the same counters, signs fixed by R's diagonal, times sqrt(d), rounded to float32.
void fill_orthogonal(const WeightMatrix& w, float* out);

/// Bytes fill_orthogonal() keeps for each thread.
std::int64_t orthogonal_bytes(std::int64_t d);

/// X of a generated input, [rows, N] row-major, on the same grid as the weights.
void fill_input(const Input& input, std::uint64_t seed, std::uint64_t draw, std::int64_t rows,
                std::int64_t batch, double* out);

}  // namespace rankchain::cpu
