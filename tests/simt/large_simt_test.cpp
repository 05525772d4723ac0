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

}  // namespace
}  // namespace rankchain::cuda
