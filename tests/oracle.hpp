// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The chain as the formulas say it: naive loops in long double, obviously right, never shipped.
// Beside every number stands how far a program that rounds to unit roundoff u may be from it.
#pragma once

#include <rankchain/network.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rankchain::oracle {

using Real = long double;

/// A matrix and, element by element, a bound on the error of what is compared with it.
struct Matrix {
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::vector<Real> value;
    std::vector<Real> error;

    Matrix(std::int64_t rows_, std::int64_t cols_)
        : rows(rows_),
          cols(cols_),
          value(static_cast<std::size_t>(rows_ * cols_)),
          error(static_cast<std::size_t>(rows_ * cols_)) {}
    [[nodiscard]] std::size_t at(std::int64_t i, std::int64_t j) const {
        return static_cast<std::size_t>(i * cols + j);
    }
};

/// What is divided by a mean of squares: one row, one column or the whole of a matrix.
struct Line {
    std::vector<std::size_t> elements;
    Real count = 0;  ///< what the mean divides by
    Real sums = 0;   ///< roundings on the way of one addend to its sum
};

struct Layer {
    Matrix z;
    Matrix p;
    Matrix h;
    std::int64_t degenerate = 0;
    Real log_scale = 0;
    /// Lines whose own error bound is as large as what they are divided by: nothing can be said of
    /// them. Their elements have an infinite bound.
    std::int64_t ill_conditioned = 0;
};

inline Real activate(Activation activation, Real x) {
    switch (activation) {
        case Activation::linear:
            return x;
        case Activation::relu:
            return x > 0 ? x : 0;
        case Activation::leaky_relu:
            return x > 0 ? x : 0.01L * x;
        case Activation::tanh:
            return std::tanh(x);
        case Activation::gelu:
            return x / 2 * std::erfc(-x / std::sqrt(2.0L));
        case Activation::sin:
            return std::sin(x);
        case Activation::sign:
            return x > 0 ? 1 : (x < 0 ? -1 : 0);
    }
    return x;
}

/// Slopes are at most 1, or 1.13 (gelu); the functions are good to 4 units in the last place, and
/// gelu's erfc sees an argument with two roundings, which moves x/2 erfc by at most
/// 2 u x^2 exp(-x^2/2) / sqrt(2 pi) < u.
inline void activate(Activation activation, Matrix& m, Real u) {
    if (activation == Activation::linear) return;
    for (std::size_t k = 0; k < m.value.size(); ++k) {
        const Real x = m.value[k];
        const Real y = activate(activation, x);
        if (activation == Activation::sign) {
            m.error[k] = std::fabs(x) > m.error[k] ? 0 : (x == 0 && m.error[k] == 0 ? 0 : 2);
        } else {
            const bool exact = activation == Activation::relu;
            m.error[k] =
                1.13L * m.error[k] +
                (exact ? 0 : 8 * u * std::fabs(y) + (activation == Activation::gelu ? u : 0));
        }
        m.value[k] = y;
    }
}

/// y = (z - m) / s. With E the largest error of a deviation in the line (that of z, of the mean,
/// and of the subtraction), |dm| <= max dz + sums u mean|z|, |ds| <= E + (sums + 3) u s, so that
///   |dy| <= (1 + |y|) E / s + (sums + 8) u |y|,
/// times 1.2 for what is of second order while E <= s / 10.
inline void normalize_line(const Line& line, bool center, bool scale, Real eps, Real u, Matrix& m,
                           Layer& out) {
    Real mean = 0;
    Real mean_abs = 0;
    Real worst = 0;
    for (const std::size_t k : line.elements) {
        mean += m.value[k];
        mean_abs += std::fabs(m.value[k]);
        worst = std::max(worst, m.error[k]);
    }
    mean = center ? mean / line.count : 0;
    mean_abs /= line.count;
    Real variance = 0;
    Real largest = 0;
    for (const std::size_t k : line.elements) {
        const Real deviation = m.value[k] - mean;
        variance += deviation * deviation;
        largest = std::max(largest, std::fabs(deviation));
    }
    variance /= line.count;
    const Real divisor = std::sqrt(variance + eps);
    const Real error = worst + (center ? worst + (line.sums + 2) * u * mean_abs : 0) + u * largest;
    // A number less itself is zero however it was rounded.
    const bool alone = center && line.elements.size() == 1;
    if (scale && divisor == 0 && (worst == 0 || alone)) {
        ++out.degenerate;
        for (const std::size_t k : line.elements)
            m.value[k] = m.error[k] = 0;
        return;
    }
    const bool good = !scale || (divisor > 0 && error <= divisor / 10);
    if (!good) ++out.ill_conditioned;
    for (const std::size_t k : line.elements) {
        const Real deviation = m.value[k] - mean;
        if (!scale) {
            m.value[k] = deviation;
            m.error[k] = 1.2L * error;
            continue;
        }
        const Real y = good ? deviation / divisor : 0;
        m.value[k] = y;
        m.error[k] =
            good
                ? 1.2L * ((1 + std::fabs(y)) * error / divisor + (line.sums + 8) * u * std::fabs(y))
                : HUGE_VALL;
    }
}

/// Rows are summed in at least 8 partial sums and a tree, columns in one go, the whole row by row.
inline void normalize(const Network& network, Matrix& m, Real u, Layer& out) {
    const Normalization norm = network.normalization;
    const auto eps = static_cast<Real>(network.eps);
    const auto d = static_cast<Real>(m.rows);
    const auto n = static_cast<Real>(m.cols);
    if (norm == Normalization::none) {
        Real squares = 0;
        for (const Real x : m.value)
            squares += x * x;
        Line whole{{}, d * n, n / 8 + d + 8};
        for (std::size_t k = 0; k < m.value.size(); ++k)
            whole.elements.push_back(k);
        normalize_line(whole, false, true, 0, u, m, out);
        out.log_scale = squares > 0 ? std::log(std::sqrt(d * n) / std::sqrt(squares)) : 0;
        return;
    }
    const bool rows = norm != Normalization::layer && norm != Normalization::rms;
    const bool center = norm == Normalization::batch || norm == Normalization::batch_center ||
                        norm == Normalization::layer;
    const bool scale = norm != Normalization::batch_center;
    for (std::int64_t a = 0; a < (rows ? m.rows : m.cols); ++a) {
        Line line{{}, rows ? n : d, rows ? n / 8 + 8 : d + 2};
        for (std::int64_t b = 0; b < (rows ? m.cols : m.rows); ++b) {
            line.elements.push_back(rows ? m.at(a, b) : m.at(b, a));
        }
        normalize_line(line, center, scale, eps, u, m, out);
    }
}

/// One layer; `u` is the unit roundoff of what will be compared. Each sum over k has at most k
/// roundings, the factor two, the residual one:
///   |dz| <= (k + 4) u (|f| sum |w| |h| + |h|).
template <class T>
Layer layer(const Network& network, const std::vector<float>& w, const std::vector<T>& h,
            std::int64_t rows, std::int64_t k, std::int64_t cols, Real u) {
    const bool residual = std::isfinite(network.gamma) && rows == k;
    const Real factor = static_cast<Real>(network.scale.factor(k)) *
                        (residual ? static_cast<Real>(network.gamma) : 1.0L);
    Matrix z(rows, cols);
    for (std::int64_t i = 0; i < rows; ++i) {
        for (std::int64_t j = 0; j < cols; ++j) {
            Real sum = 0;
            Real size = 0;
            for (std::int64_t a = 0; a < k; ++a) {
                const Real term = static_cast<Real>(w[static_cast<std::size_t>(i * k + a)]) *
                                  static_cast<Real>(h[static_cast<std::size_t>(a * cols + j)]);
                sum += term;
                size += std::fabs(term);
            }
            const Real own = residual ? static_cast<Real>(h[z.at(i, j)]) : 0;
            z.value[z.at(i, j)] = factor * sum + own;
            z.error[z.at(i, j)] =
                (static_cast<Real>(k) + 4) * u * (std::fabs(factor) * size + std::fabs(own));
        }
    }
    Layer out{z, z, z};
    if (network.order == Order::norm_act) {
        normalize(network, out.p, u, out);
        out.h = out.p;
        activate(network.activation, out.h, u);
    } else {
        activate(network.activation, out.h, u);
        normalize(network, out.h, u, out);
    }
    return out;
}

}  // namespace rankchain::oracle
