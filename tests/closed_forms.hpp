// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What the tests of closed forms share: running chains, and the bounds their verdicts rest on.
// Every check is a function of numbers that says yes or no, so that the same check can be given a
// planted error, which it must refuse. Comparisons are written so that NaN is refused.
#pragma once

#include <rankchain/chain.hpp>
#include <rankchain/metrics.hpp>
#include <rankchain/network.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

namespace rankchain::closed_forms {

/// The probability, over seeds, that a correct program fails one test.
inline constexpr double false_alarm = 1e-9;
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

inline Quantity quantity(Metric metric) {
    return {metric, nan, 0};
}
inline Quantity soft_rank(double tau) {
    return {Metric::soft_rank, tau, 0};
}
/// `spectrum` or `lyapunov`: the values 1 .. count.
inline std::vector<Quantity> values_of(Metric metric, std::int64_t count) {
    std::vector<Quantity> all;
    for (std::int64_t i = 1; i <= count; ++i)
        all.push_back({metric, nan, i});
    return all;
}

/// Samples at each of `layers` (ascending).
inline std::vector<Samples> run(const Network& network, const Input& input, std::uint64_t seed,
                                std::int64_t draws, std::span<const std::int64_t> layers,
                                std::span<const Quantity> quantities) {
    Chains chains(network, input, seed, {0, draws});
    std::vector<Samples> all;
    for (const std::int64_t layer : layers) {
        if (layer > 0) chains.advance(layer);
        all.push_back(chains.measure(quantities));
    }
    return all;
}

inline std::vector<double> row(const Samples& samples, std::int64_t quantity) {
    const auto first = samples.values.begin() + quantity * samples.draws;
    return {first, first + samples.draws};
}

inline double mean(std::span<const double> values) {
    double sum = 0;
    for (const double value : values)
        sum += value;
    return sum / static_cast<double>(values.size());
}

/// Standard deviation of one value, from deviations.
inline double deviation(std::span<const double> values) {
    const double centre = mean(values);
    double sum = 0;
    for (const double value : values)
        sum += (value - centre) * (value - centre);
    return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

inline double standard_error(std::span<const double> values) {
    return deviation(values) / std::sqrt(static_cast<double>(values.size()));
}

inline std::vector<double> times(double factor, std::vector<double> values) {
    for (double& value : values)
        value *= factor;
    return values;
}

/// Do independent values in [low, high] speak against a mean in [mean_low, mean_high]?
///
/// Let 0 <= c < 1 / (m - low). Where E x <= m, E prod (1 + c (x - m)) <= 1, and the product is
/// never negative: by Markov's inequality it reaches 2 / alpha with probability at most alpha / 2.
/// The same downwards. Any c fixed before the values are seen is valid; for n values of standard
/// deviation `spread` the best is sqrt(2 ln(2 / alpha) / n) / spread, or the limit where that is
/// less. The half width is then about sqrt(2 ln(2 / alpha) / n) spread, or (m - low) ln(2 / alpha)
/// / n.
inline bool mean_not_refuted(std::span<const double> values, double low, double high,
                             double mean_low, double mean_high, double spread,
                             double alpha = false_alarm) {
    const double limit = std::log(2 / alpha);
    const double best = std::sqrt(2 * limit / static_cast<double>(values.size())) / spread;
    const double up = std::min(best, 0.9 / (mean_high - low));
    const double down = std::min(best, 0.9 / (high - mean_low));
    double above = 0;  // log of the capital that bets on a mean above mean_high
    double below = 0;
    for (const double x : values) {
        if (!(x >= low && x <= high)) return false;
        above += std::log1p(up * (x - mean_high));
        below += std::log1p(-down * (x - mean_low));
    }
    return above < limit && below < limit;
}

/// psi(x), x > 0: recurrence to x >= 12, then the asymptotic series, whose first neglected term is
/// below 1e-15 there.
inline double digamma(double x) {
    double value = 0;
    while (x < 12) {
        value -= 1 / x;
        x += 1;
    }
    const double r = 1 / (x * x);
    return value + std::log(x) - 0.5 / x -
           r * (1.0 / 12 -
                r * (1.0 / 120 -
                     r * (1.0 / 252 - r * (1.0 / 240 - r * (1.0 / 132 - r * 691.0 / 32760)))));
}

/// mu_i of a product of Gaussian d x d matrices (Newman 1986), i = 1 .. d.
inline double lyapunov_exponent(std::int64_t i, std::int64_t d) {
    return 0.5 * (std::numbers::ln2 + digamma(0.5 * static_cast<double>(d - i + 1)));
}

/// The cumulant generating function ln E exp(theta S) of S = sum over k of ln chi_k, k = top,
/// top - 1, ..., top - count + 1: E chi_k^theta = 2^(theta/2) Gamma((k + theta)/2) / Gamma(k/2),
/// infinite for theta <= -k.
inline double log_chi_cumulant(double theta, std::int64_t top, std::int64_t count) {
    double sum = 0;
    for (std::int64_t k = top - count + 1; k <= top; ++k) {
        const double half = 0.5 * static_cast<double>(k);
        if (half + 0.5 * theta <= 0) return std::numeric_limits<double>::infinity();
        sum +=
            0.5 * theta * std::numbers::ln2 + std::lgamma(half + 0.5 * theta) - std::lgamma(half);
    }
    return sum;
}

/// Chernoff: the mean of n independent copies of a variable with cumulants `cumulant` exceeds the
/// returned value with probability at most alpha; `sign` -1 for falling below it. Every theta gives
/// a valid bound, so the best of a grid does.
template <class Cumulant>
double chernoff(const Cumulant& cumulant, double n, double alpha, int sign) {
    double best = std::numeric_limits<double>::infinity();
    double theta = 1e-5;
    while (theta < 100) {
        const double bound = (cumulant(sign * theta) + std::log(1 / alpha) / n) / theta;
        if (bound < best) best = bound;
        theta *= 1.05;
    }
    return sign * best;
}

}  // namespace rankchain::closed_forms
