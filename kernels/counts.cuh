// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What both ways of counting on chip (tridiagonal.cuh, bidiagonal.cuh) are given and give.
#pragma once

#include "kernels/gram.cuh"

#include <cstdint>

namespace rankchain::cuda {

/// The rank lies between both, which are proved (docs/numerics.md, "The count is a certificate").
struct RankEnds {
    int low, high;
};

/// Matrices and the ranks asked of each. Results are those of number i of h.count, in its place; a
/// draw that has no W (see exponent) is a zero matrix.
template <class T>
struct CountBatch {
    WidenBatch<T> h;
    std::int64_t batch = 0;        ///< N
    const double* taus = nullptr;  ///< [ranks], of soft ranks; NaN stands for the numerical rank
    std::int64_t ranks = 0;
    double resolution = 0;  ///< max(d, N) eps: threshold of the numerical rank over sigma_1

    int* exponent = nullptr;     ///< [count], as widen() gives it
    RankEnds* ends = nullptr;    ///< [count, ranks]
    double* lambda_1 = nullptr;  ///< [count], the largest eigenvalue of G, or null: not wanted
    double* values = nullptr;    ///< [count, n], singular values of W, descending, or null
    GramSums* sums = nullptr;    ///< [count], or null
    double* form = nullptr;      ///< [count, 2 n] the condensed form itself, or null
};

}  // namespace rankchain::cuda
