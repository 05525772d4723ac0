// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The fused kernels' own source on the CPU, in every order of threads: chain_checks.hpp, and what
// they refuse.
#include "kernels/shared_memory.cuh"
#include "tests/simt/chain_checks.hpp"

#include <array>
#include <limits>
#include <string>

namespace rankchain::cuda {

SIMT_DYNAMIC_SHARED(dynamic_shared, 256 << 10);

namespace {

template <class T_, Arithmetic arithmetic_>
struct Path {
    using T = T_;
    static constexpr Arithmetic arithmetic = arithmetic_;
    /// The unit roundoff that the oracle's bound, (k + 4) u a sum, holds for. Split float32 has two
    /// roundings more in every product and twice as many sums, of half of which the addends are
    /// 2^-11 times as large.
    static constexpr long double u = std::numeric_limits<T>::epsilon() / 2 *
                                     (sizeof(T) == 4 && arithmetic == Arithmetic::tensor ? 2 : 1);
    static constexpr long double goal = sizeof(T) == 4 ? 1e-5L : 1e-13L;
    static constexpr int cases = 600;
    static constexpr std::int64_t largest = 128, wide = 33;
    static constexpr bool far_scales = arithmetic == Arithmetic::plain;
    static constexpr std::array<std::int64_t, 17> sizes() {
        return {1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 48, 63, 65};
    }

    static Outcome<T> run(ChainRun<T> chain, const std::vector<T>& input,
                          const std::vector<std::int64_t>& stops) {
        chain.arithmetic = arithmetic;
        return chain(input, stops);
    }
    static Outcome<T> run_plain(const ChainRun<T>& chain, const std::vector<T>& input,
                                const std::vector<std::int64_t>& stops) {
        return chain(input, stops);
    }
};

using Paths = testing::Types<Path<float, Arithmetic::plain>, Path<double, Arithmetic::plain>,
                             Path<float, Arithmetic::tensor>, Path<double, Arithmetic::tensor>>;

struct PathNames {
    template <class P>
    static std::string GetName(int) {
        return std::string(P::arithmetic == Arithmetic::plain ? "Plain" : "Tensor") +
               (sizeof(typename P::T) == 4 ? "Float32" : "Float64");
    }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Fused, ChainChecks, Paths, PathNames);

template <class P>
class ChainKernels : public testing::Test {};
TYPED_TEST_SUITE(ChainKernels, Paths, PathNames);

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
