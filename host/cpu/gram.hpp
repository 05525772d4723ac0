// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The Gram matrix of the smaller side, in float64, and the count of its eigenvalues above a
// threshold with a proof.
#pragma once

#include "host/cpu/aligned_vector.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace rankchain::cpu {

/// The exponent of the power of two that brings the largest entry of H to [1, 2), so that no square
/// over- or underflows. Empty if an entry is not finite.
template <class T>
std::optional<int> scale_exponent(const T* h, std::int64_t rows, std::int64_t cols,
                                  std::int64_t stride);

/// W = 2^-exponent H in float64. w is [rows, cols] without gaps. Empty if an entry of H is not
/// finite.
template <class T>
std::optional<int> widen(const T* h, std::int64_t rows, std::int64_t cols, std::int64_t stride,
                         double* w);

/// G = W W^T or W^T W, whichever is smaller: [n, n], row-major, the upper triangle.
struct Gram {
    std::int64_t n = 0;      ///< min(rows, cols)
    std::int64_t k = 0;      ///< max(rows, cols), the length of its sums
    double trace = 0;        ///< ||W||_F^2
    double frobenius = 0;    ///< ||G||_F
    double off_squares = 0;  ///< the part of ||G||_F^2 off the diagonal
    AlignedVector<double> g;

    void form(const double* w, std::int64_t rows, std::int64_t cols);

    /// || W^T W / tr(G) - I / batch ||_F from sums of squares alone: where the columns are nearly
    /// orthogonal the difference 1 / rank_lower_bound - 1 / batch would cancel. The eigenvalues
    /// that G lacks are zeros and contribute (batch - n) / batch^2. NaN for W = 0.
    [[nodiscard]] double orthogonality_gap(std::int64_t batch) const;
};

/// T = Q^T G Q, by LAPACK dsytrd.
struct Tridiagonal {
    AlignedVector<double> diagonal;      ///< [n]
    AlignedVector<double> off_diagonal;  ///< [n - 1]
    AlignedVector<double> work;

    /// Destroys gram.g.
    void reduce(Gram& gram);

    /// How many eigenvalues are >= x: the signs of the pivots of T - x I (Sturm), exact for a
    /// matrix that differs from T by at most 4 u in each entry (Kahan 1966; Demmel, Dhillon, Ren
    /// 1995, who also prove the serial recurrence monotone in x).
    [[nodiscard]] std::int64_t count_at_least(double x) const;

    /// All eigenvalues, descending, by LAPACK dsterf; empty where it does not converge.
    [[nodiscard]] std::vector<double> eigenvalues() const;

    /// The largest eigenvalue of a Gram matrix of that trace and norm, by bisection on the counts.
    [[nodiscard]] double largest(double trace, double frobenius) const;
};

/// mean |cos| over the pairs of columns of W; pairs with a zero column are left out, NaN if no pair
/// is left.
double mean_abs_cosine(const double* w, std::int64_t rows, std::int64_t cols);

/// What Gram, Tridiagonal and mean_abs_cosine() allocate for one matrix.
std::int64_t gram_bytes(std::int64_t rows, std::int64_t cols, bool cosines);

}  // namespace rankchain::cpu
