// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The fused kernels' own source on the CPU, in every order of threads: chain_checks.hpp, and what
// they refuse.
#include "kernels/shared_memory.cuh"
#include "tests/simt/chain_paths.hpp"

#include <cmath>
#include <numbers>

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

// Every instance, in small shapes; five draws do not fill their blocks.
TYPED_TEST(ChainKernels, NoOrderOfThreadsChangesABit) {
    using T = typename TypeParam::T;
    struct Case {
        std::int64_t d, n;
        Weights weights;
    };
    std::mt19937_64 random(12);
    for (const auto [d, n, weights] :
         {Case{7, 5, Weights::gaussian}, Case{16, 9, Weights::rademacher},
          Case{17, 6, Weights::uniform}, Case{17, 40, Weights::gaussian},
          Case{3, 41, Weights::rademacher}, Case{4, 42, Weights::uniform},
          Case{5, 70, Weights::gaussian}, Case{18, 71, Weights::rademacher},
          Case{6, 72, Weights::uniform}}) {
        for (const Normalization norm :
             {Normalization::batch, Normalization::layer, Normalization::none}) {
            // Under the race check one norm a shape is enough.
            if (watched && static_cast<std::int64_t>(norm) % 3 != n % 3) continue;
            ChainRun<T> run;
            run.network.width = d;
            run.network.batch = n;
            run.network.normalization = norm;
            run.network.weights = weights;
            run.network.activation =
                norm == Normalization::layer ? Activation::sin : Activation::relu;
            run.network.gamma = norm == Normalization::none ? 0.5 : run.network.gamma;
            run.input_rows = d;
            run.draws = 5;
            const auto x = normal_input<T>(random, 5 * d * n);
            SCOPED_TRACE(std::to_string(d) + " x " + std::to_string(n));
            same_in_every_order([&] { return TypeParam::run(run, x, {2}); });
        }
    }
}

// Whatever block a draw falls into, in whatever place, beside failed ones too.
TYPED_TEST(ChainKernels, DrawsOfABlockDoNotMeet) {
    using T = typename TypeParam::T;
    std::mt19937_64 random(13);
    for (const std::int64_t d : {3, 16}) {
        const std::int64_t n = 6, size = d * n;
        ChainRun<T> run;
        run.network.width = d;
        run.network.batch = n;
        run.network.normalization = Normalization::rms;
        run.network.activation = Activation::gelu;
        run.input_rows = d;
        run.draws = 9;
        auto x = normal_input<T>(random, 9 * size);
        x[static_cast<std::size_t>(size)] = std::numeric_limits<T>::infinity();  // draw 1
        const Outcome<T> all = TypeParam::run(run, x, {1, 3});
        EXPECT_EQ(all.failed_layer[1], 1);
        for (std::int64_t first = 0; first < 9; ++first) {
            for (std::int64_t count = 1; first + count <= 9; count += 2) {
                run.first_draw = static_cast<std::uint64_t>(first);
                run.draws = count;
                const Outcome<T> some = TypeParam::run(
                    run, {x.begin() + first * size, x.begin() + (first + count) * size}, {1, 3});
                for (std::int64_t b = 0; b < count; ++b) {
                    if (first + b == 1) continue;
                    ASSERT_TRUE(std::equal(some.h.begin() + b * size,
                                           some.h.begin() + (b + 1) * size,
                                           all.h.begin() + (first + b) * size))
                        << d << ": draw " << b << " of " << count << " from " << first;
                }
            }
        }
    }
}

// H = K Q^T with Q^T Q = I and columns of Q orthogonal to the vector of ones (cosines): the chain
// of K is that of H. Beside the error of a layer of H there is that of one of K, each at most a few
// times (d + N) roundings of numbers of the size of their row, and so on through the others.
TYPED_TEST(ChainKernels, CompressedChainsAreThoseOfTheirRows) {
    using T = typename TypeParam::T;
    std::mt19937_64 random(14);
    for (const auto& [d, n] : {std::pair<std::int64_t, std::int64_t>{6, 20}, {18, 60}}) {
        for (const Normalization norm : {Normalization::batch, Normalization::batch_center,
                                         Normalization::batch_scale, Normalization::none}) {
            for (const double gamma : {0.5, std::numeric_limits<double>::infinity()}) {
                ChainRun<T> run;
                run.network.width = d;
                run.network.batch = n;
                run.network.normalization = norm;
                run.network.gamma = gamma;
                run.network.scale.kind = Scale::Kind::fan_in;
                run.input_rows = d;
                const auto q = [n = n](std::int64_t column, std::int64_t k) {
                    return std::sqrt(2.0 / static_cast<double>(n)) *
                           std::cos(std::numbers::pi * (static_cast<double>(column) + 0.5) *
                                    static_cast<double>(k + 1) / static_cast<double>(n));
                };
                const auto expand = [&, d = d, n = n](const std::vector<T>& k) {
                    std::vector<T> h(static_cast<std::size_t>(d * n));
                    for (std::int64_t i = 0; i < d; ++i) {
                        for (std::int64_t j = 0; j < n; ++j) {
                            double sum = 0;
                            for (std::int64_t a = 0; a < d; ++a)
                                sum += static_cast<double>(k[static_cast<std::size_t>(i * d + a)]) *
                                       q(j, a);
                            h[static_cast<std::size_t>(i * n + j)] = static_cast<T>(sum);
                        }
                    }
                    return h;
                };
                const auto k = normal_input<T>(random, d * d);
                const Outcome<T> whole = TypeParam::run(run, expand(k), {3});
                ChainRun<T> carried = run;
                carried.network.batch = d;
                const Outcome<T> compressed = carried.through(
                    [n = n](FusedChain<T> chain) {
                        chain.batch = static_cast<int>(n);
                        chain.compressed = true;
                        EXPECT_EQ(advance_chain(chain, TypeParam::arithmetic, nullptr),
                                  cudaSuccess);
                    },
                    k, {3});
                const std::vector<T> got = expand(compressed.h);
                double size = 0, difference = 0;
                for (std::size_t i = 0; i < got.size(); ++i) {
                    size = std::max(size, std::fabs(static_cast<double>(whole.h[i])));
                    difference =
                        std::max(difference, std::fabs(static_cast<double>(got[i] - whole.h[i])));
                }
                const double allowed =
                    3 * 4 * 4 * static_cast<double>(d + n) * static_cast<double>(TypeParam::u);
                EXPECT_TRUE(difference <= allowed * size)
                    << name(norm) << " " << d << " " << n << " differs by " << difference << " of "
                    << size << ", allowed " << allowed;
                EXPECT_NEAR(compressed.log_scale[0], whole.log_scale[0],
                            allowed * static_cast<double>(d));
            }
        }
    }
}

}  // namespace
}  // namespace rankchain::cuda
