// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Stationary means of the batch-normalised chain, for the tests of their known values.
#pragma once

#include "closed_forms.hpp"

#include <cstdint>
#include <span>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::closed_forms {

/// Time averages over recorded layers, one value a draw, for each quantity.
struct Window {
    std::int64_t draws = 0;
    std::int64_t first = 0;  ///< the first recorded layer
    std::int64_t step = 1;
    std::int64_t records = 1;
};
inline std::vector<std::vector<double>> time_averages(Network network, const Input& input,
                                                      std::uint64_t seed, const Window& window,
                                                      std::span<const Quantity> quantities) {
    network.depth = window.first + window.step * (window.records - 1);
    Chains chains(network, input, seed, {0, window.draws});
    std::vector<std::vector<double>> averages(
        quantities.size(), std::vector<double>(static_cast<std::size_t>(window.draws), 0.0));
    for (std::int64_t i = 0; i < window.records; ++i) {
        chains.advance(window.first + i * window.step);
        const Samples samples = chains.measure(quantities);
        for (std::size_t q = 0; q < quantities.size(); ++q) {
            for (std::int64_t b = 0; b < window.draws; ++b) {
                averages[q][static_cast<std::size_t>(b)] +=
                    samples.value(static_cast<std::int64_t>(q), b) /
                    static_cast<double>(window.records);
            }
        }
    }
    return averages;
}

/// Is the mean of the independent `values` within `tolerance` of `known`, the band that comes with
/// the known value?
///
/// The windows below are sized so that the band is several standard errors of the mean wide, 6.1
/// for 1e-9 of a normal law: `resolved` holds that against the measured standard error.
inline bool within(std::span<const double> values, double known, double tolerance) {
    return std::abs(mean(values) - known) <= tolerance;
}
inline bool resolved(std::span<const double> values, double tolerance, double errors) {
    return errors * standard_error(values) <= tolerance;
}

/// The known means of the plain chain are averages over its layers 60 to 460. (At d = 64 the chain
/// is still relaxing there: the excess over the stationary mean falls by e in some d / 2 layers,
/// slower towards the end. From layer 256 on the means are 7.146 +- 0.008 and 12.47 +- 0.02 at d =
/// 64, and soft_rank(0.1) is 8.145 +- 0.007 at d = 32, by an independent computation.)
inline Window plain_window(std::int64_t draws) {
    return {draws, 60, 10, 41};
}

/// Recorded every d / 2 layers once the plain chain is stationary.
inline Window late_window(std::int64_t d, std::int64_t draws, std::int64_t records) {
    return {draws, std::max<std::int64_t>(60, 4 * d), std::max<std::int64_t>(1, d / 2), records};
}

inline Network scaled_chain(std::int64_t d, double gamma, Precision precision) {
    return {.width = d,
            .batch = d,
            .gamma = gamma,
            .normalization = Normalization::batch_scale,
            .precision = precision};
}

inline constexpr double plain = std::numeric_limits<double>::infinity();

/// rank_lower_bound and soft_rank(0.1) of the plain float64 chain against their known means.
inline void expect_plain_means(std::int64_t d, double lower_bound, double soft, std::uint64_t seed,
                               const Window& window) {
    const std::vector quantities{soft_rank(0.1), quantity(Metric::rank_lower_bound)};
    const Network network = scaled_chain(d, plain, Precision::float64);
    const auto means = time_averages(network, {}, seed, window, quantities);
    const auto& r = means[1];
    EXPECT_TRUE(within(means[0], soft, 0.04))
        << "soft_rank(0.1): " << mean(means[0]) << " +- " << standard_error(means[0]);
    EXPECT_TRUE(within(r, lower_bound, 0.02))
        << "rank_lower_bound: " << mean(r) << " +- " << standard_error(r);
    EXPECT_TRUE(resolved(means[0], 0.04, 6.1)) << standard_error(means[0]);
    EXPECT_TRUE(resolved(r, 0.02, 6.1)) << standard_error(r);

    // Planted errors that the same check must refuse. 2 % is the least that 0.02 at d = 8 can see.
    EXPECT_FALSE(within(times(1.02, r), lower_bound, 0.02)) << "planted: 2 % too large";
    EXPECT_FALSE(within(times(0.98, r), lower_bound, 0.02)) << "planted: 2 % too small";
    EXPECT_FALSE(within(times(1.03, means[0]), soft, 0.04)) << "planted: 3 % too large";
    EXPECT_FALSE(within(means[0], lower_bound, 0.02)) << "planted: the other metric";
    // Four times the draws, a few layers only.
    const auto early =
        time_averages(network, {}, seed, {4 * window.draws, d / 4, 1, 1}, quantities);
    EXPECT_FALSE(within(early[1], lower_bound, 0.02)) << "planted: stopped early";
    const auto residual = time_averages(scaled_chain(d, 0.1, Precision::float64), {}, seed,
                                        {window.draws / 4, 1000, 100, 16}, quantities);
    EXPECT_FALSE(within(residual[1], lower_bound, 0.02)) << "planted: gamma = 0.1";
}

/// log2 of the mean of soft_rank(0.5): the published Fig. 3a.
inline void expect_figure_3a(std::int64_t d, double log2_mean, std::uint64_t seed,
                             const Window& window) {
    const std::vector quantities{soft_rank(0.5), soft_rank(0.6)};
    const auto means =
        time_averages(scaled_chain(d, plain, Precision::float32), {}, seed, window, quantities);
    // The band of +-0.02 in log2 is one of +-1.4 % in the mean.
    const auto in_band = [log2_mean](const std::vector<double>& values) {
        return std::abs(std::log2(mean(values)) - log2_mean) <= 0.02;
    };
    EXPECT_TRUE(in_band(means[0])) << std::log2(mean(means[0])) << " at d = " << d;
    EXPECT_TRUE(resolved(means[0], 0.02 * std::numbers::ln2 * std::exp2(log2_mean), 6.1))
        << standard_error(means[0]);
    EXPECT_FALSE(in_band(times(1.03, means[0]))) << "planted: 3 % too large";
    EXPECT_FALSE(in_band(times(0.97, means[0]))) << "planted: 3 % too small";
    EXPECT_FALSE(in_band(means[1])) << "planted: tau = 0.6";
}

/// rank_lower_bound at gamma = 0.01 from the identity, over layers 40 000 to 80 000, float64.
/// `errors`: how many standard errors the band is to be wide at least.
inline void expect_residual_mean(std::int64_t d, double lower_bound, std::uint64_t seed,
                                 std::int64_t draws, double errors) {
    const std::vector quantities{quantity(Metric::rank_lower_bound)};
    const auto r =
        time_averages(scaled_chain(d, 0.01, Precision::float64), {.kind = Input::Kind::identity},
                      seed, {draws, 40000, 500, 81}, quantities)
            .front();
    EXPECT_TRUE(within(r, lower_bound, 0.03)) << mean(r) << " +- " << standard_error(r);
    EXPECT_TRUE(resolved(r, 0.03, errors)) << standard_error(r);
    EXPECT_FALSE(within(times(1.03, r), lower_bound, 0.03)) << "planted: 3 % too large";
    EXPECT_FALSE(within(times(0.97, r), lower_bound, 0.03)) << "planted: 3 % too small";
    const auto early =
        time_averages(scaled_chain(d, 0.01, Precision::float64), {.kind = Input::Kind::identity},
                      seed, {draws, 100, 1, 1}, quantities)
            .front();
    EXPECT_FALSE(within(early, lower_bound, 0.03)) << "planted: before it has mixed";
    const auto without =
        time_averages(scaled_chain(d, plain, Precision::float64), {}, seed,
                      late_window(d, std::max<std::int64_t>(draws, 64), 16), quantities)
            .front();
    EXPECT_FALSE(within(without, lower_bound, 0.03)) << "planted: gamma = inf";
}

}  // namespace rankchain::closed_forms
