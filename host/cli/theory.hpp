// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Closed forms that a figure can show beside the measurement.
#pragma once

#include <rankchain/study.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rankchain::cli {

/// The Lyapunov exponents of a product of d x d matrices of independent N(0,1) entries, descending:
/// mu_i = (ln 2 + psi((d - i + 1) / 2)) / 2.
/// See  Newman 1986, Commun. Math. Phys. 103, 121.
std::vector<double> lyapunov_exponents(std::int64_t d);

/// A curve over layers, and its name.
struct TheoryCurve {
    std::string name;
    std::vector<double> values;  ///< [layer]; NaN where the theory says nothing
};

/// What is known of a quantity of a cell at each of `layers`, if anything:
///
/// - Gaussian weights, linear, norm `none`, gamma = inf, square: the spectrum of deep products,
///   sigma_i ~ exp(n mu_i) with n factors (a Gaussian input is one more), so soft, numerical and
///   stable rank, condition number, eigenvalues and exponents follow; exact as depth grows;
/// - the same with a Gaussian input and d = N: rank_lower_bound -> d / (l + 2) as d grows
///   (Fuss-Catalan), shown while it is at least 1.
std::optional<TheoryCurve> theory_over_depth(const Cell& cell, const Quantity& quantity,
                                             const std::vector<std::int64_t>& layers);

/// Does the sqrt(d) law speak of this cell (linear, norm `batch` or `batch-scale`) and quantity?
/// See  arXiv:2003.01652, Theorem 2.
bool follows_sqrt_width(const Cell& cell, const Quantity& quantity);

/// y = intercept + slope x by ordinary least squares, with the standard errors that the residuals
/// give; NaN where there are fewer than three points.
struct LineFit {
    double slope = 0;
    double intercept = 0;
    double slope_error = 0;
};
LineFit fit_line(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace rankchain::cli
