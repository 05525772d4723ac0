// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The CUDA kernel's own source on the CPU: weights_checks.hpp, the grid's end and what is refused.
#include "tests/simt/weights_checks.hpp"

namespace rankchain::cuda {
namespace {

#ifndef RANKCHAIN_SIMT_RACE  // 17 million threads, each watched, would take too long
TEST_F(WeightsKernel, GoesOnWhereTheGridEnds) {
    // More draws than gridDim.y may be.
    const WeightBatch w{Law::uniform, 3, 0, 1, arith::Stream::input, 65537, 1, 1};

    EXPECT_TRUE(has_weights<float>(w, expected_weights(w), 0));
}
#endif

TEST_F(WeightsKernel, RefusesWhatHasNoCounter) {
    const std::int64_t big = std::int64_t{1} << 32;
    const auto status = [](Law law, std::uint64_t draw, std::int64_t draws, std::int64_t rows,
                           std::int64_t cols) {
        return make_weights({law, 1, draw, 1, arith::Stream::weights, draws, rows, cols},
                            static_cast<float*>(nullptr), nullptr);
    };
    EXPECT_EQ(status(Law::gaussian, 0, 0, 5, 5), cudaSuccess);
    EXPECT_EQ(status(Law::gaussian, 0, 1, -1, 5), cudaErrorInvalidValue);
    EXPECT_EQ(status(Law::gaussian, 0, 1, big, 5), cudaErrorInvalidValue);
    EXPECT_EQ(status(Law::gaussian, 0, 1, big, big), cudaErrorInvalidValue);
    EXPECT_EQ(status(Law::rademacher, 0, 1, big, 129), cudaErrorInvalidValue);
    EXPECT_EQ(status(Law::gaussian, arith::draw_limit, 1, 1, 1), cudaErrorInvalidValue);
    EXPECT_EQ(status(Law::gaussian, arith::draw_limit - 1, 2, 1, 1), cudaErrorInvalidValue);
    EXPECT_EQ(status(Law::gaussian, ~std::uint64_t{0}, 2, 1, 1), cudaErrorInvalidValue);
    double wide = 0;
    EXPECT_EQ(make_weights({Law::bits, 1, 0, 1, arith::Stream::weights, 1, 1, 1}, &wide, nullptr),
              cudaErrorInvalidValue);
}

}  // namespace
}  // namespace rankchain::cuda
