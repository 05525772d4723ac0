// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Counts on the bidiagonal form on a device, emulated or not: against long double and the CPU
// backend.
#pragma once

#include "host/arith/count_error.hpp"
#include "host/cpu/blas_threads.hpp"
#include "host/cpu/lanes.hpp"
#include "host/spectrum_choice.hpp"
#include "kernels/bidiagonal.cuh"
#include "tests/count_kinds.hpp"
#include "tests/hard_spectra.hpp"
#include "tests/simt/device_array.hpp"
#include "tests/simt/schedule.hpp"
#include "tests/spectrum_oracle.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::cuda::bidiagonal_checks {

using oracle::Matrix;

inline constexpr double eps = std::numeric_limits<double>::epsilon();
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// What a device says of matrices of one shape.
struct Counted {
    std::vector<RankEnds> ends;  ///< [matrix, tau]
    std::vector<int> exponent;
    std::vector<double> lambda_1;
    std::vector<double> form;

    /// As they are compared bit by bit.
    [[nodiscard]] std::vector<double> numbers() const {
        std::vector<double> all(form);
        all.insert(all.end(), lambda_1.begin(), lambda_1.end());
        for (const RankEnds& rank : ends) {
            all.push_back(rank.low);
            all.push_back(rank.high);
        }
        return all;
    }
};

template <class T>
Counted count(const std::vector<T>& h, std::int64_t rows, std::int64_t cols,
              const std::vector<double>& taus, bool top = false) {
    const std::int64_t draws = static_cast<std::int64_t>(h.size()) / (rows * cols);
    const auto ranks = static_cast<std::int64_t>(taus.size());
    const DeviceArray<T> device(h);
    const DeviceArray<double> thresholds(taus);
    const DeviceArray<RankEnds> ends(draws * ranks);
    const DeviceArray<int> exponent(draws);
    const DeviceArray<double> lambda_1(draws);
    const DeviceArray<double> form(draws * 2 * std::min(rows, cols));
    CountBatch<T> batch;
    batch.h = {device.get(), rows * cols, rows, cols, nullptr, nullptr, 0, draws};
    batch.batch = cols;
    batch.taus = thresholds.get();
    batch.ranks = ranks;
    batch.resolution =
        resolution(1.0, rows, cols, sizeof(T) == 4 ? Precision::float32 : Precision::float64);
    batch.ends = ends.get();
    batch.exponent = exponent.get();
    batch.lambda_1 = top ? lambda_1.get() : nullptr;
    batch.form = form.get();
    EXPECT_EQ(count_bidiagonal(batch, nullptr), cudaSuccess);
    return {ends.host(), exponent.host(), top ? lambda_1.host() : std::vector<double>(),
            form.host()};
}

/// Singular values of a form by bisection on the counts of a lane of the CPU backend, descending.
inline std::vector<double> values_of(std::int64_t n, const double* form) {
    cpu::BidiagonalLanes lanes;
    const auto width = static_cast<std::size_t>(cpu::lane_count());
    const auto side = static_cast<std::size_t>(n);
    lanes.n = lanes.k = n;
    lanes.squares.resize((2 * side - 1) * width);
    for (std::size_t i = 0; i + 1 < 2 * side; ++i)
        lanes.squares[i * width] = form[i];
    std::vector<double> low(side, 0.0), high(side, 2 * form[2 * side - 1]);
    cpu::AlignedVector<double> x(side * width), counts(side * width);
    for (int step = 0; step < 120; ++step) {
        for (std::size_t i = 0; i < side; ++i)
            x[i * width] = low[i] + 0.5 * (high[i] - low[i]);
        lanes.count_at_least(n, x.data(), counts.data());
        for (std::size_t i = 0; i < side; ++i)
            (counts[i * width] > static_cast<double>(i) ? low : high)[i] = x[i * width];
    }
    return low;
}

inline std::int64_t at_least(const std::vector<double>& sigma, double x) {
    return std::count_if(sigma.begin(), sigma.end(), [x](double s) { return s >= x; });
}

class BidiagonalCounts : public testing::Test {
  protected:
    void SetUp() override { RANKCHAIN_NEED_DEVICE(); }
    void TearDown() override { schedule_threads(0); }
    const cpu::SingleBlasThread single_;
};

/// [rows, cols] that cross the borders of warps, teams and registers.
inline const std::vector<std::pair<std::int64_t, std::int64_t>>& shapes() {
#ifdef RANKCHAIN_SIMT_RACE
    static const std::vector<std::pair<std::int64_t, std::int64_t>> all{
        {1, 1}, {2, 2}, {5, 3}, {31, 32}, {33, 33}, {20, 70}, {66, 40}, {9, 200}, {6, 300}};
#else
    static const std::vector<std::pair<std::int64_t, std::int64_t>> all{
        {1, 1},   {1, 5},    {2, 2},    {3, 3},    {3, 9},    {8, 8},     {31, 31},   {32, 32},
        {33, 33}, {34, 34},  {17, 64},  {65, 9},   {63, 63},  {64, 64},   {65, 65},   {99, 33},
        {16, 70}, {20, 200}, {64, 256}, {300, 12}, {40, 260}, {127, 127}, {128, 128}, {129, 129}};
#endif
    return all;
}

// LAPACK's own measure, |s_hat - s| / (|A| max(m, n) eps) < 30. Sizes to 65 against long double
// Jacobi; beyond, where that takes minutes, against the spectrum the matrix was made with, which
// its reflections keep to 8 max(m, n) eps. And ||W||_F.
TEST_F(BidiagonalCounts, TestRatiosOfTheFormAreBelowThirty) {
    auto random = oracle::generator(11);
    double worst = 0;
    for (const auto& [rows, cols] : shapes()) {
        const std::int64_t n = std::min(rows, cols), k = std::max(rows, cols);
        const auto size = static_cast<std::size_t>(rows * cols);
        const auto spectra = oracle::hard_spectra(n);
        std::vector<double> all;
        std::vector<Matrix> matrices;
        for (const auto& [name, sigma] : spectra) {
            matrices.push_back(oracle::with_spectrum(rows, cols, sigma, random));
            all.insert(all.end(), matrices.back().values.begin(), matrices.back().values.end());
        }
        const Counted got = count(all, rows, cols, {});
        for (std::size_t b = 0; b < spectra.size(); ++b) {
            const bool exactly = n <= 65;
            std::vector<double> exact;
            const auto scale = [&](double x) { return std::ldexp(x, -got.exponent[b]); };
            if (exactly) {
                Matrix w = matrices[b];
                for (double& x : w.values)
                    x = scale(x);
                const auto real = oracle::singular_values(w);
                exact.assign(real.begin(), real.end());
            } else {
                for (const double x : spectra[b].second)
                    exact.push_back(scale(x));
                std::sort(exact.rbegin(), exact.rend());
            }
            const double* const form = got.form.data() + b * 2 * static_cast<std::size_t>(n);
            const auto values = values_of(n, form);
            double norm = 0;
            for (std::size_t e = 0; e < size; ++e)
                norm += scale(matrices[b].values[e]) * scale(matrices[b].values[e]);
            norm = std::sqrt(norm);
            const double unit = static_cast<double>(k) * eps;
            EXPECT_TRUE(std::fabs(form[2 * n - 1] - norm) <=
                        10 * static_cast<double>(n) * unit * norm)
                << spectra[b].first << " " << rows << " x " << cols;
            for (std::size_t i = 0; i < exact.size(); ++i) {
                if (exact[0] == 0) {
                    EXPECT_EQ(values[i], 0.0);
                    continue;
                }
                const double ratio = std::fabs(values[i] - exact[i]) / exact[0] / unit;
                ASSERT_TRUE(ratio < (exactly ? 30 : 38))
                    << spectra[b].first << " " << rows << " x " << cols << " value " << i;
                worst = std::max(worst, ratio);
            }
        }
    }
    std::printf("worst LAPACK test ratio: %.3f of 30\n", worst);
}

struct Tally {
    std::int64_t ranks = 0, undecided = 0;
};

/// Every interval holds the rank that the singular values say, and is one number where none of them
/// is within twice the error of the threshold.
template <class T>
void check_intervals(const std::vector<Matrix>& wide, const std::vector<double>& taus,
                     Tally& tally) {
    const std::int64_t rows = wide[0].rows, cols = wide[0].cols;
    const std::int64_t n = std::min(rows, cols), k = std::max(rows, cols);
    std::vector<T> all;
    for (const Matrix& matrix : wide) {
        for (const double x : matrix.values)
            all.push_back(static_cast<T>(x));
    }
    const Counted got = count(all, rows, cols, taus, true);
    const auto size = static_cast<std::size_t>(rows * cols);
    for (std::size_t b = 0; b < wide.size(); ++b) {
        Matrix w(rows, cols);
        for (std::size_t e = 0; e < size; ++e)
            w.values[e] = std::ldexp(static_cast<double>(all[b * size + e]), -got.exponent[b]);
        const auto [sigma, relative] = count_kinds::truth(w);
        double norm = 0;
        for (const double s : sigma)
            norm += s * s;
        norm = std::sqrt(norm);
        const double unit = arith::bidiagonal_error(n, k, norm, 0);
        EXPECT_TRUE(std::fabs(std::sqrt(got.lambda_1[b]) - sigma[0]) <=
                    unit + relative * sigma[0] + 4 * eps * sigma[0]);
        for (std::size_t t = 0; t < taus.size(); ++t) {
            const bool numerical = std::isnan(taus[t]);
            const double step =
                numerical ? resolution(1.0, rows, cols,
                                       sizeof(T) == 4 ? Precision::float32 : Precision::float64)
                          : 0.0;
            const double x = numerical
                                 ? step * sigma[0]
                                 : std::sqrt(arith::gram_threshold(taus[t], got.exponent[b], cols));
            // The oracle's own error.
            const double e = relative * sigma[0] * (1 + step) + 2 * eps * x;
            const RankEnds ends = got.ends[b * taus.size() + t];
            if (numerical && sigma[0] == 0) {
                EXPECT_EQ(ends.high, 0);
                continue;
            }
            ++tally.ranks;
            tally.undecided += ends.low == ends.high ? 0 : 1;
            const std::int64_t fewest = at_least(sigma, x + e), most = at_least(sigma, x - e);
            EXPECT_TRUE(ends.low <= most && ends.high >= fewest && ends.low <= ends.high)
                << rows << " x " << cols << " tau " << taus[t] << ": " << ends.low << " .. "
                << ends.high << " does not meet " << fewest << " .. " << most;
            // sigma_1 is known to 2^-12 at least; here to the last bit.
            const double wide_e = 2.1 * (unit * (1 + step) + 4 * eps * x) + e;
            if (at_least(sigma, x + wide_e) == at_least(sigma, x - wide_e)) {
                EXPECT_EQ(ends.low, ends.high) << rows << " x " << cols << " tau " << taus[t];
            }
        }
    }
}

TEST_F(BidiagonalCounts, IntervalsHoldTheRanksAndAreNarrow) {
    using count_kinds::uniform;
    auto random = oracle::generator(12);
    Tally single, wide;
    const int groups = 1200 / check_share;
    for (int g = 0; g < groups; ++g) {
        const auto kind = static_cast<std::size_t>(g) % count_kinds::kinds.size();
        const double x = uniform(random);
        const auto side = [&] {
            const double most = x < 0.9 ? 16 : x < 0.985 ? 48 : 100;
            return 1 + static_cast<std::int64_t>(uniform(random) * most);
        };
        const std::int64_t rows = side();
        const std::int64_t cols = uniform(random) < 0.5 ? rows : side();
        std::vector<Matrix> h;
        for (int b = 0; b < 4; ++b)
            h.push_back(count_kinds::make(kind, rows, cols, random));
        const auto sigma = count_kinds::truth(h[0]).first;
        const auto lambda = [&](double s) { return s * s / static_cast<double>(cols); };
        const double top = std::max(lambda(sigma[0]), 1e-300);
        const double any = lambda(
            sigma[static_cast<std::size_t>(uniform(random) * static_cast<double>(sigma.size()))]);
        const std::vector<double> taus{
            top * uniform(random), top * std::pow(10.0, -24 * uniform(random)),
            std::max(any, 1e-300), any * (1 + std::pow(10.0, -16 * uniform(random))) + 1e-300, nan};
        if (g / static_cast<int>(count_kinds::kinds.size()) % 2 == 0) {
            check_intervals<float>(h, taus, single);
        } else {
            check_intervals<double>(h, taus, wide);
        }
    }
    for (const auto& [name, tally] : {std::pair("float32", single), std::pair("float64", wide)}) {
        std::printf(
            "%s: %lld ranks, %.1f %% undecided\n", name, static_cast<long long>(tally.ranks),
            100.0 * static_cast<double>(tally.undecided) / static_cast<double>(tally.ranks));
    }
}

// What both decide is the same, and no interval is far from the other's.
TEST_F(BidiagonalCounts, FormsAreThoseOfTheCpuBackendToRounding) {
    auto random = oracle::generator(13);
    for (const auto& [rows, cols] : shapes()) {
        const Matrix h = oracle::gaussian(rows, cols, random);
        const Counted got = count(h.values, rows, cols, {}, true);
        const std::vector<cpu::Lane<double>> lane{
            {h.values.data(), cols, std::ldexp(1.0, -got.exponent[0])}};
        cpu::BidiagonalLanes lanes;
        lanes.reduce(std::span<const cpu::Lane<double>>(lane), rows, cols);
        const std::int64_t n = std::min(rows, cols);
        std::vector<double> form;
        for (std::int64_t i = 0; i + 1 < 2 * n; ++i)
            form.push_back(lanes.squares[static_cast<std::size_t>(i * cpu::lane_count())]);
        form.push_back(lanes.frobenius[0]);
        const auto mine = values_of(n, got.form.data());
        const auto theirs = values_of(n, form.data());
        const double e = 2 * arith::bidiagonal_error(n, std::max(rows, cols), form.back(), 0);
        for (std::size_t i = 0; i < mine.size(); ++i)
            EXPECT_NEAR(mine[i], theirs[i], e) << rows << " x " << cols;
        EXPECT_NEAR(std::sqrt(got.lambda_1[0]), theirs[0], e);
        EXPECT_NEAR(got.form.back(), form.back(), e);
    }
}

template <class T>
void check_schedules_of(std::int64_t rows, std::int64_t cols,
                        std::uint64_t others = check_schedules) {
    auto random = oracle::generator(14);
    constexpr std::size_t draws = 2;
    const auto size = static_cast<std::size_t>(rows * cols);
    std::vector<T> h;
    for (std::size_t b = 0; b < draws; ++b) {
        for (const double x : oracle::gaussian(rows, cols, random).values)
            h.push_back(static_cast<T>(x));
    }
    const std::vector<double> taus{0.5, nan, 1e-3};
    SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(cols));
    const std::vector<double> first =
        same_in_every_order([&] { return count(h, rows, cols, taus, true).numbers(); }, others);
    const Counted alone =
        count(std::vector<T>(h.begin() + static_cast<std::ptrdiff_t>(size), h.end()), rows, cols,
              taus, true);
    EXPECT_TRUE(std::equal(alone.form.begin(), alone.form.end(),
                           first.begin() + static_cast<std::ptrdiff_t>(alone.form.size())));
}

// Every instance of the kernel: 4, 8, 16 and 32 rows of threads, and shared memory.
TEST_F(BidiagonalCounts, DoNotDependOnTheScheduleOrTheNeighbours) {
    for (const auto& [rows, cols] : std::vector<std::pair<std::int64_t, std::int64_t>>{
             {5, 3}, {33, 34}, {6, 70}, {200, 4}, {3, 300}}) {
        check_schedules_of<float>(rows, cols);
        check_schedules_of<double>(rows, cols);
    }
#ifndef RANKCHAIN_SIMT_RACE
    check_schedules_of<float>(32, 32);
    check_schedules_of<double>(66, 90, check_orders(4));
    check_schedules_of<float>(128, 128, check_orders(2));
#endif
}

// Draws 6, 3, 1, 5, 2, 4 of eight: with a NaN, huge, plain, failed before, tiny, zero.
TEST_F(BidiagonalCounts, TakeTheDrawsTheyAreGiven) {
    auto random = oracle::generator(15);
    for (const auto& [rows, cols] : {std::pair<std::int64_t, std::int64_t>{7, 5}, {33, 40}}) {
        const auto size = static_cast<std::size_t>(rows * cols);
        std::vector<double> h;
        for (int b = 0; b < 8; ++b) {
            const Matrix one = oracle::gaussian(rows, cols, random);
            h.insert(h.end(), one.values.begin(), one.values.end());
        }
        for (std::size_t e = 0; e < size; ++e) {
            h[2 * size + e] *= std::numeric_limits<double>::min();
            h[3 * size + e] *= std::numeric_limits<double>::max() / 16;
            h[4 * size + e] = 0;
        }
        h[6 * size + size / 2] = nan;
        std::vector<std::int64_t> failed(8, -1);
        failed[5] = 3;
        const std::vector<std::int64_t> order{6, 3, 1, 5, 2, 4};
        const std::vector<double> taus{1e-300, nan};
        const DeviceArray<double> device(h), thresholds(taus);
        const DeviceArray<std::int64_t> layers(failed), chosen(order);
        const DeviceArray<RankEnds> ends(12);
        const DeviceArray<int> exponent(6);
        CountBatch<double> batch;
        batch.h = {device.get(), rows * cols, rows, cols, layers.get(), chosen.get(), 0, 6};
        batch.batch = cols;
        batch.taus = thresholds.get();
        batch.ranks = 2;
        batch.resolution = resolution(1.0, rows, cols, Precision::float64);
        batch.ends = ends.get();
        batch.exponent = exponent.get();
        ASSERT_EQ(count_bidiagonal(batch, nullptr), cudaSuccess);
        const auto got = ends.host();
        const auto powers = exponent.host();
        EXPECT_EQ(powers[0], not_finite);
        EXPECT_EQ(powers[3], failed_before);
        const auto n = static_cast<int>(std::min(rows, cols));
        const auto is = [&](std::size_t at, int low, int high) {
            EXPECT_EQ(got[at].low, low) << at;
            EXPECT_EQ(got[at].high, high) << at;
        };
        is(2, n, n);      // huge
        is(2 * 2, n, n);  // plain
        is(2 * 4, 0, 0);  // tiny
        is(2 * 5, 0, 0);  // zero
        // Of full rank in float64, as far as the form can say.
        for (const std::size_t draw : {1, 2, 4})
            is(2 * draw + 1, n, n);
    }
}

TEST_F(BidiagonalCounts, OneMatrixForAllIsCountedForEach) {
    const DeviceArray<float> device(std::vector<float>{3, 0, 0, 0, 2, 0});
    const std::vector<double> taus{1.0};
    const DeviceArray<double> thresholds(taus);
    const DeviceArray<RankEnds> ends(6);
    CountBatch<float> batch;
    batch.h = {device.get(), 0, 2, 3, nullptr, nullptr, 7, 6};
    batch.batch = 3;
    batch.taus = thresholds.get();
    batch.ranks = 1;
    batch.ends = ends.get();
    ASSERT_EQ(count_bidiagonal(batch, nullptr), cudaSuccess);
    for (const RankEnds& rank : ends.host()) {
        EXPECT_EQ(rank.low, 2);
        EXPECT_EQ(rank.high, 2);
    }
}

}  // namespace rankchain::cuda::bidiagonal_checks
