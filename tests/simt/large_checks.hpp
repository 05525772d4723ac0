// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What LargeChain and Compression must show beside chain_checks.hpp, on the CPU and on a device.
#pragma once

#include "kernels/backend/compress.hpp"
#include "tests/simt/chain_checks.hpp"
#include "tests/simt/large_place.hpp"
#include <rankchain/error.hpp>
#include <rankchain/spectrum.hpp>

namespace rankchain::cuda {

template <class T_>
struct LargePath {
    using T = T_;
    static constexpr long double u = std::numeric_limits<T>::epsilon() / 2;
    static constexpr long double goal = sizeof(T) == 4 ? 1e-5L : 1e-13L;
    static constexpr int cases = on_device ? 10000 : 504;
    static constexpr std::int64_t largest = 257, wide = watched ? 33 : 130;
    static constexpr bool far_scales = true;
    static constexpr std::array<std::int64_t, 13> sizes() {
        return {1, 2, 3, 5, 8, 17, 31, 33, 64, 127, 129, 130, 257};
    }

    static Outcome<T> run(const ChainRun<T>& chain, const std::vector<T>& input,
                          const std::vector<std::int64_t>& stops, std::int64_t at_once = 2) {
        return chain.through(
            [at_once](const FusedChain<T>& fused) {
                LargePlace& place = LargePlace::here();
                LargeChain<T> large(place.memory, place.queue.cublas(), place.queue.stream(),
                                    shape_for(fused, at_once));
                large.advance(fused);
            },
            input, stops);
    }
    static Outcome<T> run_plain(const ChainRun<T>& chain, const std::vector<T>& input,
                                const std::vector<std::int64_t>& stops) {
        return run(chain, input, stops);
    }
};
using LargePaths = testing::Types<LargePath<float>, LargePath<double>>;

struct LargeNames {
    template <class P>
    static std::string GetName(int) {
        return sizeof(typename P::T) == 4 ? "Float32" : "Float64";
    }
};

template <class P>
class LargeChecks : public ChainChecks<P> {};
TYPED_TEST_SUITE_P(LargeChecks);

template <class T>
std::vector<T> part_of(const std::vector<T>& all, std::int64_t first, std::int64_t count) {
    return {all.begin() + first, all.begin() + first + count};
}

// The bits of a draw depend on the size of sub-batches no more than on its company.
TYPED_TEST_P(LargeChecks, NeitherSubBatchesNorChunksChangeABit) {
    using T = typename TypeParam::T;
    std::mt19937_64 random(9);
    for (const Normalization norm :
         {Normalization::batch, Normalization::rms, Normalization::none}) {
        ChainRun<T> run;
        run.network.width = 33;
        run.network.batch = 17;
        run.network.normalization = norm;
        run.network.activation = Activation::relu;
        run.network.gamma = 0.5;
        run.input_rows = 33;
        run.draws = 7;
        const std::int64_t size = std::int64_t{33} * 17;
        const auto x = normal_input<T>(random, 7 * size);
        const Outcome<T> whole = TypeParam::run(run, x, {3}, 3);
        for (std::int64_t first = 0; first < 7; first += watched ? 5 : 1) {
            for (const std::int64_t count : {1, 4}) {
                if (first + count > 7) continue;
                run.draws = count;
                run.first_draw = static_cast<std::uint64_t>(first);
                const Outcome<T> part =
                    TypeParam::run(run, part_of(x, first * size, count * size), {1, 3}, 3);
                EXPECT_EQ(part.h, part_of(whole.h, first * size, count * size));
                EXPECT_EQ(part.p, part_of(whole.p, first * size, count * size));
                EXPECT_EQ(part.log_scale, part_of(whole.log_scale, first, count));
                EXPECT_EQ(part.log_scale_before, part_of(whole.log_scale_before, first, count));
            }
        }
    }
}

// Lines too long to be kept on chip, and too many parts for one each.
TYPED_TEST_P(LargeChecks, LongLinesAgreeWithTheOracle) {
    using T = typename TypeParam::T;
    struct Case {
        std::int64_t d, n;
        Normalization norm;
        Order order;
    };
    std::mt19937_64 random(10);
    for (const auto [d, n, norm, order] :
         {Case{2, 700, Normalization::batch, Order::norm_act},      // a warp or a block a row
          Case{2, 5000, Normalization::batch, Order::act_norm},     // kept on chip in float32 only
          Case{2, 9000, Normalization::batch, Order::norm_act},     // worked on in place
          Case{3, 8200, Normalization::none, Order::norm_act},      // several parts
          Case{2100, 2, Normalization::layer, Order::norm_act},     // columns two to a block
          Case{5000, 2, Normalization::rms, Order::act_norm},       // columns in place
          Case{300, 40, Normalization::layer, Order::act_norm}}) {  // 32 columns to a block
        if (watched && (d * n > (sizeof(T) == 4 ? 18000 : 12000) || n == 40)) continue;
        ChainRun<T> run;
        run.network.width = d;
        run.network.batch = n;
        run.network.normalization = norm;
        run.network.order = order;
        run.network.activation = Activation::tanh;
        run.input_rows = 3;
        const auto x = normal_input<T>(random, 3 * n);
        SCOPED_TRACE(std::to_string(d) + " x " + std::to_string(n));
        const Outcome<T> got = same_in_every_order([&] { return TypeParam::run(run, x, {1}); },
                                                   watched ? 0 : check_schedules);
        const auto w = weights_of(run.network, run.seed, 0, 1, 3);
        const oracle::Layer want = oracle::layer(run.network, w, x, d, 3, n, TypeParam::u);
        EXPECT_EQ(got.failed_layer[0], -1);
        for (std::size_t i = 0; i < want.h.value.size(); ++i) {
            ASSERT_TRUE(std::fabs(got.h[i] - want.h.value[i]) <= want.h.error[i])
                << d << " " << n << " at " << i << " got " << got.h[i] << " want "
                << want.h.value[i] << " allowed " << want.h.error[i];
        }
    }
}

TYPED_TEST_P(LargeChecks, RefusesWhatDoesNotFit) {
    using T = typename TypeParam::T;
    LargePlace& place = LargePlace::here();
    LargeChain<T> large(place.memory, place.queue.cublas(), place.queue.stream(), {8, 5, 6});
    FusedChain<T> chain;
    chain.rows = 8;
    chain.cols = 6;
    chain.batch = 6;
    chain.first.cols = 5;
    chain.rest.cols = 8;
    chain.to = 1;
    large.advance(chain);  // no draws: nothing to do
    const auto refused = [&](auto change) {
        FusedChain<T> other = chain;
        change(other);
        EXPECT_THROW(large.advance(other), InvalidArgument);
    };
    refused([](auto& c) { c.rows = 7; });
    refused([](auto& c) { c.cols = 7; });
    refused([](auto& c) { c.first.cols = 9; });
    const float one = 1;
    refused([&one](auto& c) {
        c.given = &one;
        c.to = 2;
    });
}

TYPED_TEST_P(LargeChecks, TakesWhatItSaid) {
    using T = typename TypeParam::T;
    struct Counting final : Memory {
        void* take(std::int64_t bytes) override {
            taken += bytes;
            return LargePlace::here().memory.take(bytes);
        }
        void give(void* data) noexcept override { LargePlace::here().memory.give(data); }
        std::int64_t taken = 0;
    } memory;
    LargePlace& place = LargePlace::here();
    for (const LargeShape& shape : {LargeShape{1, 1, 1}, LargeShape{129, 7, 200},
                                    LargeShape{7, 129, 200, 1}, LargeShape{300, 300, 300}}) {
        memory.taken = 0;
        const LargeChain<T> large(memory, place.queue.cublas(), place.queue.stream(), shape);
        EXPECT_EQ(memory.taken, LargeChain<T>::need(shape));
        EXPECT_GE(LargeChain<T>::draws_at_once(shape), 1);
        EXPECT_LE(LargeChain<T>::draws_at_once(shape), 256);
    }
    memory.taken = 0;
    const Compression<T> compression(memory, place.queue.cublas(), place.queue.stream(), 20, 30);
    EXPECT_EQ(memory.taken, (Compression<T>::need(20, 30)));
}

// K K^T = H H^T with the rows centred where asked. Householder QR: |dK| <= c N d u |H|_F
// (Higham 2002, theorem 19.4; c = 8), and K is rounded to T.
TYPED_TEST_P(LargeChecks, CompressionKeepsTheGramMatrix) {
    using T = typename TypeParam::T;
    LargePlace& place = LargePlace::here();
    std::mt19937_64 random(11);
    struct Case {
        std::int64_t d, n;
    };
    for (const auto [d, n] : {Case{1, 1}, Case{1, 7}, Case{3, 5}, Case{20, 33}, Case{33, 300}}) {
        for (const bool center : {false, true}) {
            const std::int64_t draws = 3;
            auto h = normal_input<T>(random, draws * d * n);
            for (T& v : h)
                v += T(2);
            SCOPED_TRACE(std::to_string(d) + " x " + std::to_string(n));
            Compression<T> compression(place.memory, place.queue.cublas(), place.queue.stream(), d,
                                       n);
            const std::vector<T> k = same_in_every_order([&, d = d] {
                const DeviceArray<T> in_place(h);
                compression.compress(in_place.get(), in_place.get(), draws, center);
                place.queue.wait();
                return part_of(in_place.host(), 0, draws * d * d);
            });
            for (std::int64_t b = 0; b < draws; ++b) {
                std::vector<long double> a(h.begin() + b * d * n, h.begin() + (b + 1) * d * n);
                long double size = 0;
                for (std::int64_t i = 0; i < d; ++i) {
                    long double mean = 0;
                    for (std::int64_t j = 0; j < n; ++j)
                        mean +=
                            a[static_cast<std::size_t>(i * n + j)] / static_cast<oracle::Real>(n);
                    for (std::int64_t j = 0; j < n; ++j) {
                        auto& v = a[static_cast<std::size_t>(i * n + j)];
                        // The means are of numbers near 2 in float64.
                        size += v * v;
                        if (center) v -= mean;
                    }
                }
                const auto gram = [](const auto& m, std::int64_t cols, std::int64_t i,
                                     std::int64_t j) {
                    long double sum = 0;
                    for (std::int64_t c = 0; c < cols; ++c) {
                        sum +=
                            static_cast<oracle::Real>(m[static_cast<std::size_t>(i * cols + c)]) *
                            static_cast<oracle::Real>(m[static_cast<std::size_t>(j * cols + c)]);
                    }
                    return sum;
                };
                const std::vector<T> mine = part_of(k, b * d * d, d * d);
                const oracle::Real allowed =
                    2 * size * (8 * static_cast<oracle::Real>(n * d) * 0x1p-53L + 2 * TypeParam::u);
                for (std::int64_t i = 0; i < d; ++i) {
                    for (std::int64_t j = 0; j < d; ++j) {
                        ASSERT_TRUE(std::fabs(gram(mine, d, i, j) - gram(a, n, i, j)) <= allowed)
                            << d << " " << n << " draw " << b << " at " << i << ", " << j;
                        if (j > i) {
                            ASSERT_EQ(mine[static_cast<std::size_t>(i * d + j)], T(0));
                        }
                    }
                }
            }
        }
    }
}

// A compressed chain has the singular values of the plain one. Both are chains of one precision
// whose errors the layers amplify alike; A u is that amplification times the unit roundoff, had
// from float32 against float64 on the CPU backend, as in TenLayersAgreeWithTheCpuBackend.
TYPED_TEST_P(LargeChecks, CompressedChainsKeepTheSingularValues) {
    using T = typename TypeParam::T;
    LargePlace& place = LargePlace::here();
    constexpr std::int64_t d = 12, n = 50, draws = 3, layers = 8;
    std::mt19937_64 random(12);
    std::vector<double> x(static_cast<std::size_t>(d * n));
    for (double& v : x)
        v = std::normal_distribution<float>()(random);
    for (const Normalization norm : {Normalization::batch, Normalization::batch_center,
                                     Normalization::batch_scale, Normalization::none}) {
        for (const double gamma : {std::numeric_limits<double>::infinity(), 0.3}) {
            if (watched && (gamma == 0.3) == (norm == Normalization::batch)) continue;
            ChainRun<T> run;
            run.network.width = d;
            run.network.batch = n;
            run.network.normalization = norm;
            run.network.gamma = gamma;
            run.network.scale.kind = Scale::Kind::fan_in;
            run.input_rows = d;
            run.draws = draws;
            run.shared_input = true;
            run.seed = 3;
            const bool center = norm == Normalization::batch || norm == Normalization::batch_center;
            const std::vector<T> input(x.begin(), x.end());
            const Outcome<T> plain = TypeParam::run(run, input, {layers});
            const Outcome<T> compressed = run.through(
                [&](FusedChain<T> fused) {
                    if (fused.from == 1) {
                        Compression<T> compression(place.memory, place.queue.cublas(),
                                                   place.queue.stream(), d, n);
                        compression.compress(fused.input, fused.output, draws, center);
                        fused.input_stride = d * d;
                        fused.cols = d;
                        fused.compressed = true;
                    }
                    LargeChain<T> large(place.memory, place.queue.cublas(), place.queue.stream(),
                                        shape_for(fused, 2));
                    large.advance(fused);
                },
                input, {1, layers});
            const auto h32 = on_cpu<float>(run.network, x, draws, 3, layers, Observe::hidden);
            const auto h64 = on_cpu<double>(run.network, x, draws, 3, layers, Observe::hidden);
            for (std::int64_t b = 0; b < draws; ++b) {
                const auto values = [&](const auto& h, std::int64_t cols) {
                    const std::vector<double> wide(h.begin() + b * d * cols,
                                                   h.begin() + (b + 1) * d * cols);
                    return make_ops({Device::Kind::cpu, 0, 1})
                        ->singular_values({wide.data(), 1, d, cols})
                        .values;
                };
                const auto want = values(plain.h, n);
                const auto got = values(compressed.h, d);
                const auto of32 = values(h32.h, n);
                const auto of64 = values(h64.h, n);
                double amplified = 0;
                for (std::size_t i = 0; i < of32.size(); ++i)
                    amplified = std::max(amplified, std::fabs(of32[i] - of64[i]));
                const auto u = static_cast<double>(TypeParam::u);
                const double allowed = 64 * amplified * 0x1p24 * u + (d + n) * u * want[0];
                for (std::size_t i = 0; i < std::size_t{d}; ++i) {
                    EXPECT_TRUE(std::fabs(got[i] - want[i]) <= allowed)
                        << name(norm) << " gamma " << gamma << " draw " << b << " value " << i
                        << ": " << got[i] << " and " << want[i] << ", allowed " << allowed;
                }
                EXPECT_NEAR(compressed.log_scale[static_cast<std::size_t>(b)],
                            plain.log_scale[static_cast<std::size_t>(b)],
                            allowed / want[0] * layers + 1e-12);
            }
        }
    }
}

REGISTER_TYPED_TEST_SUITE_P(LargeChecks, NeitherSubBatchesNorChunksChangeABit,
                            LongLinesAgreeWithTheOracle, RefusesWhatDoesNotFit, TakesWhatItSaid,
                            CompressionKeepsTheGramMatrix, CompressedChainsKeepTheSingularValues);

}  // namespace rankchain::cuda
