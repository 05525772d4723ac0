// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/names.hpp"
#include <rankchain/error.hpp>
#include <rankchain/metrics.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace rankchain {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 11> metric_names{
    "soft_rank",        "rank_lower_bound",  "numerical_rank", "stable_rank",
    "effective_rank",   "orthogonality_gap", "isometry_gap",   "mean_abs_cosine",
    "condition_number", "spectrum",          "lyapunov"};

constexpr std::array<std::string_view, 4> method_names{"auto", "count", "eigen", "svd"};

}  // namespace

std::string_view name(Metric metric) {
    return metric_names.at(static_cast<std::size_t>(metric));
}

Metric parse_metric(std::string_view text) {
    const auto* const found = std::find(metric_names.begin(), metric_names.end(), text);
    if (found == metric_names.end())
        throw InvalidArgument(unknown_name("metric", text, metric_names));
    return static_cast<Metric>(found - metric_names.begin());
}

std::string_view name(SpectrumMethod method) {
    return method_names.at(static_cast<std::size_t>(method));
}

SpectrumMethod parse_spectrum_method(std::string_view text) {
    const auto* const found = std::find(method_names.begin(), method_names.end(), text);
    if (found == method_names.end())
        throw InvalidArgument(unknown_name("spectrum method", text, method_names));
    return static_cast<SpectrumMethod>(found - method_names.begin());
}

bool is_integer(Metric metric) {
    return metric == Metric::soft_rank || metric == Metric::numerical_rank;
}

std::string Quantity::label() const {
    if (metric == Metric::spectrum) return "lambda_" + std::to_string(index);
    if (metric == Metric::lyapunov) return "lyapunov_" + std::to_string(index);
    return std::string(name(metric));
}

void validate_quantities(const Network& network, std::span<const Quantity> quantities) {
    const std::int64_t count = std::min(network.width, network.batch);
    for (const Quantity& quantity : quantities) {
        const Metric metric = quantity.metric;
        if (metric == Metric::soft_rank && (!(quantity.tau >= 0.0) || std::isinf(quantity.tau))) {
            throw InvalidArgument("soft_rank threshold tau is " + std::to_string(quantity.tau) +
                                  "; allowed are finite numbers from 0");
        }
        if (metric == Metric::lyapunov && (network.activation != Activation::linear ||
                                           network.normalization != Normalization::none)) {
            throw InvalidArgument(
                "metric lyapunov is defined for linear chains without normalisation "
                "(activation = \"linear\", normalization = \"none\"); here activation = \"" +
                std::string(name(network.activation)) + "\", normalization = \"" +
                std::string(name(network.normalization)) + "\"");
        }
        if ((metric == Metric::spectrum || metric == Metric::lyapunov) &&
            (quantity.index < 1 || quantity.index > count)) {
            throw InvalidArgument("index of " + std::string(name(metric)) + " is " +
                                  std::to_string(quantity.index) +
                                  "; allowed are whole numbers from 1 to min(width, batch) = " +
                                  std::to_string(count));
        }
    }
}

std::vector<Quantity> expand(const Network& network, std::span<const double> soft_rank_taus,
                             std::span<const Metric> metrics) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    std::vector<Quantity> quantities;
    for (const double tau : soft_rank_taus)
        quantities.push_back({Metric::soft_rank, tau, 0});
    for (const Metric metric : metrics) {
        if (metric == Metric::soft_rank) {
            throw InvalidArgument(
                "metric soft_rank needs thresholds: give them as soft_rank = [tau, ...]");
        }
        if (metric == Metric::spectrum || metric == Metric::lyapunov) {
            for (std::int64_t i = 1; i <= std::min(network.width, network.batch); ++i) {
                quantities.push_back({metric, nan, i});
            }
        } else {
            quantities.push_back({metric, nan, 0});
        }
    }
    if (quantities.empty()) {
        throw InvalidArgument("nothing to measure: give soft_rank thresholds, metrics, or both");
    }
    validate_quantities(network, quantities);
    return quantities;
}

}  // namespace rankchain
