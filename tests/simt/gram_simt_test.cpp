// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The kernels between H and the libraries from their own source on the CPU: gram_checks.hpp, and
// what is refused.
#include "kernels/shared_memory.cuh"
#include "tests/simt/gram_checks.hpp"

namespace rankchain::cuda {

SIMT_DYNAMIC_SHARED(dynamic_shared, 64 << 10);

namespace gram_checks {
namespace {

TEST_F(GramKernels, NothingIsNothingAndTooManyAreRefused) {
    const SquareBatch none{nullptr, 0, 5, 5, false};
    EXPECT_EQ(copy_squares(none, nullptr, nullptr), cudaSuccess);
    const SquareBatch many{nullptr, std::int64_t{1} << 30, 5000, 5000, false};
    EXPECT_EQ(wielandt(many, nullptr, nullptr), cudaErrorInvalidValue);
    EXPECT_EQ(gram_sums(nullptr, 0, 5, 5, nullptr, nullptr), cudaSuccess);
    EXPECT_EQ(gram_sums(nullptr, std::int64_t{1} << 31, 5, 5, nullptr, nullptr),
              cudaErrorInvalidValue);
}

}  // namespace
}  // namespace gram_checks
}  // namespace rankchain::cuda
