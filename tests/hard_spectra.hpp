// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Matrices of known spectra, those among them on which solvers fail.
#pragma once

#include "tests/spectrum_oracle.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace rankchain::oracle {

/// Columns of the identity of the smaller side times `sigma`, between two products of random
/// Householder reflections: exact up to the rounding of the entries, which the oracle sees too.
inline Matrix with_spectrum(std::int64_t rows, std::int64_t cols, const std::vector<double>& sigma,
                            std::mt19937_64& random) {
    Matrix h(rows, cols);
    for (std::size_t i = 0; i < sigma.size(); ++i) {
        h(static_cast<std::int64_t>(i), static_cast<std::int64_t>(i)) = sigma[i];
    }
    const auto reflect = [&random](Matrix& a) {
        const Matrix v = gaussian(a.rows, 1, random);
        const auto norm = static_cast<double>(squared_norm(v));
        for (std::int64_t j = 0; j < a.cols; ++j) {
            double dot = 0;
            for (std::int64_t i = 0; i < a.rows; ++i)
                dot += v(i, 0) * a(i, j);
            for (std::int64_t i = 0; i < a.rows; ++i)
                a(i, j) -= 2 * dot / norm * v(i, 0);
        }
    };
    for (int i = 0; i < 2; ++i) {
        reflect(h);
        h = transpose(h);
        reflect(h);
        h = transpose(h);
    }
    return h;
}

/// The spectra on which solvers fail: n values, descending.
inline std::vector<std::pair<std::string, std::vector<double>>> hard_spectra(std::int64_t n) {
    constexpr double eps = std::numeric_limits<double>::epsilon();
    const auto make = [n](const std::function<double(double)>& value) {
        std::vector<double> sigma;
        for (std::int64_t i = 0; i < n; ++i) {
            sigma.push_back(value(n > 1 ? static_cast<double>(i) / static_cast<double>(n - 1) : 0));
        }
        return sigma;
    };
    return {{"zero", make([](double) { return 0.0; })},
            {"identity", make([](double) { return 1.0; })},
            {"arithmetic", make([](double x) { return 1 - x + x * eps; })},
            {"graded", make([](double x) { return std::pow(eps, x); })},
            {"clustered at 1", make([](double x) { return x < 1 ? 1.0 : eps; })},
            {"clustered at eps", make([](double x) { return x > 0 ? eps : 1.0; })},
            {"two clusters", make([](double x) { return x < 0.5 ? 1 + eps * x : 1e-9; })},
            {"rank half", make([](double x) { return x < 0.5 ? 1.0 : 0.0; })},
            {"near overflow", make([](double x) { return (1 - x / 2) * 1e307; })},
            {"near underflow", make([](double x) { return (1 - x / 2) * 1e-307; })}};
}

/// LAPACK's own measure of values [n] of a matrix whose larger side is k: the largest |value -
/// exact| / (exact_1 k eps). Infinite where that is no number, or a value of a zero matrix no zero.
inline double test_ratio(const std::vector<double>& values, const std::vector<Real>& exact,
                         std::int64_t k) {
    constexpr double none = std::numeric_limits<double>::infinity();
    if (values.size() != exact.size()) return none;
    double worst = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
        const Real error = std::fabs(Real{values[i]} - exact[i]);
        const Real unit = exact[0] * static_cast<Real>(k) * std::numeric_limits<double>::epsilon();
        const auto ratio = error == 0 ? 0.0 : static_cast<double>(error / unit);
        if (!(ratio < none)) return none;
        worst = std::max(worst, ratio);
    }
    return worst;
}

}  // namespace rankchain::oracle
