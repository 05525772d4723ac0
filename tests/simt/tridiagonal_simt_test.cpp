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

}  // namespace
}  // namespace count_checks
}  // namespace rankchain::cuda
