// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Counts on the bidiagonal form from the kernel's own source on the CPU: bidiagonal_checks.hpp, and
// what is refused.
#include "kernels/shared_memory.cuh"
#include "tests/simt/bidiagonal_checks.hpp"

namespace rankchain::cuda {

SIMT_DYNAMIC_SHARED(dynamic_shared, 256 << 10);

namespace count_checks {
namespace {

TEST_F(BidiagonalCounts, NothingIsNothingAndWhatDoesNotFitIsRefused) {
    CountBatch<float> batch;
    batch.h.rows = batch.h.cols = 5;
    EXPECT_EQ(count_bidiagonal(batch, nullptr), cudaSuccess);
    batch.h.count = 1;
    batch.h.rows = batch.h.cols = 200;
    EXPECT_EQ(count_bidiagonal(batch, nullptr), cudaErrorInvalidValue);
    batch.h.rows = std::int64_t{1} << 40;
    EXPECT_EQ(count_bidiagonal(batch, nullptr), cudaErrorInvalidValue);
    batch.h.rows = 0;
    EXPECT_EQ(count_bidiagonal(batch, nullptr), cudaErrorInvalidValue);
    batch.h.rows = batch.h.cols = 5;
    batch.h.count = std::int64_t{1} << 31;
    EXPECT_EQ(count_bidiagonal(batch, nullptr), cudaErrorInvalidValue);
}

// The formula beside bidiagonal_bytes().
TEST_F(BidiagonalCounts, AreHadUpToTheSharedMemoryOfABlock) {
    const auto fits = [](std::int64_t rows, std::int64_t cols) {
        return has_bidiagonal_counts(rows, cols, simt::shared_optin);
    };
    for (const auto& [n, k] : {std::pair<std::int64_t, std::int64_t>{32, 32},
                               {256, 64},
                               {128, 128},
                               {64, 256},
                               {16, 256},
                               {128, 64}}) {
        EXPECT_LE(bidiagonal_bytes(std::min(n, k), std::max(n, k)), std::size_t{51} << 10)
            << n << " " << k;
    }
    std::int64_t square = 1;
    while (fits(square, square))
        ++square;
    EXPECT_EQ(square, 161);
    std::int64_t tall = 1;
    while (fits(64, tall))
        ++tall;
    EXPECT_EQ(tall, 376);
    EXPECT_FALSE(fits(std::int64_t{1} << 40, 1));
}

// Every instance, in small shapes.
TEST_F(BidiagonalCounts, NoOrderOfThreadsChangesABit) {
    auto random = oracle::generator(15);
    for (const auto& [rows, cols] :
         {Shape{5, 9}, Shape{3, 40}, Shape{3, 70}, Shape{3, 130}, Shape{2, 257}}) {
        const std::vector<Matrix> one{oracle::gaussian(rows, cols, random)};
        check_every_order<float>(bidiagonal, one, {0.5, nan});
        check_every_order<double>(bidiagonal, one, {0.5, nan});
    }
}

#ifndef RANKCHAIN_SIMT_RACE  // nothing new to watch

/// Of all matrices that are in `h`.
template <class T>
Counted counted(const std::vector<T>& h, std::int64_t rows, std::int64_t cols,
                const std::vector<double>& taus, bool top) {
    const DeviceArray<T> device(h);
    return count(bidiagonal,
                 WidenBatch<T>{device.get(), rows * cols, rows, cols, nullptr, nullptr, 0,
                               static_cast<std::int64_t>(h.size()) / (rows * cols)},
                 taus, top);
}

/// Singular values of a form that are >= x > 0, by itself.
int count_of(const double* squares, std::int64_t n, double x) {
    int above = 0;
    double pivot = 1, off = 0;
    for (std::int64_t i = 0; i < 2 * n; ++i) {
        pivot = -x - off / pivot;
        if (std::fabs(pivot) < std::numeric_limits<double>::min())
            pivot = -std::numeric_limits<double>::min();
        above += pivot < 0 ? 0 : 1;
        off = i + 1 < 2 * n ? squares[i] : 0;
    }
    return above;
}

// Thresholds about those where sigma_1 comes within the error, written out here as docs/numerics.md
// has it: of the shapes each of its three terms decides in one.
TEST_F(BidiagonalCounts, EndsAreOneProvedErrorApart) {
    auto random = oracle::generator(16);
    for (const auto& [rows, cols] :
         {std::pair<std::int64_t, std::int64_t>{1, 1}, {1, 40}, {3, 3}, {70, 33}}) {
        const std::int64_t n = std::min(rows, cols), k = std::max(rows, cols);
        const std::vector<double> h = oracle::gaussian(rows, cols, random).values;
        const Counted form = counted(h, rows, cols, {}, true);
        const double frobenius = form.form.back();
        const auto error = [&, n = n](double x) {
            const auto side = static_cast<double>(n);
            return 1.01 * 0x1p-53 *
                   ((10.0 * side * static_cast<double>(k) + 44.0 * side) * frobenius + 4.0 * x);
        };
        const double top = std::sqrt(form.lambda_1[0]);
        std::vector<double> taus;
        for (int percent = 81; percent < 120; percent += 2) {
            for (const double sign : {-1.0, 1.0}) {
                const double x = top + sign * percent / 100 * error(top);
                taus.push_back(std::ldexp(x * x, 2 * form.exponent[0]) / static_cast<double>(cols));
            }
        }
        const Counted got = counted(h, rows, cols, taus, false);
        std::size_t open = 0;
        for (std::size_t t = 0; t < taus.size(); ++t) {
            const double x =
                std::sqrt(std::ldexp(taus[t], -2 * form.exponent[0]) * static_cast<double>(cols));
            EXPECT_EQ(got.ends[t].low, count_of(form.form.data(), n, x + error(x)));
            EXPECT_EQ(got.ends[t].high, count_of(form.form.data(), n, x - error(x)));
            open += got.ends[t].low < got.ends[t].high ? 1 : 0;
        }
        EXPECT_TRUE(open > taus.size() / 4 && open < taus.size() * 3 / 4) << rows << " x " << cols;
    }
}

// A numerical rank is counted with sigma_1 known to a few digits: both ends of what it may be.
TEST_F(BidiagonalCounts, NumericalRanksHoldWhereSigmaOneIsRough) {
    constexpr std::int64_t n = 5;
    const double step = resolution(1.0, n, n, Precision::float32);
    auto random = oracle::generator(17);
    constexpr std::size_t draws = 40;
    std::vector<float> h(draws * 25);
    for (std::size_t b = 0; b < draws; ++b) {
        float* const of = h.data() + 25 * b;
        const auto top = static_cast<float>(1 + count_kinds::uniform(random));
        const double near = std::pow(10.0, -4 - static_cast<double>(b / 2 % 3));
        of[0] = top;
        of[6] = 0.5F;
        of[12] = 0.25F;
        of[18] = 0.125F;
        of[24] = static_cast<float>(step * double{top} * (b % 2 == 0 ? 1 + near : 1 - near));
    }
    const Counted got = counted(h, n, n, {nan}, false);
    for (std::size_t b = 0; b < draws; ++b) {
        const int rank = b % 2 == 0 ? 5 : 4;
        EXPECT_TRUE(got.ends[b].low <= rank && rank <= got.ends[b].high)
            << rank << " is not in " << got.ends[b].low << " .. " << got.ends[b].high;
    }
}

// Beside one entry what is too small to be squared: in its row, or in its column, and elsewhere.
TEST_F(BidiagonalCounts, RowsAndColumnsThatHaveNoSquareAreDropped) {
    for (const std::int64_t n : {3, 40}) {
        for (const bool in_row : {false, true}) {
            std::vector<double> h(static_cast<std::size_t>(n * n));
            for (std::int64_t i = 0; i < n; ++i) {
                for (std::int64_t j = 0; j < n; ++j) {
                    if ((in_row ? j : i) > 0) {
                        h[static_cast<std::size_t>(i * n + j)] =
                            1e-155 * static_cast<double>((i + 2 * j) % 3 - 1);
                    }
                }
            }
            h[0] = 1;
            const Counted got = counted(h, n, n, {0.5 / static_cast<double>(n), 1e-300}, true);
            EXPECT_EQ(got.ends[0].low, 1);
            EXPECT_EQ(got.ends[0].high, 1);
            EXPECT_EQ(got.ends[1].high, static_cast<int>(n));  // and no more, as there are no more
            EXPECT_NEAR(got.lambda_1[0], 1, 4 * eps);
            for (const double x : got.form)
                EXPECT_TRUE(x == 0 || x == 1) << x;
        }
    }
}

#endif

}  // namespace
}  // namespace count_checks
}  // namespace rankchain::cuda
