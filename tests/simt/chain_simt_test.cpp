// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The fused kernels' own source on the CPU, in every order of threads: chain_checks.hpp, and what
// they refuse.
#include "kernels/shared_memory.cuh"
#include "tests/simt/chain_paths.hpp"

namespace rankchain::cuda {

SIMT_DYNAMIC_SHARED(dynamic_shared, 256 << 10);

namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Fused, ChainChecks, FusedPaths, FusedNames);

template <class P>
class ChainKernels : public testing::Test {};
TYPED_TEST_SUITE(ChainKernels, FusedPaths, FusedNames);

TYPED_TEST(ChainKernels, RefusesWhatDoesNotFit) {
    using T = typename TypeParam::T;
    ChainRun<T> run;
    run.network.width = 8;
    run.network.batch = 8;
    run.input_rows = 8;
    const FusedChain<T> good = [&] {
        FusedChain<T> chain = run.fused();
        chain.to = 1;
        return chain;
    }();
    const auto fits = [](FusedChain<T> chain) {
        return can_advance(chain, TypeParam::arithmetic, 200U << 10);
    };
    EXPECT_TRUE(fits(good));
    EXPECT_FALSE(can_advance(good, TypeParam::arithmetic, 100));
    EXPECT_GT(shared_bytes(good, TypeParam::arithmetic), 0U);
    const auto with = [&](auto change) {
        FusedChain<T> chain = good;
        change(chain);
        if (fits(chain)) return cudaSuccess;
        return advance_chain(chain, TypeParam::arithmetic, nullptr);
    };
    EXPECT_EQ(with([](auto& c) { c.rows = 129; }), cudaErrorInvalidValue);
    EXPECT_EQ(with([](auto& c) { c.rows = 0; }), cudaErrorInvalidValue);
    EXPECT_EQ(with([](auto& c) { c.cols = 129; }), cudaErrorInvalidValue);
    EXPECT_EQ(with([](auto& c) { c.batch = 0; }), cudaErrorInvalidValue);
    EXPECT_EQ(with([](auto& c) { c.first.cols = 200; }), cudaErrorInvalidValue);
    EXPECT_EQ(with([](auto& c) { c.first = {7, T(1), true}; }), cudaErrorInvalidValue);
    EXPECT_EQ(with([](auto& c) { c.to = std::int64_t{1} << 32; }), cudaErrorInvalidValue);
    EXPECT_EQ(with([](auto& c) { c.from = 3; }), cudaErrorInvalidValue);
    EXPECT_EQ(with([](auto& c) { c.draws = -1; }), cudaErrorInvalidValue);
    EXPECT_EQ(with([](auto& c) { c.first_draw = arith::draw_limit; }), cudaErrorInvalidValue);
    const float one = 1;
    EXPECT_EQ(with([&one](auto& c) {
                  c.given = &one;
                  c.to = 2;
              }),
              cudaErrorInvalidValue);
    FusedChain<T> nothing = good;
    nothing.draws = 0;
    EXPECT_EQ(advance_chain(nothing, TypeParam::arithmetic, nullptr), cudaSuccess);
}

}  // namespace
}  // namespace rankchain::cuda
