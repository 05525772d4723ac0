// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Counts on the bidiagonal form, on a device, emulated or not: count_checks.hpp, with the shapes
// that each way of keeping the matrix takes, and the form of the CPU backend.
#pragma once

#include "host/arith/count_error.hpp"
#include "host/cpu/blas_threads.hpp"
#include "host/cpu/lanes.hpp"
#include "kernels/bidiagonal.cuh"
#include "tests/simt/count_checks.hpp"
#include "tests/values_by_counts.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::cuda::count_checks {

/// Singular values of a form, descending, by the counts of the CPU backend.
inline std::vector<double> bidiagonal_values(std::int64_t n, const double* form) {
    cpu::BidiagonalLanes lanes;
    const auto width = static_cast<std::size_t>(cpu::lane_count());
    const auto numbers = static_cast<std::size_t>(2 * n - 1);
    lanes.n = lanes.k = n;
    lanes.squares.resize(numbers * width);
    for (std::size_t i = 0; i < numbers; ++i)
        lanes.squares[i * width] = form[i];
    return values_by_counts(lanes, n, 2 * form[numbers]);
}

struct Bidiagonal {
    static constexpr bool squares = false;

    template <class T>
    cudaError_t operator()(const CountBatch<T>& batch) const {
        return count_bidiagonal(batch, nullptr);
    }
    /// And its last number is ||W||_F.
    [[nodiscard]] static std::vector<double> values(const Matrix& w, const double* form) {
        const std::int64_t n = std::min(w.rows, w.cols), k = std::max(w.rows, w.cols);
        double norm = 0;
        for (const double x : w.values)
            norm += x * x;
        norm = std::sqrt(norm);
        EXPECT_TRUE(std::fabs(form[2 * n - 1] - norm) <=
                    10 * static_cast<double>(n) * static_cast<double>(k) * eps * norm);
        return bidiagonal_values(n, form);
    }
    [[nodiscard]] static double error(std::int64_t n, std::int64_t k,
                                      const std::vector<double>& sigma) {
        double sum = 0;
        for (const double s : sigma)
            sum += s * s;
        return arith::bidiagonal_error(n, k, std::sqrt(sum), 0);
    }
};
inline constexpr Bidiagonal bidiagonal;

class BidiagonalCounts : public testing::Test {
  protected:
    void SetUp() override { RANKCHAIN_NEED_DEVICE(); }
    void TearDown() override { schedule_threads(0); }
    const cpu::SingleBlasThread single_;
};

/// [rows, cols] that cross the borders of warps, teams and registers.
inline const std::vector<Shape>& bidiagonal_shapes() {
    static const std::vector<Shape> all =
        watched ? std::vector<Shape>{{1, 1},   {2, 2},   {5, 3},   {31, 32}, {33, 33},
                                     {20, 70}, {66, 40}, {9, 200}, {6, 300}}
                : std::vector<Shape>{{1, 1},    {1, 5},     {2, 2},     {3, 3},    {3, 9},
                                     {8, 8},    {31, 31},   {32, 32},   {33, 33},  {34, 34},
                                     {17, 64},  {65, 9},    {63, 63},   {64, 64},  {65, 65},
                                     {99, 33},  {16, 70},   {20, 200},  {64, 256}, {300, 12},
                                     {40, 260}, {127, 127}, {128, 128}, {129, 129}};
    return all;
}

TEST_F(BidiagonalCounts, TestRatiosOfTheFormAreBelowThirty) {
    check_ratios(bidiagonal, 11, bidiagonal_shapes());
}

TEST_F(BidiagonalCounts, IntervalsHoldTheRanksAndAreNarrow) {
    check_kinds(bidiagonal, 12, 1200 / check_share, [](Random& random) {
        using count_kinds::uniform;
        const double x = uniform(random);
        const auto side = [&] {
            const double most = x < 0.9 ? 16 : x < 0.985 ? 48 : 100;
            return 1 + static_cast<std::int64_t>(uniform(random) * most);
        };
        const std::int64_t rows = side();
        return Shape(rows, uniform(random) < 0.5 ? rows : side());
    });
}

// What both decide is the same, and no interval is far from the other's.
TEST_F(BidiagonalCounts, FormsAreThoseOfTheCpuBackendToRounding) {
    auto random = oracle::generator(13);
    for (const auto& [rows, cols] : bidiagonal_shapes()) {
        const Matrix h = oracle::gaussian(rows, cols, random);
        const Counted got = count<double>(bidiagonal, {h}, {});
        const std::vector<cpu::Lane<double>> lane{
            {h.values.data(), cols, std::ldexp(1.0, -got.exponent[0])}};
        cpu::BidiagonalLanes lanes;
        lanes.reduce(std::span<const cpu::Lane<double>>(lane), rows, cols);
        const std::int64_t n = std::min(rows, cols);
        std::vector<double> form;
        for (std::int64_t i = 0; i + 1 < 2 * n; ++i)
            form.push_back(lanes.squares[static_cast<std::size_t>(i * cpu::lane_count())]);
        form.push_back(lanes.frobenius[0]);
        const auto mine = bidiagonal_values(n, got.form.data());
        const auto theirs = bidiagonal_values(n, form.data());
        const double e = 2 * arith::bidiagonal_error(n, std::max(rows, cols), form.back(), 0);
        for (std::size_t i = 0; i < mine.size(); ++i)
            EXPECT_NEAR(mine[i], theirs[i], e) << rows << " x " << cols;
        EXPECT_NEAR(std::sqrt(got.lambda_1[0]), theirs[0], e);
        EXPECT_NEAR(got.form.back(), form.back(), e);
    }
}

// Every instance of the kernel: 4, 8, 16 and 32 rows of threads, and shared memory.
TEST_F(BidiagonalCounts, DoNotDependOnTheScheduleOrTheNeighbours) {
    auto random = oracle::generator(14);
    const std::vector<double> taus{0.5, nan, 1e-3};
    const auto two = [&random](std::int64_t rows, std::int64_t cols) {
        const Matrix one = oracle::gaussian(rows, cols, random);
        return std::vector<Matrix>{one, oracle::gaussian(rows, cols, random)};
    };
    for (const auto& [rows, cols] :
         {Shape{5, 3}, Shape{33, 34}, Shape{6, 70}, Shape{200, 4}, Shape{3, 300}}) {
        check_every_order<float>(bidiagonal, two(rows, cols), taus);
        check_every_order<double>(bidiagonal, two(rows, cols), taus);
    }
    if (watched) return;
    check_every_order<float>(bidiagonal, two(32, 32), taus);
    check_every_order<double>(bidiagonal, two(66, 90), taus, check_orders(4));
    check_every_order<float>(bidiagonal, two(128, 128), taus, check_orders(2));
}

// lambda_1 is not wanted: the numerical rank then is one of sigma_1 to 2^-12.
TEST_F(BidiagonalCounts, TakeTheDrawsTheyAreGiven) {
    auto random = oracle::generator(15);
    for (const Shape& shape : {Shape{7, 5}, Shape{33, 40}}) {
        const Counted got = check_draws(bidiagonal, shape, {1e-300, nan}, random, false);
        const auto n = static_cast<int>(std::min(shape.first, shape.second));
        const auto is = [&](std::size_t draw, std::size_t tau, int rank) {
            EXPECT_EQ(got.ends[2 * draw + tau].low, rank) << draw << " " << tau;
            EXPECT_EQ(got.ends[2 * draw + tau].high, rank) << draw << " " << tau;
        };
        is(0, 0, n);  // plain
        is(1, 0, 0);  // tiny
        is(2, 0, n);  // huge
        is(3, 0, 0);  // zero
        // Of full rank in float64, as far as the form can say.
        for (std::size_t draw = 0; draw < 3; ++draw)
            is(draw, 1, n);
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

}  // namespace rankchain::cuda::count_checks
