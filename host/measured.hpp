// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The metrics of one matrix from its invariants: the formulas, shared by the backends.
#pragma once

#include <rankchain/metrics.hpp>
#include <rankchain/network.hpp>

#include <cstdint>
#include <limits>
#include <span>

namespace rankchain {

/// What a backend found out about W = 2^-exponent H, as far as choose_spectrum() asked for it. The
/// values at H = 0 and below the resolution are those of docs/numerics.md.
struct Measured {
    std::int64_t rows = 0;
    std::int64_t batch = 0;  ///< N
    std::int64_t layer = 0;
    bool centred = false;
    Precision precision = Precision::float64;
    int exponent = 0;
    double log_scale = 0;  ///< ln of what H was multiplied by so far

    double trace = 0;      ///< of G, the Gram matrix of W: ||W||_F^2
    double frobenius = 0;  ///< ||G||_F
    double lambda_1 = 0;   ///< the largest eigenvalue of G, where there are no singular values
    double orthogonality_gap = std::numeric_limits<double>::quiet_NaN();
    double mean_abs_cosine = std::numeric_limits<double>::quiet_NaN();
    std::span<const double> sigma = {};  ///< of W, descending; those it lacks to min(d, N) are 0

    /// NaN for an index that the matrix does not have. soft_rank counts `sigma`.
    [[nodiscard]] double value(const Quantity& quantity) const;

    /// N tau as a threshold for the eigenvalues of G.
    [[nodiscard]] double threshold(double tau) const;

    /// What cannot be told from zero beside that sigma_1, in the chain's precision.
    [[nodiscard]] double resolution(double sigma_1) const;

  private:
    [[nodiscard]] double at(std::int64_t i) const;      ///< sigma_{i+1}
    [[nodiscard]] double lambda(std::int64_t i) const;  ///< sigma_{i+1}^2 / N
    [[nodiscard]] double floor() const;                 ///< resolution(sigma_1)
    [[nodiscard]] double soft_rank(double tau) const;
    [[nodiscard]] double rank_lower_bound() const;
    [[nodiscard]] double numerical_rank() const;
    [[nodiscard]] double stable_rank() const;
    [[nodiscard]] double effective_rank() const;
    [[nodiscard]] double isometry_gap() const;
    [[nodiscard]] double condition_number() const;
    [[nodiscard]] double spectrum(std::int64_t index) const;
    [[nodiscard]] double lyapunov(std::int64_t index) const;
};

}  // namespace rankchain
