// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Counts on the tridiagonal form from their own source on the CPU: tridiagonal_checks.hpp, and what
// is refused.
#include "kernels/shared_memory.cuh"
#include "tests/simt/tridiagonal_checks.hpp"

namespace rankchain::cuda {

SIMT_DYNAMIC_SHARED(dynamic_shared, 128 << 10);

namespace count_checks {
namespace {

TEST_F(TridiagonalCounts, NothingIsNothingAndOtherShapesAreRefused) {
    CountBatch<double> batch;
    batch.h.rows = batch.h.cols = 5;
    EXPECT_EQ(count_tridiagonal(batch, nullptr), cudaSuccess);
    batch.h.count = std::int64_t{1} << 31;
    EXPECT_EQ(count_tridiagonal(batch, nullptr), cudaErrorInvalidValue);
    batch.h.count = 1;
    batch.h.rows = batch.h.cols = tridiagonal_limit + 1;
    EXPECT_EQ(count_tridiagonal(batch, nullptr), cudaErrorInvalidValue);
    batch.h.rows = 0;
    EXPECT_EQ(count_tridiagonal(batch, nullptr), cudaErrorInvalidValue);
}

// Every instance: the least side of each grid of warps.
TEST_F(TridiagonalCounts, NoOrderOfThreadsChangesABit) {
    Random random = oracle::generator(6);
    const std::uint64_t others = watched ? 0 : check_schedules;
    for (const std::int64_t n : {5, 33, 65, 97}) {
        const std::vector<Matrix> one{oracle::gaussian(n, n, random)};
        check_every_order<float>(tridiagonal, one, {0.5}, others);
        check_every_order<double>(tridiagonal, one, {0.5}, others);
    }
}

#ifndef RANKCHAIN_SIMT_RACE  // nothing new to watch

// Thresholds about those where lambda_1 comes within the error, written out here as
// docs/numerics.md has it: of the shapes each of its three terms decides in one.
TEST_F(TridiagonalCounts, EndsAreOneProvedErrorApart) {
    Random random = oracle::generator(7);
    for (const auto& [rows, cols] :
         {std::pair<std::int64_t, std::int64_t>{1, 1}, {1, 40}, {40, 1}, {3, 3}, {33, 70}}) {
        const std::int64_t n = std::min(rows, cols), k = std::max(rows, cols);
        const Matrix h = oracle::gaussian(rows, cols, random);
        const Counted form = count<double>(tridiagonal, {h}, {});
        const auto error = [&, n = n](double x) {
            return 1.01 * 0x1p-53 *
                   (static_cast<double>(k) * form.sums[0].trace +
                    16.0 * static_cast<double>(n) * static_cast<double>(n) *
                        form.sums[0].frobenius +
                    8.0 * x);
        };
        const double top = form.lambda_1[0];
        std::vector<double> taus;
        for (int percent = 81; percent < 120; percent += 2) {
            for (const double sign : {-1.0, 1.0}) {
                taus.push_back(
                    std::ldexp(top + sign * percent / 100 * error(top), 2 * form.exponent[0]) /
                    static_cast<double>(cols));
            }
        }
        const Counted got = count<double>(tridiagonal, {h}, taus);
        std::size_t open = 0;
        for (std::size_t t = 0; t < taus.size(); ++t) {
            const double x = std::ldexp(taus[t], -2 * form.exponent[0]) * static_cast<double>(cols);
            EXPECT_EQ(got.ends[t].low, count_of(form.form.data(), n, x + error(x)));
            EXPECT_EQ(got.ends[t].high, count_of(form.form.data(), n, x - error(x)));
            open += got.ends[t].low < got.ends[t].high ? 1 : 0;
        }
        EXPECT_TRUE(open > taus.size() / 4 && open < taus.size() * 3 / 4) << rows << " x " << cols;
    }
}

// Beside the diagonal of G what is too small to be squared.
TEST_F(TridiagonalCounts, ColumnsThatHaveNoSquareAreDropped) {
    for (const std::int64_t n : {3, 40}) {
        Matrix h(n, n);
        for (std::int64_t i = 0; i < n; ++i) {
            for (std::int64_t j = 0; j < i; ++j)
                h(i, j) = 1e-155 * static_cast<double>((i + j) % 3 - 1);
            h(i, i) = 1;
        }
        const double tau = 1 / static_cast<double>(n);  // every eigenvalue
        const Counted got = count<double>(tridiagonal, {h}, {0.5 * tau, 2 * tau});
        EXPECT_EQ(got.ends[0].low, static_cast<int>(n));
        EXPECT_EQ(got.ends[1].high, 0);
        for (std::int64_t i = 0; i < n; ++i) {
            EXPECT_EQ(got.form[static_cast<std::size_t>(i)], 1);
            EXPECT_EQ(got.form[static_cast<std::size_t>(n + i)], 0);
        }
    }
}

#endif

}  // namespace
}  // namespace count_checks
}  // namespace rankchain::cuda
