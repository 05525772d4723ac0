// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Counts on the tridiagonal form by panels from their own source on the CPU: panels_checks.hpp, and
// what is refused.
#include "kernels/shared_memory.cuh"
#include "tests/simt/panels_checks.hpp"

#include <climits>

namespace rankchain::cuda {

SIMT_DYNAMIC_SHARED(dynamic_shared, 256 << 10);

namespace count_checks {
namespace {

TEST_F(PanelCounts, NothingIsNothingAndOtherShapesAreRefused) {
    PanelBatch batch;
    batch.n = batch.k = 5;
    EXPECT_EQ(count_panels(batch, small_block, nullptr), cudaSuccess);
    batch.count = std::int64_t{INT_MAX} + 1;
    EXPECT_EQ(count_panels(batch, small_block, nullptr), cudaErrorInvalidValue);
    batch.count = 1;
    for (const std::int64_t n : {std::int64_t{0}, std::int64_t{-1}, panels_limit + 1}) {
        batch.n = n;
        EXPECT_FALSE(has_panel_counts(n, small_block));
        EXPECT_EQ(panel_numbers(n, small_block), 0);
        EXPECT_EQ(count_panels(batch, small_block, nullptr), cudaErrorInvalidValue);
    }
    batch.n = 300;
    EXPECT_EQ(count_panels(batch, least_block(300) - 64, nullptr), cudaErrorInvalidValue);
    batch.ranks = -1;
    EXPECT_EQ(count_panels(batch, small_block, nullptr), cudaErrorInvalidValue);
    // Of every device, every size that is taken.
    EXPECT_TRUE(has_panel_counts(panels_limit, small_block));
}

}  // namespace
}  // namespace count_checks
}  // namespace rankchain::cuda
