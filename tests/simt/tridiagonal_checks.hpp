// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Counts on the tridiagonal form, on a device, emulated or not: count_checks.hpp and
// gram_form_checks.hpp, with the shapes that each number of warps takes.
#pragma once

#include "kernels/tridiagonal.cuh"
#include "tests/simt/gram_form_checks.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::cuda::count_checks {

struct Tridiagonal : GramForm {
    template <class T>
    cudaError_t operator()(const CountBatch<T>& batch) const {
        return count_tridiagonal(batch, nullptr);
    }
};
inline constexpr Tridiagonal tridiagonal;

struct TridiagonalCounts : testing::Test {
    void SetUp() override { RANKCHAIN_NEED_DEVICE(); }
    void TearDown() override { schedule_threads(0); }
};

TEST_F(TridiagonalCounts, NoProvedRankIsWrong) {
    check_kinds(tridiagonal, 1, watched ? 16 : 800, [](Random& random) {
        using count_kinds::between;
        using count_kinds::uniform;
        const auto side = [&] {
            const double x = uniform(random);
            if (watched) return between(1, 40, random);
            return x < 0.9     ? between(1, 16, random)
                   : x < 0.98  ? between(17, 48, random)
                   : x < 0.995 ? between(49, 100, random)
                               : between(101, 128, random);
        };
        const std::int64_t rows = side();
        return Shape(rows,
                     uniform(random) < 0.5 ? rows : std::clamp<std::int64_t>(side(), 1, 4 * rows));
    });
}

/// What is due in every order of threads: sides about those where the grid of warps grows.
inline const std::vector<Shape>& tridiagonal_shapes() {
    static const std::vector<Shape> all =
        watched ? std::vector<Shape>{{1, 1}, {7, 40}, {40, 33}}
                : std::vector<Shape>{{1, 1},   {1, 9},    {9, 1},    {2, 2},    {3, 5},
                                     {8, 8},   {31, 40},  {32, 32},  {40, 32},  {33, 33},
                                     {33, 70}, {64, 64},  {65, 66},  {100, 65}, {96, 96},
                                     {97, 97}, {128, 30}, {30, 128}, {128, 128}};
    return all;
}

TEST_F(TridiagonalCounts, AreThoseOfTheFormInEveryOrder) {
    Random random = oracle::generator(2);
    for (const auto& [rows, cols] : tridiagonal_shapes()) {
        check_form(tridiagonal, oracle::gaussian(rows, cols, random),
                   check_orders(std::max(rows, cols) > 66 ? 3 : 20));
    }
}

// Each number of warps, in both precisions.
TEST_F(TridiagonalCounts, EveryGridCounts) {
    Random random = oracle::generator(5);
    for (const std::int64_t n : {20, 34, 66, 98}) {
        Tally tally;
        const std::vector<Matrix> one{oracle::gaussian(n, n, random)};
        check_intervals<double>(tridiagonal, one, {0.3, 1.0}, tally);
        check_intervals<float>(tridiagonal, one, {0.3, 1.0}, tally);
        EXPECT_EQ(tally.open, 0) << n;
    }
}

TEST_F(TridiagonalCounts, TakeEveryKindOfDraw) {
    Random random = oracle::generator(3);
    for (const Shape& shape : {Shape{5, 9}, Shape{40, 34}})
        check_gram_draws(tridiagonal, shape, random);
}

TEST_F(TridiagonalCounts, FormsHaveTestRatiosBelowThirty) {
    check_ratios(tridiagonal, 4,
                 watched ? std::vector<Shape>{{3, 9}, {33, 33}}
                         : std::vector<Shape>{{1, 1},
                                              {2, 2},
                                              {3, 3},
                                              {3, 9},
                                              {31, 31},
                                              {32, 32},
                                              {33, 33},
                                              {33, 99},
                                              {99, 33},
                                              {34, 34},
                                              {63, 63},
                                              {64, 64},
                                              {65, 65},
                                              {127, 127},
                                              {128, 128}});
}

}  // namespace rankchain::cuda::count_checks
