// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/measure.hpp"
#include "host/spectrum_choice.hpp"
#include "tests/spectrum_oracle.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain {
namespace {

using oracle::Matrix;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double eps = std::numeric_limits<double>::epsilon();

Quantity quantity(Metric metric) {
    return {metric, nan, 0};
}

Quantity soft_rank(double tau) {
    return {Metric::soft_rank, tau, 0};
}

struct Result {
    std::vector<double> values;
    std::vector<std::uint8_t> resolved;
    DrawStatus status;
};

template <class T>
cpu::Observed<T> observe(const std::vector<T>& values, std::int64_t rows, std::int64_t cols) {
    return {.data = values.data(), .rows = rows, .cols = cols, .stride = cols, .batch = cols};
}

template <class T>
Result measure(const cpu::Observed<T>& h, const std::vector<Quantity>& quantities) {
    Result result{
        std::vector<double>(quantities.size()), std::vector<std::uint8_t>(quantities.size()), {}};
    cpu::measure(h, quantities, result.values.data(), result.resolved.data(), 1, result.status);
    return result;
}

double measure_one(const Matrix& h, Quantity what) {
    return measure(observe(h.values, h.rows, h.cols), {what}).values[0];
}

/// Relative error; NaN fails.
void expect_close(double value, oracle::Real truth, double tolerance, const char* what) {
    const auto error = std::fabs(static_cast<oracle::Real>(value) - truth);
    EXPECT_TRUE(error <= tolerance * std::fabs(truth))
        << what << ": " << value << " against " << static_cast<double>(truth);
}

/// Shapes that cross the block sizes of LAPACK and both orientations.
const std::vector<std::pair<std::int64_t, std::int64_t>> shapes{
    {1, 1}, {1, 5}, {5, 1}, {2, 2}, {3, 2}, {7, 7}, {8, 20}, {20, 8}, {33, 31}, {40, 70}, {70, 40}};

// Each metric against its definition. Relative perturbations of sigma_1 are p(n) u; a factor of
// n^2 covers every p of docs/numerics.md, sums and their logarithms included.
TEST(Metrics, AgreeWithTheirDefinitions) {
    std::mt19937_64 random(1);
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
    std::mt19937_64 random(2);
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

}  // namespace
}  // namespace rankchain
