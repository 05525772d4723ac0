// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The kinds of matrices that random networks make and that solvers fail on, and their singular
// values.
#pragma once

#include "tests/hard_spectra.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include <cblas.h>
#include <gtest/gtest.h>
#include <lapacke.h>

namespace rankchain::count_kinds {

using oracle::Matrix;
using oracle::with_spectrum;

inline constexpr double eps = std::numeric_limits<double>::epsilon();

using Random = std::mt19937_64;

inline double uniform(Random& random) {
    return std::uniform_real_distribution<double>(0, 1)(random);
}

inline std::int64_t between(std::int64_t low, std::int64_t high, Random& random) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
}

inline Matrix multiply(const Matrix& a, const Matrix& b) {
    Matrix c(a.rows, b.cols);
    const auto n = [](std::int64_t size) { return static_cast<int>(size); };
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n(a.rows), n(b.cols), n(a.cols), 1.0,
                a.values.data(), n(a.cols), b.values.data(), n(b.cols), 0.0, c.values.data(),
                n(b.cols));
    return c;
}

inline std::vector<double> spectrum(std::int64_t n, const std::function<double(double)>& value) {
    std::vector<double> sigma;
    for (std::int64_t i = 0; i < n; ++i)
        sigma.push_back(value(n > 1 ? static_cast<double>(i) / static_cast<double>(n - 1) : 0));
    return sigma;
}

/// Rows of mean square one: diag(M) = 1.
inline void normalise_rows(Matrix& h) {
    for (std::int64_t i = 0; i < h.rows; ++i) {
        double sum = 0;
        for (std::int64_t j = 0; j < h.cols; ++j)
            sum += h(i, j) * h(i, j);
        const double factor = sum > 0 ? std::sqrt(static_cast<double>(h.cols) / sum) : 0.0;
        for (std::int64_t j = 0; j < h.cols; ++j)
            h(i, j) *= factor;
    }
}

inline constexpr std::array<const char*, 8> kinds{
    "Wishart", "product of 2 to 200", "batch-normalised", "clustered",
    "graded",  "rank-deficient",      "exact ties",       "signs, tau = 1"};

inline Matrix make(std::size_t kind, std::int64_t rows, std::int64_t cols, Random& random) {
    const std::int64_t n = std::min(rows, cols);
    switch (kind) {
        case 0:
            return oracle::gaussian(rows, cols, random);
        case 1: {
            Matrix h = oracle::gaussian(rows, cols, random);
            const auto factors = static_cast<int>(2 * std::pow(100.0, uniform(random)));
            for (int factor = 1; factor < factors; ++factor) {
                h = multiply(oracle::gaussian(rows, rows, random), h);
                double sum = 0;
                for (const double value : h.values)
                    sum += value * value;
                for (double& value : h.values)
                    value *= std::sqrt(static_cast<double>(rows * cols) / sum);
            }
            return h;
        }
        case 2: {
            Matrix h = oracle::gaussian(rows, cols, random);
            const bool rectified = uniform(random) < 0.5;
            for (std::int64_t layer = between(1, 12, random); layer > 0; --layer) {
                h = multiply(oracle::gaussian(rows, rows, random), h);
                normalise_rows(h);
                for (double& value : h.values)
                    value = rectified ? std::max(value, 0.0) : value;
            }
            return h;
        }
        case 3: {
            const double second = std::pow(10.0, -16 * uniform(random));
            return with_spectrum(
                rows, cols,
                spectrum(n,
                         [&](double x) { return x < 0.5 ? 1 + eps * x : second * (1 + eps * x); }),
                random);
        }
        case 4: {
            const double last = std::pow(10.0, -4 - 14 * uniform(random));
            return with_spectrum(rows, cols,
                                 spectrum(n, [&](double x) { return std::pow(last, x); }), random);
        }
        case 5: {
            const std::int64_t rank = between(1, n, random);
            return multiply(oracle::gaussian(rows, rank, random),
                            oracle::gaussian(rank, cols, random));
        }
        case 6: {
            // Small whole numbers on a permuted diagonal: sigma exact.
            Matrix h(rows, cols);
            const std::int64_t shift = between(0, cols - 1, random);
            for (std::int64_t i = 0; i < n; ++i)
                h(i, (i + shift) % cols) = static_cast<double>(between(0, 4, random));
            return h;
        }
        default: {
            Matrix h(rows, cols);
            for (double& value : h.values)
                value = uniform(random) < 0.5 ? -1.0 : 1.0;
            return h;
        }
    }
}

/// Singular values of `h`, descending, and their error as a multiple of sigma_1: long double Jacobi
/// for small matrices, LAPACK's QR iteration for others.
inline std::pair<std::vector<double>, double> truth(const Matrix& h) {
    const std::int64_t n = std::min(h.rows, h.cols);
    if (n <= 10) {
        const auto exact = oracle::singular_values(h);
        return {std::vector<double>(exact.begin(), exact.end()), eps};
    }
    std::vector<double> a = h.values;
    std::vector<double> sigma(static_cast<std::size_t>(n));
    std::vector<double> rest(sigma.size());
    const int info = LAPACKE_dgesvd(LAPACK_COL_MAJOR, 'N', 'N', static_cast<int>(h.cols),
                                    static_cast<int>(h.rows), a.data(), static_cast<int>(h.cols),
                                    sigma.data(), nullptr, 1, nullptr, 1, rest.data());
    EXPECT_EQ(info, 0);
    // A fifteenth of the bound that LAPACK's own tests allow; tests/spectrum_test.cpp finds 0.6.
    return {sigma, 2 * static_cast<double>(std::max(h.rows, h.cols)) * eps};
}

}  // namespace rankchain::count_kinds
