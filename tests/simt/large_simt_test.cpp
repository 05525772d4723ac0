// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Chains of any size on the CPU: chain_checks.hpp through LargeChain, and large_checks.hpp.
#include "kernels/shared_memory.cuh"
#include "tests/simt/large_checks.hpp"

namespace rankchain::cuda {

SIMT_DYNAMIC_SHARED(dynamic_shared, 128 << 10);

namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Large, ChainChecks, LargePaths, LargeNames);
INSTANTIATE_TYPED_TEST_SUITE_P(Large, LargeChecks, LargePaths, LargeNames);

template <class P>
class LargeWhole : public testing::Test {};
TYPED_TEST_SUITE(LargeWhole, LargePaths, LargeNames);

// Zeros are multiplied by nothing that has a logarithm.
TYPED_TEST(LargeWhole, NothingIsKeptOfZeros) {
    using T = typename TypeParam::T;
    ChainRun<T> run;
    run.network.width = 4;
    run.network.batch = 3;
    run.network.normalization = Normalization::none;
    run.input_rows = 4;
    const Outcome<T> got = TypeParam::run(run, std::vector<T>(12), {3});
    EXPECT_EQ(got.degenerate_rows[0], 3);
    EXPECT_EQ(got.log_scale[0], 0);
}

// The log is that of the number that was multiplied by, with its rounding: of what a 1 became.
TYPED_TEST(LargeWhole, TheLogIsOfTheRoundedFactor) {
    using T = typename TypeParam::T;
    const std::vector<float> w{1};
    for (const int second : {2, 3, 5, 6, 7}) {
        ChainRun<T> run;
        run.network.width = 1;
        run.network.batch = 2;
        run.network.normalization = Normalization::none;
        run.input_rows = 1;
        run.given = &w;
        const Outcome<T> got = TypeParam::run_plain(run, {T(1), static_cast<T>(second)}, {1});
        EXPECT_NEAR(got.log_scale[0], std::log(static_cast<double>(got.h[0])), 1e-15) << second;
    }
}

// In whatever sub-batch, of two draws each, and however much goes on after them.
TYPED_TEST(LargeWhole, FailedDrawsOfAnySubBatchAreLeftAlone) {
    using T = typename TypeParam::T;
    std::mt19937_64 random(15);
    for (const Normalization norm :
         {Normalization::batch, Normalization::layer, Normalization::none}) {
        ChainRun<T> run;
        run.network.width = 4;
        run.network.batch = 3;
        run.network.normalization = norm;
        run.input_rows = 4;
        run.draws = 5;
        auto x = normal_input<T>(random, 60);
        const Outcome<T> well = TypeParam::run(run, x, {1, 3});
        for (const std::size_t draw : {1, 2})
            x[12 * draw] = std::numeric_limits<T>::infinity();
        const Outcome<T> got = TypeParam::run(run, x, {1, 3});
        EXPECT_EQ(got.failed_layer, (std::vector<std::int64_t>{-1, 1, 1, -1, -1})) << name(norm);
        for (const std::int64_t draw : {0, 3, 4}) {
            EXPECT_EQ(part_of(got.h, 12 * draw, 12), part_of(well.h, 12 * draw, 12)) << name(norm);
            EXPECT_EQ(got.log_scale[static_cast<std::size_t>(draw)],
                      well.log_scale[static_cast<std::size_t>(draw)]);
        }
        for (const std::size_t draw : {1, 2})
            EXPECT_EQ(got.log_scale[draw], 0);
    }
}

}  // namespace
}  // namespace rankchain::cuda
