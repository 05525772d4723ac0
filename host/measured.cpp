// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/measured.hpp"

#include "host/spectrum_choice.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace rankchain {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

double Measured::threshold(double tau) const {
    return std::ldexp(tau, -2 * exponent) * static_cast<double>(batch);
}

double Measured::at(std::int64_t i) const {
    return i < static_cast<std::int64_t>(sigma.size()) ? sigma[static_cast<std::size_t>(i)] : 0.0;
}

double Measured::lambda(std::int64_t i) const {
    return at(i) * at(i) / static_cast<double>(batch);
}

double Measured::resolution(double sigma_1) const {
    return rankchain::resolution(sigma_1, rows, batch, precision);
}

double Measured::floor() const {
    return resolution(at(0));
}

double Measured::soft_rank(double tau) const {
    const std::int64_t all = std::min(rows, batch);
    if (!(tau > 0.0)) return static_cast<double>(all);
    // A tau that underflows here still excludes the zeros.
    const double limit =
        std::max(std::ldexp(tau, -2 * exponent), std::numeric_limits<double>::min());
    std::int64_t count = 0;
    while (count < all && lambda(count) >= limit)
        ++count;
    return static_cast<double>(count);
}

double Measured::rank_lower_bound() const {
    if (!(trace > 0)) return 0.0;
    const double ratio = trace / frobenius;
    return ratio * ratio;
}

double Measured::numerical_rank() const {
    const double smallest = floor();
    return static_cast<double>(
        std::count_if(sigma.begin(), sigma.end(), [=](double s) { return s > smallest; }));
}

double Measured::stable_rank() const {
    if (!(trace > 0)) return 0.0;
    return trace / (sigma.empty() ? lambda_1 : at(0) * at(0));
}

double Measured::effective_rank() const {
    double sum = 0;
    for (const double s : sigma)
        sum += s;
    if (!(sum > 0)) return 0.0;
    double entropy = 0;
    for (const double s : sigma) {
        const double p = s / sum;
        if (p > 0) entropy -= p * std::log(p);
    }
    return std::exp(entropy);
}

double Measured::isometry_gap() const {
    const std::int64_t n = generic_rank(rows, batch, centred);
    if (n < 1) return nan;
    if (!(at(n - 1) > floor())) return infinity;
    double mean = 0;
    for (std::int64_t i = 0; i < n; ++i)
        mean += lambda(i);
    mean /= static_cast<double>(n);
    // With x_i = lambda_i / mean - 1, which sum to zero, the gap is the mean of x_i - ln(1 + x_i),
    // none of them negative: nothing cancels where all lambda_i are nearly equal.
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) {
        const double x = (lambda(i) - mean) / mean;
        const double log = x > -0.5 ? std::log1p(x) : std::log(lambda(i) / mean);
        sum += std::max(x - log, 0.0);
    }
    return sum / static_cast<double>(n);
}

double Measured::condition_number() const {
    const std::int64_t n = generic_rank(rows, batch, centred);
    if (n < 1) return nan;
    return at(n - 1) > floor() ? at(0) / at(n - 1) : infinity;
}

double Measured::spectrum(std::int64_t index) const {
    if (index < 1 || index > std::min(rows, batch)) return nan;
    return std::ldexp(lambda(index - 1), 2 * exponent);
}

double Measured::lyapunov(std::int64_t index) const {
    if (layer < 1 || index < 1 || index > std::min(rows, batch)) return nan;
    const double s = at(index - 1);
    if (!(s > floor())) return nan;
    return (std::log(s) + exponent * std::numbers::ln2 - log_scale) / static_cast<double>(layer);
}

double Measured::value(const Quantity& quantity) const {
    switch (quantity.metric) {
        case Metric::soft_rank:
            return soft_rank(quantity.tau);
        case Metric::rank_lower_bound:
            return rank_lower_bound();
        case Metric::numerical_rank:
            return numerical_rank();
        case Metric::stable_rank:
            return stable_rank();
        case Metric::effective_rank:
            return effective_rank();
        case Metric::orthogonality_gap:
            return orthogonality_gap;
        case Metric::isometry_gap:
            return isometry_gap();
        case Metric::mean_abs_cosine:
            return mean_abs_cosine;
        case Metric::condition_number:
            return condition_number();
        case Metric::spectrum:
            return spectrum(quantity.index);
        case Metric::lyapunov:
            return lyapunov(quantity.index);
    }
    return nan;
}

}  // namespace rankchain
