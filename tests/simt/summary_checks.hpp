// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// A device's statistics, emulated or not, against the host's.
#pragma once

#include "host/study/statistics.hpp"
#include "kernels/backend/memory.hpp"
#include "kernels/summary.cuh"
#include "tests/simt/device_array.hpp"
#include "tests/simt/schedule.hpp"
#include <rankchain/error.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::cuda::summary_checks {

inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double eps = std::numeric_limits<double>::epsilon();

/// Equal, or both NaN.
inline testing::AssertionResult same(double a, double b) {
    if (a == b || (std::isnan(a) && std::isnan(b))) return testing::AssertionSuccess();
    return testing::AssertionFailure() << a << " is not " << b;
}

/// Rows of equal length through the device, each compared with the host's statistics.
inline void expect_the_hosts(const std::vector<std::vector<double>>& rows, bool integer) {
    const auto quantities = static_cast<std::int64_t>(rows.size());
    const auto draws = static_cast<std::int64_t>(rows.front().size());
    std::vector<double> all;
    for (const auto& row : rows)
        all.insert(all.end(), row.begin(), row.end());
    DeviceMemory memory;
    const DeviceArray<double> values(all), sorted(quantities * draws);
    const DeviceArray<SeriesSummary> summaries(quantities);
    summarise(memory, values.get(), quantities, draws, summaries.get(), sorted.get(), nullptr);
    const auto found = summaries.host();
    for (std::size_t q = 0; q < rows.size(); ++q) {
        const Summary wanted = summarise(Series{rows[q], {}}, integer, 0);
        const SeriesSummary& got = found[q];
        SCOPED_TRACE("quantity " + std::to_string(q) + " of " + std::to_string(draws) + " draws");
        EXPECT_EQ(got.count, wanted.count);
        EXPECT_EQ(got.failed, wanted.failed);
        EXPECT_TRUE(same(got.min, wanted.min));
        EXPECT_TRUE(same(got.q05, wanted.q05));
        EXPECT_TRUE(same(got.q25, wanted.q25));
        EXPECT_TRUE(same(got.median, wanted.median));
        EXPECT_TRUE(same(got.q75, wanted.q75));
        EXPECT_TRUE(same(got.q95, wanted.q95));
        EXPECT_TRUE(same(got.max, wanted.max));
        if (draws <= 1024) {
            // The same order, so the same bits.
            EXPECT_TRUE(same(got.mean, wanted.mean));
            EXPECT_TRUE(same(got.std, wanted.std));
            EXPECT_TRUE(same(got.stderr_, wanted.stderr_));
        } else {
            // Both means have an error of 2 eps of the largest value, both deviations one of
            // (n + 3) eps (docs/numerics.md, "Statistics").
            const double most = std::max(std::fabs(wanted.min), std::fabs(wanted.max));
            const double share = 2 * (static_cast<double>(wanted.count) + 3) * eps;
            EXPECT_NEAR(got.mean, wanted.mean, 4 * eps * most);
            EXPECT_NEAR(got.std, wanted.std, share * wanted.std);
            EXPECT_NEAR(got.stderr_, wanted.stderr_, share * wanted.stderr_);
        }
        if (!integer) continue;
        const DeviceArray<std::int64_t> numbers(got.count), counts(got.count);
        const std::int64_t size =
            histogram(memory, sorted.get() + static_cast<std::int64_t>(q) * draws, got.count,
                      numbers.get(), counts.get(), nullptr);
        std::map<std::int64_t, std::int64_t> of;
        for (std::size_t i = 0; i < static_cast<std::size_t>(size); ++i)
            of[numbers.host()[i]] = counts.host()[i];
        EXPECT_EQ(of, wanted.histogram);
    }
}

struct DeviceSummary : testing::Test {
    void SetUp() override { RANKCHAIN_NEED_DEVICE(); }
};

TEST_F(DeviceSummary, IsThatOfTheHost) {
    std::mt19937_64 random(1);
    std::normal_distribution<double> normal(3.0, 2.0);
    std::uniform_int_distribution<int> percent(0, 99);
    for (const std::size_t draws : {1U, 2U, 3U, 20U, 21U, 1000U, 1024U, 1025U, 5000U}) {
        std::vector<std::vector<double>> rows(4, std::vector<double>(draws));
        for (auto& row : rows) {
            for (double& x : row)
                x = normal(random);
        }
        for (double& x : rows[1]) {
            if (percent(random) < 20) x = nan;  // failed
        }
        rows[2].assign(draws, 0.1);
        for (double& x : rows[3])
            x = -1e100 * x;
        expect_the_hosts(rows, false);
    }
}

TEST_F(DeviceSummary, InfiniteAndMissingValuesAreThoseOfTheHost) {
    expect_the_hosts({{nan, nan, nan, nan}, {nan, 2, nan, nan}, {infinity, 1, 2, nan}}, false);
    expect_the_hosts({{infinity, -infinity, 1, 5},
                      {-infinity, -infinity, -infinity, 0},
                      {-0.0, 0.0, -1.0, 5e-324}},
                     false);
    expect_the_hosts({{-nan, 7, nan, 3}}, false);  // whatever the sign of a NaN
}

TEST_F(DeviceSummary, HistogramsAreExact) {
    std::mt19937_64 random(2);
    std::binomial_distribution<int> binomial(64, 0.2);
    for (const std::size_t draws : {1U, 7U, 3000U}) {
        std::vector<std::vector<double>> rows(3, std::vector<double>(draws));
        for (auto& row : rows) {
            for (double& x : row)
                x = binomial(random);
        }
        rows[1].assign(draws, 5);
        rows[2][draws / 2] = nan;
        expect_the_hosts(rows, true);
    }
}

TEST_F(DeviceSummary, OfNoDrawsIsEmpty) {
    DeviceMemory memory;
    const DeviceArray<SeriesSummary> summaries(1);
    summarise(memory, nullptr, 1, 0, summaries.get(), nullptr, nullptr);
    const SeriesSummary got = summaries.host()[0];
    EXPECT_EQ(got.count, 0);
    EXPECT_EQ(got.failed, 0);
    for (const double value : {got.mean, got.std, got.stderr_, got.min, got.median, got.max})
        EXPECT_TRUE(std::isnan(value));
    EXPECT_EQ(histogram(memory, nullptr, 0, nullptr, nullptr, nullptr), 0);
    summarise(memory, nullptr, 0, 5, nullptr, nullptr, nullptr);
    EXPECT_THROW(summarise(memory, nullptr, -1, 5, nullptr, nullptr, nullptr), DeviceError);
}

}  // namespace rankchain::cuda::summary_checks
