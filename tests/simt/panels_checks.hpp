// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Counts on the tridiagonal form by panels, on a device, emulated or not: count_checks.hpp and
// gram_form_checks.hpp, and that where the tiles lie makes no difference.
#pragma once

#include "host/arith/count_error.hpp"
#include "kernels/gram.cuh"
#include "kernels/tridiagonal_panels.cuh"
#include "tests/simt/gram_form_checks.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <cblas.h>
#include <gtest/gtest.h>

namespace rankchain::cuda::count_checks {

/// Bytes of shared memory that a block of every device can have.
inline constexpr std::size_t small_block = 99 << 10;
/// Enough for all tiles of up to 160 rows.
inline constexpr std::size_t large_block = 224 << 10;

/// Bytes that leave room for as good as no tiles.
inline std::size_t least_block(std::int64_t n) {
    std::size_t bytes = 0;
    while (!has_panel_counts(n, bytes))
        bytes += 64;
    return bytes;
}

/// G [n, n] of `w` as widen() leaves it, n rows of k.
inline std::vector<double> gram_of(const double* w, std::int64_t n, std::int64_t k) {
    std::vector<double> g(static_cast<std::size_t>(n * n));
    const auto rows = static_cast<int>(n), length = static_cast<int>(k);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, rows, length, 1.0, w, length, w,
                length, 0.0, g.data(), rows);
    return g;
}

/// The sum of arith::panel_growth() over the columns of G, by the textbook's reflections.
inline double growth_of(std::vector<double> g, std::int64_t n) {
    using Column = std::vector<double>;
    const auto at = [&](std::int64_t i, std::int64_t j) -> double& {
        return g[static_cast<std::size_t>(i * n + j)];
    };
    double growth = 0, spread = 0;
    for (std::int64_t s = 0; s + 2 < n; ++s) {
        const std::int64_t p = n - 1 - s;
        Column v, y;
        for (std::int64_t i = s + 1; i < n; ++i)
            v.push_back(at(i, s));
        const auto inner = [](const Column& a, const Column& b) {
            double sum = 0;
            for (std::size_t i = 0; i < a.size(); ++i)
                sum += a[i] * b[i];
            return sum;
        };
        v[0] += std::copysign(std::sqrt(inner(v, v)), v[0]);
        const double length2 = inner(v, v);
        if (length2 == 0) continue;
        for (std::int64_t i = s + 1; i < n; ++i) {
            double sum = 0;
            for (std::int64_t j = s + 1; j < n; ++j)
                sum += at(i, j) * v[static_cast<std::size_t>(j - s - 1)];
            y.push_back(2 / length2 * sum);
        }
        spread = (s % 8 == 0 ? 0 : spread) + std::sqrt(length2 * inner(y, y));
        growth += arith::panel_growth(p, spread);
        const double share = inner(y, v) / length2;
        for (std::size_t i = 0; i < v.size(); ++i)
            y[i] -= share * v[i];
        for (std::int64_t i = 0; i < p; ++i) {
            for (std::int64_t j = 0; j < p; ++j) {
                const auto a = static_cast<std::size_t>(i), b = static_cast<std::size_t>(j);
                at(s + 1 + i, s + 1 + j) -= v[a] * y[b] + y[a] * v[b];
            }
        }
    }
    return growth;
}

/// G by CBLAS from what widen() made of H.
struct PanelForm : GramForm {
    std::size_t block = small_block;

    explicit PanelForm(std::size_t bytes = small_block) : block(bytes) {}

    template <class T>
    cudaError_t operator()(const CountBatch<T>& asked) const {
        const WidenBatch<T>& h = asked.h;
        const std::int64_t n = std::min(h.rows, h.cols), k = std::max(h.rows, h.cols);
        const DeviceArray<double> tall(h.count * n * k);
        EXPECT_EQ(widen(h, tall.get(), asked.exponent, nullptr), cudaSuccess);
        EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
        const std::vector<double> w = tall.host();
        std::vector<double> g;
        for (std::int64_t b = 0; b < h.count; ++b) {
            const auto one = gram_of(w.data() + b * n * k, n, k);
            g.insert(g.end(), one.begin(), one.end());
        }
        const DeviceArray<double> gram(g), tiles(h.count * panel_numbers(n, block));
        EXPECT_EQ(gram_sums(gram.get(), h.count, n, asked.batch, asked.sums, nullptr), cudaSuccess);
        PanelBatch batch;
        batch.gram = gram.get();
        batch.tiles = tiles.get();
        batch.count = h.count;
        batch.n = n;
        batch.k = k;
        batch.batch = asked.batch;
        batch.exponent = asked.exponent;
        batch.sums = asked.sums;
        batch.taus = asked.taus;
        batch.ranks = asked.ranks;
        batch.ends = asked.ends;
        batch.lambda_1 = asked.lambda_1;
        batch.form = asked.form;
        const cudaError_t status = count_panels(batch, block, nullptr);
        EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
        return status;
    }

    [[nodiscard]] static double width(const Matrix& w, const GramSums& sums, double x) {
        const std::int64_t n = std::min(w.rows, w.cols), k = std::max(w.rows, w.cols);
        std::vector<double> tall = w.values;
        if (w.rows > w.cols) {
            for (std::int64_t i = 0; i < w.rows; ++i) {
                for (std::int64_t j = 0; j < w.cols; ++j)
                    tall[static_cast<std::size_t>(j * w.rows + i)] = w(i, j);
            }
        }
        return arith::panel_error(n, k, sums.trace, sums.frobenius,
                                  growth_of(gram_of(tall.data(), n, k), n), x);
    }
};

struct PanelCounts : testing::Test {
    void SetUp() override { RANKCHAIN_NEED_DEVICE(); }
    void TearDown() override { schedule_threads(0); }
};

TEST_F(PanelCounts, NoProvedRankIsWrong) {
    check_kinds(PanelForm(), 31, watched ? 16 : 240, [](Random& random) {
        using count_kinds::between;
        using count_kinds::uniform;
        const auto side = [&] {
            const double x = uniform(random);
            if (watched) return between(1, 30, random);
            return x < 0.9 ? between(1, 40, random) : between(41, x < 0.99 ? 100 : 200, random);
        };
        const std::int64_t rows = side();
        return Shape(rows,
                     uniform(random) < 0.5 ? rows : std::clamp<std::int64_t>(side(), 1, 4 * rows));
    });
}

// Sides about those where a panel, or the warps' turns, end.
TEST_F(PanelCounts, AreThoseOfTheFormInEveryOrder) {
    Random random = oracle::generator(32);
    for (const auto& [rows, cols] : watched ? std::vector<Shape>{{1, 1}, {7, 20}, {20, 17}}
                                            : std::vector<Shape>{{1, 1},
                                                                 {1, 9},
                                                                 {9, 1},
                                                                 {2, 2},
                                                                 {7, 9},
                                                                 {8, 8},
                                                                 {9, 7},
                                                                 {16, 16},
                                                                 {17, 40},
                                                                 {33, 33},
                                                                 {70, 64},
                                                                 {129, 129},
                                                                 {129, 131},
                                                                 {200, 136},
                                                                 {257, 260}}) {
        check_form(PanelForm(), oracle::gaussian(rows, cols, random),
                   check_orders(std::max(rows, cols) > 66 ? 3 : 20));
    }
}

TEST_F(PanelCounts, TakeEveryKindOfDraw) {
    Random random = oracle::generator(33);
    for (const Shape& shape : {Shape{5, 9}, Shape{20, 17}})
        check_gram_draws(PanelForm(), shape, random);
}

TEST_F(PanelCounts, FormsHaveTestRatiosBelowThirty) {
    check_ratios(PanelForm(), 34,
                 watched ? std::vector<Shape>{{3, 9}, {17, 17}}
                         : std::vector<Shape>{{1, 1},
                                              {2, 2},
                                              {3, 9},
                                              {31, 31},
                                              {32, 32},
                                              {33, 99},
                                              {63, 64},
                                              {65, 65},
                                              {127, 127},
                                              {128, 128},
                                              {129, 129}});
}

// The same bits wherever the tiles lie: none in shared memory, some of them, all.
TEST_F(PanelCounts, PlaceChangesNoBit) {
    Random random = oracle::generator(35);
    for (const std::int64_t n : {9, 17, 40, 130}) {
        if (watched && n > 17) continue;
        const std::vector<Matrix> h{oracle::gaussian(n, n, random), oracle::gaussian(n, n, random)};
        const std::size_t least = least_block(n);
        const std::int64_t tiles = (n + 7) / 8 * ((n + 7) / 8 + 1) / 2;
        // But for what is left of the last 64 bytes.
        EXPECT_GE(panel_numbers(n, least), 64 * (tiles - 1));
        EXPECT_EQ(panel_numbers(n, large_block), 0);
        const std::size_t some = least + 64 * sizeof(double) * static_cast<std::size_t>(tiles / 2);
        EXPECT_GT(panel_numbers(n, some), 0);
        EXPECT_LT(panel_numbers(n, some), panel_numbers(n, least));
        const Counted far = count<double>(PanelForm(least), h, {0.1, 1.0});
        EXPECT_TRUE(count<double>(PanelForm(some), h, {0.1, 1.0}) == far) << n;
        EXPECT_TRUE(count<double>(PanelForm(large_block), h, {0.1, 1.0}) == far) << n;
    }
}

// A threshold a tenth nearer to an eigenvalue than arith::panel_error() leaves its rank open, one a
// tenth further decides it: that is the error that the kernel counts with, not some other.
TEST_F(PanelCounts, HaveTheErrorOfTheirPanels) {
    Random random = oracle::generator(36);
    for (const std::int64_t n : {12, 40}) {
        if (watched && n > 12) continue;
        const PanelForm form;
        const Matrix h = oracle::gaussian(n, n, random);
        const Counted plain = count<double>(form, {h}, {1.0});
        const Matrix w = scaled(h, plain.exponent[0]);
        const double middle = form.values(w, plain.form.data())[static_cast<std::size_t>(n / 2)];
        const double e = form.width(w, plain.sums[0], middle);
        std::vector<double> taus;
        for (const double far : {-1.1, -0.9, 0.9, 1.1}) {
            taus.push_back(std::ldexp(middle + far * e, 2 * plain.exponent[0]) /
                           static_cast<double>(n));
        }
        const Counted near = count<double>(form, {h}, taus);
        for (std::size_t t = 0; t < taus.size(); ++t) {
            EXPECT_EQ(near.ends[t].low < near.ends[t].high, t == 1 || t == 2)
                << n << ", threshold " << t;
        }
    }
}

}  // namespace rankchain::cuda::count_checks
