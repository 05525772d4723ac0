// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/theory.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace rankchain::cli {
namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

// psi(n / 2) from psi(1/2), psi(1) and psi(x + 1) = psi(x) + 1/x.
double digamma_of_half(std::int64_t n) {
    double value = -std::numbers::egamma - (n % 2 == 1 ? 2 * std::numbers::ln2 : 0.0);
    for (std::int64_t k = n % 2 == 1 ? 1 : 2; k < n; k += 2) {
        value += 2.0 / static_cast<double>(k);
    }
    return value;
}

bool is_gaussian_product(const Cell& cell) {
    const Network& n = cell.network;
    return n.weights == Weights::gaussian && n.activation == Activation::linear &&
           n.normalization == Normalization::none && std::isinf(n.gamma) &&
           cell.input.kind != Input::Kind::given && cell.input.kind != Input::Kind::duplicate_pairs;
}

// ln(sigma_i / sigma_1) of a product of `factors`, as depth grows.
std::vector<double> log_ratios(const Network& network, double factors) {
    std::vector<double> mu = lyapunov_exponents(network.width);
    mu.resize(static_cast<std::size_t>(std::min(network.width, network.batch)));
    const double first = mu.front();
    for (double& value : mu) {
        value = factors * (value - first);
    }
    return mu;
}

double predicted(const Network& network, const Quantity& quantity, double factors) {
    const std::vector<double> ratios = log_ratios(network, factors);
    double squares = 0;
    for (const double r : ratios) {
        squares += std::exp(2 * r);
    }
    const auto d = static_cast<double>(network.width);
    const auto count_above = [&](double log_threshold) {
        return static_cast<double>(std::count_if(ratios.begin(), ratios.end(),
                                                 [&](double r) { return r >= log_threshold; }));
    };
    switch (quantity.metric) {
        case Metric::soft_rank:
            // Under norm none ||H||_F^2 = d N, so lambda_i = d exp(2 r_i) / squares.
            return count_above((std::log(quantity.tau) - std::log(d) + std::log(squares)) / 2);
        case Metric::numerical_rank: {
            const double eps = network.precision == Precision::float32
                                   ? static_cast<double>(std::numeric_limits<float>::epsilon())
                                   : std::numeric_limits<double>::epsilon();
            return count_above(
                std::log(static_cast<double>(std::max(network.width, network.batch)) * eps));
        }
        case Metric::stable_rank:
            return squares;
        case Metric::condition_number:
            return std::exp(-ratios.back());
        case Metric::spectrum:
            return d * std::exp(2 * ratios[static_cast<std::size_t>(quantity.index - 1)]) / squares;
        default:
            return nothing;
    }
}

}  // namespace

std::vector<double> lyapunov_exponents(std::int64_t d) {
    std::vector<double> mu;
    mu.reserve(static_cast<std::size_t>(d));
    for (std::int64_t i = 1; i <= d; ++i) {
        mu.push_back((std::numbers::ln2 + digamma_of_half(d - i + 1)) / 2);
    }
    return mu;
}

std::optional<TheoryCurve> theory_over_depth(const Cell& cell, const Quantity& quantity,
                                             const std::vector<std::int64_t>& layers) {
    if (!is_gaussian_product(cell)) return std::nullopt;
    const Network& network = cell.network;
    const bool gaussian_input = cell.input.kind != Input::Kind::identity;
    TheoryCurve curve{"Lyapunov exponents (Newman 1986)", {}};
    for (const std::int64_t layer : layers) {
        const auto l = static_cast<double>(layer);
        double value = nothing;
        if (quantity.metric == Metric::rank_lower_bound) {
            if (!gaussian_input || network.width != network.batch) return std::nullopt;
            curve.name = "d / (ℓ + 2)";
            value = static_cast<double>(network.width) / (l + 2);
            if (value < 1) value = nothing;
        } else if (quantity.metric == Metric::lyapunov) {
            value =
                lyapunov_exponents(network.width)[static_cast<std::size_t>(quantity.index - 1)] +
                std::log(network.scale.factor(network.width));
        } else {
            // A count of sigma_i near the top, and the top's share, are far from their limit before
            // depth d; how fast the small ones fall is right from the first layers on.
            const bool of_the_top =
                quantity.metric == Metric::soft_rank || quantity.metric == Metric::stable_rank;
            if (layer >= (of_the_top ? network.width : 1))
                value = predicted(network, quantity, l + (gaussian_input ? 1 : 0));
        }
        curve.values.push_back(value);
    }
    const bool any = std::any_of(curve.values.begin(), curve.values.end(),
                                 [](double v) { return std::isfinite(v); });
    return any ? std::optional(curve) : std::nullopt;
}

bool follows_sqrt_width(const Cell& cell, const Quantity& quantity) {
    const Network& n = cell.network;
    return n.activation == Activation::linear &&
           (n.normalization == Normalization::batch ||
            n.normalization == Normalization::batch_scale) &&
           (quantity.metric == Metric::soft_rank || quantity.metric == Metric::rank_lower_bound);
}

LineFit fit_line(const std::vector<double>& x, const std::vector<double>& y) {
    const std::size_t n = x.size();
    if (n < 3 || y.size() != n) return {nothing, nothing, nothing};
    double mean_x = 0;
    double mean_y = 0;
    for (std::size_t i = 0; i < n; ++i) {
        mean_x += x[i] / static_cast<double>(n);
        mean_y += y[i] / static_cast<double>(n);
    }
    double sxx = 0;
    double sxy = 0;
    for (std::size_t i = 0; i < n; ++i) {
        sxx += (x[i] - mean_x) * (x[i] - mean_x);
        sxy += (x[i] - mean_x) * (y[i] - mean_y);
    }
    LineFit fit;
    fit.slope = sxy / sxx;
    fit.intercept = mean_y - fit.slope * mean_x;
    double residual = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const double r = y[i] - fit.intercept - fit.slope * x[i];
        residual += r * r;
    }
    fit.slope_error = std::sqrt(residual / static_cast<double>(n - 2) / sxx);
    return fit;
}

}  // namespace rankchain::cli
