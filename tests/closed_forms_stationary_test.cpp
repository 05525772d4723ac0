// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Theorem 2 of the paper in numbers: with batch normalisation the rank does not decay with depth
// and grows as sqrt d. Widths that take seconds; the others are in closed_forms_deep_test.cpp.
#include "closed_forms_stationary.hpp"

namespace rankchain::closed_forms {
namespace {

TEST(Stationary, PlainChainWidth8) {
    expect_plain_means(8, 2.247, 3.267, 41, plain_window(900));
}
TEST(Stationary, PlainChainWidth16) {
    expect_plain_means(16, 3.305, 5.224, 42, plain_window(800));
}
TEST(Stationary, PlainChainWidth32) {
    expect_plain_means(32, 4.880, 8.187, 43, plain_window(1000));
}

TEST(Stationary, Figure3aWidth8) {
    expect_figure_3a(8, 1.47, 51, late_window(8, 400, 48));
}
TEST(Stationary, Figure3aWidth16) {
    expect_figure_3a(16, 2.15, 52, late_window(16, 300, 32));
}
TEST(Stationary, Figure3aWidth32) {
    expect_figure_3a(32, 2.82, 53, late_window(32, 160, 32));
}
TEST(Stationary, Figure3aWidth64) {
    expect_figure_3a(64, 3.45, 54, late_window(64, 64, 32));
}

/// Do two windows of the same chain have the same mean? Both lie within 0.02 of it (sized as
/// above).
bool same_mean(std::span<const double> early, std::span<const double> late) {
    return std::abs(mean(early) - mean(late)) <= 0.04;
}

TEST(Stationary, RankDoesNotDecayWithDepth) {
    const std::vector quantities{quantity(Metric::rank_lower_bound)};
    for (const Normalization norm : {Normalization::batch, Normalization::batch_scale}) {
        Network network = scaled_chain(8, plain, Precision::float64);
        network.normalization = norm;
        const auto at = [&](std::int64_t first) {
            return time_averages(network, {}, 44, {400, first, 4, 64}, quantities).front();
        };
        const auto early = at(60);
        const auto late = at(2000);
        EXPECT_TRUE(same_mean(early, late)) << mean(early) << " " << mean(late);
        EXPECT_TRUE(resolved(early, 0.02, 6.1));
        EXPECT_TRUE(resolved(late, 0.02, 6.1));
        EXPECT_FALSE(same_mean(early, times(0.97, late))) << "planted: 3 % lost";
    }
    // Planted: a chain that does decay.
    Network network = scaled_chain(8, plain, Precision::float64);
    network.normalization = Normalization::none;
    const auto early = time_averages(network, {}, 44, {400, 5, 1, 1}, quantities).front();
    const auto late = time_averages(network, {}, 44, {400, 60, 4, 8}, quantities).front();
    EXPECT_FALSE(same_mean(early, late));
}

}  // namespace
}  // namespace rankchain::closed_forms
