// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What is computed of a matrix for the quantities asked of it. Pure functions, shared by the
// backends; the table and the proofs are in docs/numerics.md, "What is measured".
#pragma once

#include <rankchain/metrics.hpp>

#include <cstdint>
#include <span>

namespace rankchain {

/// In order of cost; each but `singular_values` includes those before it.
enum class SpectrumSource {
    nothing,           ///< the shape decides
    gram,              ///< the Gram matrix of the smaller side, or of the columns
    gram_eigenvalues,  ///< its eigenvalues: sigma_i^2 to p(n) u sigma_1^2
    singular_values    ///< of H itself: sigma_i to p(n) u sigma_1
};

/// The least that `quantity` needs.
SpectrumSource source_of(const Quantity& quantity);

/// A soft rank that is not decided by the shape.
bool is_count(const Quantity& quantity);

/// Needs eigenvalues or singular values: NaN where no solver converged.
bool is_spectral(const Quantity& quantity);

/// Is `metric` among them?
bool asks(std::span<const Quantity> quantities, Metric metric);

/// The least that serves all of them, none twice.
SpectrumSource choose_spectrum(std::span<const Quantity> quantities);

/// How the ranks of a request are counted.
enum class CountMethod {
    none,        ///< nothing to count
    gram,        ///< Sturm counts on the tridiagonal Gram matrix; what they cannot decide by ...
    bidiagonal,  ///< Sturm counts on the bidiagonal form of H; what they cannot decide by ...
    singular_values  ///< of H
};

/// The largest min(rows, cols) of a matrix that gram and bidiagonal take in the lanes of vectors,
/// and the most numbers of one that bidiagonal takes: beyond, LAPACK is as fast.
inline constexpr std::int64_t lanes_side = 192;
inline constexpr std::int64_t lanes_size = lanes_side * lanes_side;

/// The first of them for H [rows, cols] of N = `batch` columns (cols < batch where the chain is
/// compressed): the table of docs/numerics.md. `eigen` counts as `gram` here.
CountMethod choose_count(std::span<const Quantity> quantities, std::int64_t rows, std::int64_t cols,
                         std::int64_t batch, SpectrumMethod method);

/// Can the bidiagonal form of H [rows, cols] be had?
bool has_bidiagonal(std::int64_t rows, std::int64_t cols);

/// e: how far a singular value of the computed bidiagonal form of H may lie from sigma_i, and a
/// Sturm count at x from the count at x.
///
///   e = 1.01 u ((10 n k + 44 n) ||H||_F + 4 x),   u = 2^-53, n = min(rows, cols), k the other
double bidiagonal_error(std::int64_t n, std::int64_t k, double frobenius, double x);

/// The bound that the tests hold LAPACK's singular values to: 30 max(rows, cols) eps sigma_1.
double singular_value_error(std::int64_t rows, std::int64_t cols, double sigma_1);

/// e: how far an eigenvalue of the computed, tridiagonalised Gram matrix of H may lie from
/// sigma_i^2, and a Sturm count at x from the count at x.
///
///   e = 1.01 u (k tr(G) + 16 n^2 ||G||_F + 8 x),   u = 2^-53
///
/// G = H H^T or H^T H is [n, n] with sums of k products.
double gram_error(std::int64_t n, std::int64_t k, double trace, double frobenius, double x);

/// The same for an eigenvalue that a library's symmetric eigensolver gives of the computed G,
/// compared with x:
///
///   e = 1.01 u (k tr(G) + 32 n^2 ||G||_F + 8 x)
double eigenvalue_error(std::int64_t n, std::int64_t k, double trace, double frobenius, double x);

/// sigma_i at or below this cannot be told from zero: sigma_1 max(d, N) eps, eps of `precision`.
double resolution(double sigma_1, std::int64_t rows, std::int64_t batch, Precision precision);

/// The n of isometry_gap and condition_number: how many sigma_i are not zero by construction.
std::int64_t generic_rank(std::int64_t rows, std::int64_t batch, bool centred);

}  // namespace rankchain
