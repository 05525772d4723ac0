// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/study/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double eps = std::numeric_limits<double>::epsilon();

Summary of(std::vector<double> values, bool integer = false) {
    return summarise({std::move(values), {}}, integer, 0);
}

TEST(Statistics, SmallCaseByHand) {
    const Summary s = of({4, 1, 3, 2}, true);
    EXPECT_EQ(s.count, 4);
    EXPECT_EQ(s.mean, 2.5);
    EXPECT_EQ(s.std, std::sqrt(5.0 / 3.0));  // deviations 1.5 1.5 0.5 0.5
    EXPECT_EQ(s.stderr_, s.std / 2);
    EXPECT_EQ(s.min, 1);
    EXPECT_EQ(s.max, 4);
    // (n - 1) p = 0.75, 1.5, 2.25: numpy.quantile([4, 1, 3, 2], p)
    EXPECT_EQ(s.q25, 1.75);
    EXPECT_EQ(s.median, 2.5);
    EXPECT_EQ(s.q75, 3.25);
    EXPECT_DOUBLE_EQ(s.q05, 1.15);
    EXPECT_DOUBLE_EQ(s.q95, 3.85);
    EXPECT_EQ(s.histogram, (std::map<std::int64_t, std::int64_t>{{1, 1}, {2, 1}, {3, 1}, {4, 1}}));
}

TEST(Statistics, NoneAndOne) {
    const Summary none = of({});
    EXPECT_EQ(none.count, 0);
    EXPECT_EQ(none.failed, 0);
    for (const double x : {none.mean, none.std, none.stderr_, none.min, none.median, none.max}) {
        EXPECT_TRUE(std::isnan(x));
    }
    const Summary one = of({7.5});
    EXPECT_EQ(one.mean, 7.5);
    EXPECT_EQ(one.q05, 7.5);
    EXPECT_EQ(one.q95, 7.5);
    EXPECT_TRUE(std::isnan(one.std));
    EXPECT_TRUE(std::isnan(one.stderr_));
}

TEST(Statistics, AFailedDrawIsCountedAndNeverAveraged) {
    const Summary s = summarise({{1, nan, 3, nan}, {0, 1, 1, 1}}, true, 17);
    EXPECT_EQ(s.count, 2);
    EXPECT_EQ(s.failed, 2);
    EXPECT_EQ(s.mean, 2);
    EXPECT_EQ(s.resolved, 3);
    EXPECT_EQ(s.degenerate_rows, 17);
    EXPECT_EQ(s.histogram.size(), 2U);
    const Summary all = of({nan, nan}, true);
    EXPECT_EQ(all.failed, 2);
    EXPECT_EQ(all.count, 0);
    EXPECT_TRUE(std::isnan(all.mean));
    EXPECT_TRUE(all.histogram.empty());
}

TEST(Statistics, AnInfiniteValueIsAValue) {
    const Summary s = of({1, inf, 2, 3});
    EXPECT_EQ(s.count, 4);
    EXPECT_EQ(s.failed, 0);
    EXPECT_EQ(s.mean, inf);
    EXPECT_TRUE(std::isnan(s.std));
    EXPECT_EQ(s.min, 1);
    EXPECT_EQ(s.median, 2.5);
    EXPECT_EQ(s.q95, inf);  // between 3 and inf
    EXPECT_EQ(s.max, inf);
    const Summary both = of({-inf, inf, 0});
    EXPECT_TRUE(std::isnan(both.mean));
    EXPECT_EQ(both.median, 0);
    EXPECT_EQ(both.q25, -inf);
    EXPECT_EQ(of({inf, inf}).median, inf);
}

// E[x^2] - E[x]^2 would lose every digit here: the spread is 2^-20 of the offset's last digits.
TEST(Statistics, VarianceComesFromDeviations) {
    const double offset = 1e9;
    const Summary s = of({offset + 1, offset + 2, offset + 3, offset + 4});
    EXPECT_EQ(s.mean, offset + 2.5);
    EXPECT_EQ(s.std, std::sqrt(5.0 / 3.0));
}

// A compensated sum of positive values is right to 2 eps (Higham, Accuracy and Stability, 4.3), and
// the division adds one. The sum of n squared deviations has a relative error of (n + 3) eps at
// most, its root half of that.
TEST(Statistics, AgreesWithLongDouble) {
    std::mt19937_64 random(20260101);
    for (const std::size_t n : {2U, 3U, 10U, 1000U, 100'003U}) {
        std::vector<double> values(n);
        std::lognormal_distribution<double> law(0.0, 3.0);
        for (double& x : values)
            x = law(random);
        long double sum = 0;
        for (const double x : values)
            sum += x;
        const long double mean = sum / static_cast<long double>(n);
        long double squares = 0;
        for (const double x : values)
            squares += (x - mean) * (x - mean);
        const long double std = std::sqrt(squares / static_cast<long double>(n - 1));
        const Summary s = of(values);
        const auto count = static_cast<double>(n);
        EXPECT_LE(std::abs(static_cast<double>(s.mean - mean)),
                  4 * eps * static_cast<double>(mean));
        EXPECT_LE(std::abs(static_cast<double>(s.std - std)),
                  (count + 3) * eps * static_cast<double>(std));
        EXPECT_LE(std::abs(s.stderr_ - s.std / std::sqrt(count)), 2 * eps * s.stderr_);

        std::sort(values.begin(), values.end());
        EXPECT_EQ(s.min, values.front());
        EXPECT_EQ(s.max, values.back());
        const std::vector<std::pair<double, double>> quantiles{
            {0.05, s.q05}, {0.25, s.q25}, {0.5, s.median}, {0.75, s.q75}, {0.95, s.q95}};
        for (const auto& [p, got] : quantiles) {
            const long double place = static_cast<long double>(n - 1) * p;
            const auto below = static_cast<std::size_t>(place);
            const double above = values[std::min(below + 1, n - 1)];
            const long double part = place - static_cast<long double>(below);
            const auto want = static_cast<double>(values[below] + (above - values[below]) * part);
            // (n - 1) p is rounded: its part is off by (n - 1) p eps, the value by that times the
            // gap between neighbours.
            EXPECT_LE(std::abs(got - want),
                      count * eps * (above - values[below]) + 4 * eps * std::abs(want))
                << n << " " << p;
        }
    }
}

// A run that is interrupted gives the values in the same draw order: nothing else may matter.
TEST(Statistics, DependsOnTheValuesInTheirOrderAlone) {
    std::mt19937_64 random(7);
    std::vector<double> values(1001);
    for (double& x : values)
        x = std::uniform_real_distribution<double>(0, 1)(random);
    const Summary a = of(values);
    const std::vector<double> copy(values.begin(), values.end());
    const Summary b = of(copy);
    EXPECT_EQ(a.mean, b.mean);
    EXPECT_EQ(a.std, b.std);
}

}  // namespace
}  // namespace rankchain
