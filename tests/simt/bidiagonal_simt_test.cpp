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

}  // namespace
}  // namespace count_checks
}  // namespace rankchain::cuda
