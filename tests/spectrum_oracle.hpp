// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Spectra and metrics from their definitions, by naive loops in long double.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <random>
#include <vector>

namespace rankchain::oracle {

using Real = long double;

/// A row-major matrix of whatever the test needs.
struct Matrix {
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::vector<double> values;

    Matrix(std::int64_t r, std::int64_t c)
        : rows(r), cols(c), values(static_cast<std::size_t>(r * c)) {}
    double& operator()(std::int64_t i, std::int64_t j) {
        return values[static_cast<std::size_t>(i * cols + j)];
    }
    double operator()(std::int64_t i, std::int64_t j) const {
        return values[static_cast<std::size_t>(i * cols + j)];
    }
};

inline Matrix transpose(const Matrix& a) {
    Matrix t(a.cols, a.rows);
    for (std::int64_t i = 0; i < a.rows; ++i) {
        for (std::int64_t j = 0; j < a.cols; ++j)
            t(j, i) = a(i, j);
    }
    return t;
}

inline Matrix product(const Matrix& a, const Matrix& b) {
    Matrix c(a.rows, b.cols);
    for (std::int64_t i = 0; i < a.rows; ++i) {
        for (std::int64_t j = 0; j < b.cols; ++j) {
            Real sum = 0;
            for (std::int64_t k = 0; k < a.cols; ++k)
                sum += Real{a(i, k)} * Real{b(k, j)};
            c(i, j) = static_cast<double>(sum);
        }
    }
    return c;
}

/// A fixed seed, so that a test that passes always passes.
inline std::mt19937_64 generator(std::uint64_t seed) {
    return std::mt19937_64(seed);
}

inline Matrix gaussian(std::int64_t rows, std::int64_t cols, std::mt19937_64& random) {
    std::normal_distribution<double> normal;
    Matrix a(rows, cols);
    for (double& value : a.values)
        value = normal(random);
    return a;
}

/// Singular values, descending, by one-sided Jacobi rotations of the rows or columns of the smaller
/// side until every pair is orthogonal to the last bit: error some n eps(long double) sigma_1.
inline std::vector<Real> singular_values(const Matrix& h) {
    const std::int64_t n = std::min(h.rows, h.cols);
    const std::int64_t k = std::max(h.rows, h.cols);
    std::vector<std::vector<Real>> v(static_cast<std::size_t>(n));
    Real largest = 0;
    for (const double value : h.values)
        largest = std::max(largest, std::fabs(Real{value}));
    const Real unit = largest > 0 ? largest : Real{1};
    for (std::int64_t i = 0; i < n; ++i) {
        for (std::int64_t j = 0; j < k; ++j) {
            v[static_cast<std::size_t>(i)].push_back(Real{h.rows <= h.cols ? h(i, j) : h(j, i)} /
                                                     unit);
        }
    }
    const auto dot = [](const std::vector<Real>& a, const std::vector<Real>& b) {
        Real sum = 0;
        for (std::size_t i = 0; i < a.size(); ++i)
            sum += a[i] * b[i];
        return sum;
    };
    constexpr Real eps = std::numeric_limits<Real>::epsilon();
    bool rotated = true;
    for (int sweep = 0; sweep < 60 && rotated; ++sweep) {
        rotated = false;
        for (std::size_t p = 0; p + 1 < v.size(); ++p) {
            for (std::size_t q = p + 1; q < v.size(); ++q) {
                const Real a = dot(v[p], v[p]);
                const Real b = dot(v[q], v[q]);
                const Real c = dot(v[p], v[q]);
                if (!(std::fabs(c) > eps * static_cast<Real>(k) * std::sqrt(a) * std::sqrt(b)) ||
                    !(std::fabs(c) > 1e-40L)) {
                    continue;
                }
                rotated = true;
                const Real zeta = (b - a) / (2 * c);
                const Real t =
                    std::copysign(1 / (std::fabs(zeta) + std::sqrt(1 + zeta * zeta)), zeta);
                const Real cosine = 1 / std::sqrt(1 + t * t);
                const Real sine = cosine * t;
                for (std::size_t i = 0; i < v[p].size(); ++i) {
                    const Real x = v[p][i];
                    v[p][i] = cosine * x - sine * v[q][i];
                    v[q][i] = sine * x + cosine * v[q][i];
                }
            }
        }
    }
    std::vector<Real> sigma;
    sigma.reserve(v.size());
    for (const auto& row : v)
        sigma.push_back(unit * std::sqrt(dot(row, row)));
    std::sort(sigma.begin(), sigma.end(), std::greater<>());
    return sigma;
}

/// lambda_i = sigma_i^2 / N.
inline std::vector<Real> eigenvalues(const Matrix& h) {
    std::vector<Real> lambda = singular_values(h);
    for (Real& value : lambda)
        value = value * value / static_cast<Real>(h.cols);
    return lambda;
}

inline Real column_product(const Matrix& h, std::int64_t p, std::int64_t q) {
    Real sum = 0;
    for (std::int64_t i = 0; i < h.rows; ++i)
        sum += Real{h(i, p)} * Real{h(i, q)};
    return sum;
}

inline Real squared_norm(const Matrix& h) {
    Real sum = 0;
    for (const double value : h.values)
        sum += Real{value} * Real{value};
    return sum;
}

/// tr(M)^2 / ||M||_F^2 with M = H H^T / N.
inline Real rank_lower_bound(const Matrix& h) {
    const Matrix t = transpose(h);
    Real squares = 0;
    for (std::int64_t i = 0; i < h.rows; ++i) {
        for (std::int64_t j = 0; j < h.rows; ++j) {
            const Real entry = column_product(t, i, j);
            squares += entry * entry;
        }
    }
    return squared_norm(h) * squared_norm(h) / squares;
}

/// || H^T H / ||H||_F^2 - I_N / N ||_F.
inline Real orthogonality_gap(const Matrix& h) {
    const Real norm = squared_norm(h);
    Real squares = 0;
    for (std::int64_t i = 0; i < h.cols; ++i) {
        for (std::int64_t j = 0; j < h.cols; ++j) {
            const Real entry = column_product(h, i, j) / norm -
                               (i == j ? Real{1} / static_cast<Real>(h.cols) : Real{0});
            squares += entry * entry;
        }
    }
    return std::sqrt(squares);
}

inline Real mean_abs_cosine(const Matrix& h) {
    Real sum = 0;
    std::int64_t pairs = 0;
    for (std::int64_t i = 0; i < h.cols; ++i) {
        for (std::int64_t j = i + 1; j < h.cols; ++j) {
            const Real norms = column_product(h, i, i) * column_product(h, j, j);
            if (!(norms > 0)) continue;
            sum += std::fabs(column_product(h, i, j)) / std::sqrt(norms);
            ++pairs;
        }
    }
    return sum / static_cast<Real>(pairs);
}

inline Real stable_rank(const Matrix& h) {
    const Real top = singular_values(h).front();
    return squared_norm(h) / (top * top);
}

inline Real effective_rank(const Matrix& h) {
    const auto sigma = singular_values(h);
    Real total = 0;
    for (const Real s : sigma)
        total += s;
    Real entropy = 0;
    for (const Real s : sigma) {
        if (s > 0) entropy -= s / total * std::log(s / total);
    }
    return std::exp(entropy);
}

/// Over the n largest.
inline Real isometry_gap(const Matrix& h, std::int64_t n) {
    const auto lambda = eigenvalues(h);
    Real mean = 0;
    Real logs = 0;
    for (std::int64_t i = 0; i < n; ++i) {
        mean += lambda[static_cast<std::size_t>(i)] / static_cast<Real>(n);
        logs += std::log(lambda[static_cast<std::size_t>(i)]) / static_cast<Real>(n);
    }
    return std::log(mean) - logs;
}

}  // namespace rankchain::oracle
