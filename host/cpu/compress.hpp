// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cpu/matrix.hpp"

#include <cstdint>

namespace rankchain::cpu {

/// Doubles that compress() works in.
std::int64_t compress_doubles(std::int64_t rows, std::int64_t cols);

/// K [d, d], lower triangular, with H = K Q^T and Q [N, d] of orthonormal columns (N >= d): the R
/// of the Householder QR of H^T, in float64. A linear layer acts on K as it does on H, and H H^T =
/// K K^T. With `center`, of H with its rows' means taken out first; Q's columns are then orthogonal
/// to the vector of ones and rows stay centred.
///
/// Alias    k may overlap h.
template <class T>
void compress(Matrix<const T> h, bool center, double* work, Matrix<T> k);

}  // namespace rankchain::cpu
