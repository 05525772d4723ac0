// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Identities that hold in every draw to rounding, u the unit roundoff of the chain's precision.
#include "closed_forms.hpp"
#include <rankchain/weights.hpp>

#include <array>

#include <gtest/gtest.h>

namespace rankchain::closed_forms {
namespace {

double roundoff(Precision precision) {
    return precision == Precision::float32 ? 0x1p-24 : 0x1p-53;
}

std::vector<double> matrices(Chains& chains, std::int64_t rows, std::int64_t cols) {
    std::vector<double> h(static_cast<std::size_t>(chains.draws().count * rows * cols));
    chains.observed({h.data(), chains.draws().count, rows, cols});
    return h;
}

/// tr(M) = d: every row has mean square 1. Computed from the same N deviations in either order, the
/// mean square carries (N + 2) u, its root and the division 3 u more, squared; doubled for the
/// means.
bool has_unit_rows(std::span<const double> h, std::int64_t cols, double u) {
    const auto n = static_cast<std::size_t>(cols);
    for (std::size_t first = 0; first < h.size(); first += n) {
        double sum = 0;
        for (std::size_t j = 0; j < n; ++j)
            sum += h[first + j] * h[first + j];
        const double bound = 2 * (static_cast<double>(cols) + 8) * u;
        if (!(std::abs(sum / static_cast<double>(cols) - 1) <= bound)) return false;
    }
    return true;
}

TEST(BatchNorm, TraceIsTheWidthAtEveryDepth) {
    for (const Precision precision : {Precision::float32, Precision::float64}) {
        for (const Normalization norm : {Normalization::batch, Normalization::batch_scale}) {
            for (const double gamma : {std::numeric_limits<double>::infinity(), 0.01}) {
                const Network network{.width = 24,
                                      .batch = 37,
                                      .depth = 1000,
                                      .gamma = gamma,
                                      .normalization = norm,
                                      .precision = precision};
                Chains chains(network, {}, 31, {0, 5});
                for (const std::int64_t layer : {1, 2, 3, 10, 100, 1000}) {
                    chains.advance(layer);
                    auto h = matrices(chains, 24, 37);
                    const double u = roundoff(precision);
                    EXPECT_TRUE(has_unit_rows(h, 37, u)) << layer;
                    EXPECT_FALSE(has_unit_rows(times(1.01, h), 37, u)) << "planted: 1 %";
                    for (double& x : h)
                        x *= 1 + 100 * 37 * u;
                    EXPECT_FALSE(has_unit_rows(h, 37, u)) << "planted: a hundred roundings";
                }
            }
        }
    }
    // Planted: a norm that leaves the variance alone.
    const Network centred{
        .width = 24, .batch = 37, .depth = 1, .normalization = Normalization::batch_center};
    Chains chains(centred, {}, 31, {0, 5});
    chains.advance(1);
    EXPECT_FALSE(has_unit_rows(matrices(chains, 24, 37), 37, roundoff(Precision::float32)));
}

/// gap^2 = 1 / r - 1 / N. Both come from Gram entries in float64, sums of max(d, N) products and
/// then of max(d, N)^2 squares: relative error below 4 max(d, N) eps of 1 / r, and the same of 1 /
/// N.
bool gap_is_identity(double gap, double r, std::int64_t width, std::int64_t batch) {
    const double bound = 8 * static_cast<double>(std::max(width, batch)) *
                         std::numeric_limits<double>::epsilon() *
                         (1 / r + 1 / static_cast<double>(batch));
    return std::abs(gap * gap - (1 / r - 1 / static_cast<double>(batch))) <= bound;
}

TEST(OrthogonalityGap, IsTheRankLowerBoundInAnotherGuise) {
    const std::array quantities{quantity(Metric::orthogonality_gap),
                                quantity(Metric::rank_lower_bound)};
    const std::array<std::int64_t, 4> layers{0, 1, 5, 50};
    for (const auto& [width, batch] : {std::pair{24, 37}, std::pair{37, 24}, std::pair{64, 64}}) {
        for (const Activation activation : {Activation::linear, Activation::relu}) {
            const Network network{
                .width = width, .batch = batch, .depth = 50, .activation = activation};
            for (const Samples& samples : run(network, {}, 32, 20, layers, quantities)) {
                for (std::int64_t b = 0; b < 20; ++b) {
                    const double gap = samples.value(0, b);
                    const double r = samples.value(1, b);
                    EXPECT_TRUE(gap_is_identity(gap, r, width, batch)) << gap << " " << r;
                    EXPECT_FALSE(gap_is_identity(1.01 * gap, r, width, batch)) << "planted: 1 %";
                    if (width != batch) {
                        EXPECT_FALSE(gap_is_identity(gap, r, batch, width)) << "planted: d for N";
                    }
                }
            }
        }
    }
}

/// N = 2, batch: with m = (z1 + z2) / 2 the row is +-1, exactly but for the rounding of z: e bounds
/// the error of z1, z2 and m, which moves the ratio of the two deviations, whose difference is z1 -
/// z2.
bool is_sign_row(double p1, double p2, double z1, double z2, double e, double u) {
    const double bound = 4 * e / std::abs(z1 - z2) + 8 * u;
    return std::abs(std::abs(p1) - 1) <= bound && std::abs(std::abs(p2) - 1) <= bound &&
           p1 * p2 < 0;
}

TEST(BatchNorm, TwoSamplesBecomeSignsAndRankOne) {
    constexpr std::int64_t d = 40;
    constexpr std::int64_t draws = 50;
    constexpr std::uint64_t seed = 33;
    for (const Precision precision : {Precision::float32, Precision::float64}) {
        for (const Activation activation : {Activation::linear, Activation::tanh}) {
            const double u = roundoff(precision);
            const Network network{.width = d,
                                  .batch = 2,
                                  .depth = 6,
                                  .activation = activation,
                                  .precision = precision};
            Chains before(network, {}, seed, {0, draws});
            Chains after(network, {}, seed, {0, draws}, {}, Observe::preactivation);
            const std::array quantities{quantity(Metric::numerical_rank),
                                        quantity(Metric::rank_lower_bound)};
            std::vector<float> w(d * d);
            for (std::uint32_t layer = 1; layer <= 6; ++layer) {
                const auto h = matrices(before, d, 2);
                before.advance(layer);
                after.advance(layer);
                const auto p = matrices(after, d, 2);
                for (std::size_t b = 0; b < draws; ++b) {
                    weights(Weights::gaussian, seed, b, layer, d, d, w);
                    for (std::size_t i = 0; i < d; ++i) {
                        double z1 = 0;
                        double z2 = 0;
                        double size = 0;
                        for (std::size_t j = 0; j < d; ++j) {
                            const double* column = &h[(b * d + j) * 2];
                            const double wij = w[i * d + j];
                            z1 += wij * column[0];
                            z2 += wij * column[1];
                            size += std::abs(wij) * (std::abs(column[0]) + std::abs(column[1]));
                        }
                        const double e = (d + 2) * u * size;
                        const double* row = &p[(b * d + i) * 2];
                        EXPECT_TRUE(is_sign_row(row[0], row[1], z1, z2, e, u));
                        if (precision == Precision::float64) {
                            EXPECT_FALSE(is_sign_row(1.01 * row[0], row[1], z1, z2, e, u))
                                << "planted: 1 %";
                        }
                    }
                }
                // Rows are +-1 times one row to the bound above, some 1e-3 at worst in float32.
                const auto ranks = after.measure(quantities);
                for (std::int64_t b = 0; b < draws; ++b) {
                    if (precision == Precision::float64) {
                        EXPECT_NEAR(ranks.value(1, b), 1, 1e-9);
                    }
                    if (layer > 1) {
                        EXPECT_EQ(ranks.value(0, b), 1) << layer;
                    }
                }
            }
        }
    }
    // Planted: without the centring two samples keep rank 2.
    const Network scaled{.width = d,
                         .batch = 2,
                         .depth = 1,
                         .normalization = Normalization::batch_scale,
                         .precision = Precision::float64};
    Chains chains(scaled, {}, seed, {0, draws});
    chains.advance(1);
    const auto rank = chains.measure(std::array{quantity(Metric::numerical_rank)});
    for (std::int64_t b = 0; b < draws; ++b)
        EXPECT_EQ(rank.value(0, b), 2);
}

/// Are the ratios lambda_i / lambda_1 those of before? The weights are Q sqrt d rounded to float32:
/// W = sqrt d (Q + E), |E_ij| <= 2^-24 |Q_ij|, ||E|| <= 2^-24 ||Q||_F = 2^-24 sqrt d. The product
/// adds d u ||Q||_F ||H||_F. Weyl: each layer moves every sigma by at most (2^-24 sqrt d + d^1.5 u)
/// sigma_1 and the ratio lambda_i / lambda_1 by at most four times that, l layers by l times.
bool ratios_kept(std::span<const double> before, std::span<const double> after, double layers,
                 double u) {
    const auto d = static_cast<double>(before.size());
    const double bound = 4 * layers * (0x1p-24 * std::sqrt(d) + d * d * u);
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (!(std::abs(after[i] / after[0] - before[i] / before[0]) <= bound)) return false;
    }
    return true;
}

TEST(OrthogonalWeights, KeepEveryRatioOfSingularValues) {
    constexpr std::int64_t d = 32;
    constexpr std::int64_t draws = 10;
    const auto spectrum = [](Weights law, Precision precision) {
        const Network network{.width = d,
                              .batch = d,
                              .depth = 100,
                              .weights = law,
                              .normalization = Normalization::none,
                              .precision = precision};
        const std::array<std::int64_t, 3> layers{0, 1, 100};
        return run(network, {}, 34, draws, layers, values_of(Metric::spectrum, d));
    };
    const auto values = [](const Samples& samples, std::int64_t draw) {
        std::vector<double> all;
        for (std::int64_t i = 0; i < d; ++i)
            all.push_back(samples.value(i, draw));
        return all;
    };
    for (const Precision precision : {Precision::float32, Precision::float64}) {
        const double u = roundoff(precision);
        const auto kept = spectrum(Weights::orthogonal, precision);
        const auto lost = spectrum(Weights::gaussian, precision);
        for (std::int64_t b = 0; b < draws; ++b) {
            const auto before = values(kept[0], b);
            EXPECT_TRUE(ratios_kept(before, values(kept[1], b), 1, u));
            EXPECT_TRUE(ratios_kept(before, values(kept[2], b), 100, u));
            auto planted = values(kept[1], b);
            planted[1] *= 1.01;
            EXPECT_FALSE(ratios_kept(before, planted, 1, u)) << "planted: one value 1 % off";
            EXPECT_FALSE(ratios_kept(before, values(lost[1], b), 1, u))
                << "planted: Gaussian weights";
        }
    }
}

/// Rows of norm sqrt N that agree to the d u (plus N u of the norm) of a float32 product.
bool is_one_within_rounding(double r, double width, double batch) {
    return std::abs(r - 1) <= (width + batch) * 0x1p-24;
}

TEST(UniformPositive, BreaksBatchNormalisationByDepthFour) {
    const std::array quantities{quantity(Metric::rank_lower_bound)};
    const std::array<std::int64_t, 4> layers{1, 4, 10, 50};
    Network network{.width = 64,
                    .batch = 64,
                    .depth = 50,
                    .weights = Weights::uniform_positive,
                    .activation = Activation::relu};
    const auto samples = run(network, {}, 35, 200, layers, quantities);
    network.weights = Weights::uniform;
    const auto planted = run(network, {}, 35, 200, layers, quantities);
    for (std::int64_t b = 0; b < 200; ++b) {
        EXPECT_FALSE(is_one_within_rounding(samples[0].value(0, b), 64, 64))
            << "not yet at depth 1";
        for (std::size_t l = 1; l < layers.size(); ++l) {
            const double r = samples[l].value(0, b);
            EXPECT_TRUE(is_one_within_rounding(r, 64, 64)) << layers[l] << ": 1 + " << r - 1;
            EXPECT_FALSE(is_one_within_rounding(1.01 * r, 64, 64)) << "planted: 1 %";
            EXPECT_FALSE(is_one_within_rounding(planted[l].value(0, b), 64, 64))
                << "planted: weights of either sign";
        }
    }
}

}  // namespace
}  // namespace rankchain::closed_forms
