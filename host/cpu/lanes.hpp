// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Matrices of one shape side by side, one in each lane of the machine's float64 vectors: element e
// of matrix b is number e L + b, L = lane_count(). Every operation is elementwise over the lanes,
// so a matrix has the same results whatever the others are, and on any width of vectors with a
// fused multiply-add.
#pragma once

#include "host/cpu/aligned_vector.hpp"

#include <cstdint>
#include <span>

namespace rankchain::cpu {

/// L: float64 numbers in a vector of the instruction set in use.
std::int64_t lane_count();

/// One matrix of a group; `data` is null for a lane left empty, which then holds zeros.
template <class T>
struct Lane {
    const T* data = nullptr;  ///< [rows, cols], row-major
    std::int64_t stride = 0;  ///< elements from row to row
    double factor = 1;        ///< a power of two that multiplies every entry
};

/// Vectors between the rows and between the columns of a matrix in lanes.
struct LaneStrides {
    std::int64_t row = 0;
    std::int64_t col = 1;
};

/// out[i, j] of every lane = factor * data[row + i, col + j], i < rows, j < cols.
void interleave(std::span<const Lane<float>> lanes, std::int64_t row, std::int64_t col,
                std::int64_t rows, std::int64_t cols, double* out, LaneStrides strides);
void interleave(std::span<const Lane<double>> lanes, std::int64_t row, std::int64_t col,
                std::int64_t rows, std::int64_t cols, double* out, LaneStrides strides);

/// G = W W^T or W^T W of every lane, whichever is smaller, and its invariants (host/cpu/gram.hpp).
/// Each entry is one sum over k in turn by fused multiply-add.
struct GramLanes {
    std::int64_t n = 0;       ///< min(rows, cols)
    std::int64_t k = 0;       ///< max(rows, cols)
    AlignedVector<double> g;  ///< the lower triangle, column after column: [n (n + 1) / 2, L]
    AlignedVector<double> trace, frobenius, off_squares;  ///< [L]

    template <class T>
    void form(std::span<const Lane<T>> lanes, std::int64_t rows, std::int64_t cols);

    /// As Gram::orthogonality_gap, [L].
    void orthogonality_gap(std::int64_t batch, double* gap) const;

    static std::int64_t bytes(std::int64_t rows, std::int64_t cols);

  private:
    AlignedVector<double> panel_;
};

/// T = Q^T G Q of every lane, tridiagonal, by Householder reflections.
struct TridiagonalLanes {
    std::int64_t n = 0;
    AlignedVector<double> diagonal;     ///< [n, L]
    AlignedVector<double> off_squares;  ///< [n - 1, L]: the squares of the off-diagonal entries

    /// Destroys gram.g.
    void reduce(GramLanes& gram);

    /// counts[s, L] = how many eigenvalues are >= shifts[s, L], by the signs of the pivots of
    /// T - x I (Sturm), monotone in x (docs/numerics.md).
    void count_at_least(std::int64_t shifts, const double* x, double* counts) const;

    /// The largest eigenvalue of each lane of a Gram matrix of these invariants, by bisection, [L].
    void largest(const GramLanes& gram, double* lambda) const;

    static std::int64_t bytes(std::int64_t n);

  private:
    AlignedVector<double> work_;
};

/// B = U^T W V of every lane (or of W^T), bidiagonal, by Householder reflections from both sides: W
/// itself, not its squares.
struct BidiagonalLanes {
    std::int64_t n = 0;               ///< min(rows, cols)
    std::int64_t k = 0;               ///< max(rows, cols)
    AlignedVector<double> squares;    ///< [2 n - 1, L]: d_1^2, f_1^2, d_2^2, ... of B's entries
    AlignedVector<double> frobenius;  ///< ||W||_F, [L]

    template <class T>
    void reduce(std::span<const Lane<T>> lanes, std::int64_t rows, std::int64_t cols);

    /// counts[s, L] = how many singular values are >= shifts[s, L], by the signs of the pivots of
    /// the Golub-Kahan form [[0, B], [B^T, 0]] - x I, monotone in x (docs/numerics.md).
    void count_at_least(std::int64_t shifts, const double* x, double* counts) const;

    /// low <= sigma_1 of B < high, by bisection until high - low <= width high, or to the last bit.
    void largest(double width, double* low, double* high) const;

    /// Of the largest matrices within those sides that has_bidiagonal() takes.
    static std::int64_t bytes(std::int64_t rows, std::int64_t cols);

  private:
    AlignedVector<double> a_;
    AlignedVector<double> work_;
};

}  // namespace rankchain::cpu
