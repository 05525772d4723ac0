// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/lanes.hpp"
#include "host/cpu/measure.hpp"
#include "tests/metrics_case.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain {
namespace {

// Each metric against its definition. Relative perturbations of sigma_1 are p(n) u; a factor of
// n^2 covers every p of docs/numerics.md, sums and their logarithms included.
TEST(Metrics, AgreeWithTheirDefinitions) {
    auto random = oracle::generator(1);
    for (const auto& [rows, cols] : shapes) {
        SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(cols));
        const Matrix h = oracle::gaussian(rows, cols, random);
        const std::int64_t n = std::min(rows, cols);
        const auto sigma = oracle::singular_values(h);
        const auto longest = static_cast<double>(std::max(rows, cols));
        const double tolerance = 4 * longest * longest * eps;
        const auto condition = static_cast<double>(sigma.front() / sigma.back());
        const auto result =
            measure(observe(h.values, rows, cols),
                    {quantity(Metric::rank_lower_bound), quantity(Metric::numerical_rank),
                     quantity(Metric::stable_rank), quantity(Metric::effective_rank),
                     quantity(Metric::orthogonality_gap), quantity(Metric::isometry_gap),
                     quantity(Metric::mean_abs_cosine), quantity(Metric::condition_number)});
        EXPECT_FALSE(result.status.spectrum_failed);
        const auto& v = result.values;
        expect_close(v[0], oracle::rank_lower_bound(h), tolerance, "rank_lower_bound");
        EXPECT_EQ(v[1], static_cast<double>(n));
        expect_close(v[2], oracle::stable_rank(h), tolerance, "stable_rank");
        expect_close(v[3], oracle::effective_rank(h), tolerance, "effective_rank");
        if (cols > 1) {
            expect_close(v[4], oracle::orthogonality_gap(h), tolerance, "orthogonality_gap");
            expect_close(v[6], oracle::mean_abs_cosine(h), tolerance, "mean_abs_cosine");
        }
        EXPECT_NEAR(v[5], static_cast<double>(oracle::isometry_gap(h, n)), tolerance * condition);
        expect_close(v[7], sigma.front() / sigma.back(), tolerance * condition, "condition_number");
    }
}

TEST(Metrics, SpectrumAndCountsAreThoseOfTheMatrix) {
    auto random = oracle::generator(2);
    for (const auto& [rows, cols] : shapes) {
        SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(cols));
        const Matrix h = oracle::gaussian(rows, cols, random);
        const auto lambda = oracle::eigenvalues(h);
        std::vector<Quantity> quantities{soft_rank(0.1), soft_rank(0.5), soft_rank(0.0)};
        for (std::int64_t i = 1; i <= std::min(rows, cols); ++i) {
            quantities.push_back({Metric::spectrum, nan, i});
        }
        const auto both = measure(observe(h.values, rows, cols), quantities);
        quantities.resize(3);
        const auto counts = measure(observe(h.values, rows, cols), quantities);
        for (std::size_t q = 0; q < 3; ++q) {
            std::int64_t count = 0;
            for (const auto value : lambda)
                count += value >= quantities[q].tau ? 1 : 0;
            EXPECT_EQ(both.values[q], static_cast<double>(count));
            EXPECT_EQ(counts.values[q], static_cast<double>(count));
            EXPECT_EQ(counts.resolved[q], 0);
        }
        const auto longest = static_cast<double>(std::max(rows, cols));
        for (std::size_t i = 0; i < lambda.size(); ++i) {
            const auto bound =
                30 * longest * eps * static_cast<double>(std::sqrt(lambda[i] * lambda[0])) * 2;
            EXPECT_NEAR(both.values[3 + i], static_cast<double>(lambda[i]), bound);
        }
    }
}

TEST(Metrics, ZeroMatrixHasTheDocumentedValues) {
    const Matrix zero(3, 4);
    EXPECT_EQ(measure_one(zero, soft_rank(0.1)), 0.0);
    EXPECT_EQ(measure_one(zero, soft_rank(0.0)), 3.0);
    EXPECT_EQ(measure_one(zero, quantity(Metric::rank_lower_bound)), 0.0);
    EXPECT_EQ(measure_one(zero, quantity(Metric::numerical_rank)), 0.0);
    EXPECT_EQ(measure_one(zero, quantity(Metric::stable_rank)), 0.0);
    EXPECT_EQ(measure_one(zero, quantity(Metric::effective_rank)), 0.0);
    EXPECT_EQ(measure_one(zero, quantity(Metric::isometry_gap)), infinity);
    EXPECT_EQ(measure_one(zero, quantity(Metric::condition_number)), infinity);
    EXPECT_EQ(measure_one(zero, {Metric::spectrum, nan, 1}), 0.0);
    EXPECT_TRUE(std::isnan(measure_one(zero, quantity(Metric::orthogonality_gap))));
    EXPECT_TRUE(std::isnan(measure_one(zero, quantity(Metric::mean_abs_cosine))));
    EXPECT_TRUE(std::isnan(measure_one(zero, {Metric::lyapunov, nan, 1})));
}

TEST(Metrics, OfAKnownSpectrumFollowByHand) {
    // sigma = 4, 2, 2, 0: sigma^2 = 16, 4, 4, 0, N = 4.
    const Matrix h = hadamard({4, 2, 2, 0});
    const double tolerance = 64 * eps;
    EXPECT_NEAR(measure_one(h, quantity(Metric::rank_lower_bound)), 24.0 * 24.0 / 288.0, tolerance);
    EXPECT_EQ(measure_one(h, quantity(Metric::numerical_rank)), 3.0);
    EXPECT_NEAR(measure_one(h, quantity(Metric::stable_rank)), 1.5, tolerance);
    // p = 1/2, 1/4, 1/4: entropy 1.5 ln 2.
    EXPECT_NEAR(measure_one(h, quantity(Metric::effective_rank)), std::pow(2.0, 1.5), tolerance);
    EXPECT_NEAR(measure_one(h, quantity(Metric::orthogonality_gap)), std::sqrt(0.5 - 0.25),
                tolerance);
    EXPECT_EQ(measure_one(h, quantity(Metric::isometry_gap)), infinity);
    EXPECT_EQ(measure_one(h, quantity(Metric::condition_number)), infinity);
    EXPECT_EQ(measure_one(h, soft_rank(0.9)), 3.0);
    EXPECT_EQ(measure_one(h, soft_rank(1.1)), 1.0);
    EXPECT_NEAR(measure_one(h, {Metric::spectrum, nan, 1}), 4.0, tolerance);
    EXPECT_NEAR(measure_one(h, {Metric::spectrum, nan, 3}), 1.0, tolerance);
    EXPECT_TRUE(std::isnan(measure_one(h, {Metric::spectrum, nan, 5})));
}

TEST(Metrics, OfAnOrthogonalMatrixAreTheirExtremes) {
    const Matrix h = hadamard(std::vector<double>(16, 4.0));
    EXPECT_NEAR(measure_one(h, quantity(Metric::rank_lower_bound)), 16.0, 256 * eps);
    EXPECT_NEAR(measure_one(h, quantity(Metric::stable_rank)), 16.0, 256 * eps);
    EXPECT_NEAR(measure_one(h, quantity(Metric::effective_rank)), 16.0, 256 * eps);
    EXPECT_NEAR(measure_one(h, quantity(Metric::condition_number)), 1.0, 256 * eps);
    // Nothing cancels in these: they are zero to the rounding of their terms, where
    // sqrt(1 / r - 1 / N) would be off by sqrt(eps).
    EXPECT_LE(measure_one(h, quantity(Metric::orthogonality_gap)), 16 * eps);
    EXPECT_LE(measure_one(h, quantity(Metric::isometry_gap)), 256 * eps * eps);
    EXPECT_LE(measure_one(h, quantity(Metric::mean_abs_cosine)), 16 * eps);
}

// Nearly orthogonal columns: the gaps are of the size of the perturbation, x = 2^-20, and its
// square. An error 2 30 16 eps in lambda, the bound of the singular values, moves them by that over
// x; both would be lost in differences of numbers near one.
TEST(Metrics, SmallGapsKeepTheirDigits) {
    std::vector<double> sigma;
    for (int i = 15; i >= 0; --i)
        sigma.push_back(1.0 + std::ldexp(i * i, -27));
    Matrix diagonal(16, 16);
    for (std::int64_t i = 0; i < 16; ++i)
        diagonal(i, i) = sigma[static_cast<std::size_t>(i)];
    oracle::Real mean = 0;
    oracle::Real gap = 0;
    for (const double s : sigma)
        mean += oracle::Real{s} * s / 16;
    for (const double s : sigma) {
        const oracle::Real x = (oracle::Real{s} * s - mean) / mean;
        gap += (x - std::log1p(x)) / 16;
    }
    const double tolerance = 2 * 2 * 30 * 16 * eps * std::ldexp(1.0, 20);
    for (const Matrix& h : {hadamard(sigma), diagonal}) {
        expect_close(measure_one(h, quantity(Metric::orthogonality_gap)),
                     oracle::orthogonality_gap(h), tolerance, "orthogonality_gap");
        expect_close(measure_one(h, quantity(Metric::isometry_gap)), gap, tolerance,
                     "isometry_gap");
    }
}

TEST(Metrics, NumericalRankIsNumPysAtItsThreshold) {
    // sigma_i > sigma_1 max(d, N) eps is strict: 8 eps itself does not count.
    Matrix h(2, 8);
    h(0, 0) = 1;
    h(1, 1) = 8 * eps;
    EXPECT_EQ(measure_one(h, quantity(Metric::numerical_rank)), 1.0);
    h(1, 1) = 8 * eps * (1 + eps);
    EXPECT_EQ(measure_one(h, quantity(Metric::numerical_rank)), 2.0);
}

TEST(Metrics, CentredRowsLoseOneDirection) {
    auto random = oracle::generator(8);
    Matrix h = oracle::gaussian(12, 6, random);
    for (std::int64_t i = 0; i < 12; ++i) {
        oracle::Real mean = 0;
        for (std::int64_t j = 0; j < 6; ++j)
            mean += h(i, j) / oracle::Real{6};
        for (std::int64_t j = 0; j < 6; ++j)
            h(i, j) -= static_cast<double>(mean);
    }
    auto observed = observe(h.values, 12, 6);
    observed.centred = true;
    const auto result =
        measure(observed, {quantity(Metric::isometry_gap), quantity(Metric::condition_number)});
    const auto sigma = oracle::singular_values(h);
    expect_close(result.values[0], oracle::isometry_gap(h, 5), 1e-12, "isometry_gap");
    expect_close(result.values[1], sigma[0] / sigma[4], 1e-12, "condition_number");
    observed.centred = false;
    EXPECT_EQ(measure(observed, {quantity(Metric::isometry_gap)}).values[0], infinity);
}

TEST(Metrics, CosinesLeaveZeroColumnsOut) {
    // Columns (1,0), (1,1), 0: one pair, at 45 degrees.
    Matrix h(2, 3);
    h(0, 0) = 1;
    h(0, 1) = 1;
    h(1, 1) = 1;
    EXPECT_NEAR(measure_one(h, quantity(Metric::mean_abs_cosine)), std::sqrt(0.5), 4 * eps);
    Matrix single(2, 2);
    single(0, 1) = 1;
    EXPECT_TRUE(std::isnan(measure_one(single, quantity(Metric::mean_abs_cosine))));
}

TEST(Metrics, CosinesCrossThePanels) {
    auto random = oracle::generator(11);
    for (const std::int64_t cols : {63, 64, 65, 127, 129, 200}) {
        const Matrix h = oracle::gaussian(5, cols, random);
        expect_close(measure_one(h, quantity(Metric::mean_abs_cosine)), oracle::mean_abs_cosine(h),
                     1e-13, "mean_abs_cosine");
    }
}

TEST(Metrics, LyapunovUndoesTheKeptLogs) {
    // H = c W with sigma(W) = 4, 2, 1, 0 after 3 layers and ln c = 0.7.
    Matrix h = hadamard({4, 2, 1, 0});
    for (double& value : h.values)
        value *= std::exp(0.7);
    auto observed = observe(h.values, 4, 4);
    observed.log_scale = 0.7;
    observed.layer = 3;
    std::vector<Quantity> quantities;
    for (std::int64_t i = 1; i <= 5; ++i)
        quantities.push_back({Metric::lyapunov, nan, i});
    const auto result = measure(observed, quantities);
    EXPECT_NEAR(result.values[0], std::log(4.0) / 3, 64 * eps);
    EXPECT_NEAR(result.values[1], std::log(2.0) / 3, 64 * eps);
    EXPECT_NEAR(result.values[2], 0.0, 64 * eps);
    EXPECT_TRUE(std::isnan(result.values[3]));  // below the resolution
    EXPECT_TRUE(std::isnan(result.values[4]));  // no such value
    observed.layer = 0;
    EXPECT_TRUE(std::isnan(measure(observed, quantities).values[0]));
}

TEST(Metrics, NumbersThatAreNotFiniteAreNeverMeasured) {
    std::vector<double> h(12, 1.0);
    h[7] = nan;
    auto quantities = invariants();
    const auto spectral = measure(observe(h, 3, 4), quantities);
    EXPECT_TRUE(spectral.status.spectrum_failed);
    for (const double value : spectral.values)
        EXPECT_TRUE(std::isnan(value));
    const auto gram = measure(observe(h, 3, 4), {quantity(Metric::rank_lower_bound)});
    EXPECT_TRUE(std::isnan(gram.values[0]));
    EXPECT_FALSE(gram.status.spectrum_failed);
}

TEST(Metrics, MemoryIsKnownBeforehand) {
    const std::vector<Quantity> gram{quantity(Metric::rank_lower_bound)};
    const std::vector<Quantity> all = invariants();
    const std::int64_t square = std::int64_t{8} * 128 * 128;
    EXPECT_GE(cpu::measure_bytes(128, 128, gram), 2 * square);
    // The group's Gram matrices and panels come on top, in the lanes of a vector.
    EXPECT_LE(cpu::measure_bytes(128, 128, gram), (3 + cpu::lane_count()) * square);
    EXPECT_GE(cpu::measure_bytes(128, 128, all), 3 * square);
    // No product of sizes overflows.
    EXPECT_GT(cpu::measure_bytes(100000, 1000000, gram), std::int64_t{8} * 100000 * 1000000);
}

}  // namespace
}  // namespace rankchain
