// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Chains of draws: each layer against the oracle, what the numbers must not depend on, and faults.
#include "host/ops.hpp"
#include "tests/chunk_case.hpp"
#include "tests/oracle.hpp"
#include "tests/refusal.hpp"
#include <rankchain/chain.hpp>
#include <rankchain/error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain {
namespace {

// Ten layers, each of them from the chain's own H_{l-1}: errors cannot add up, so the bound of one
// layer holds at every depth.
void follow(ChainSpec spec) {
    const Network& net = spec.network;
    const std::int64_t d = net.width;
    const std::int64_t n = net.batch;
    const std::string label =
        std::string(name(net.normalization)) + " " + std::string(name(net.activation)) + " " +
        std::string(name(net.order)) + " " + std::string(name(net.precision)) + " " +
        std::string(name(net.weights)) + " gamma " + std::to_string(net.gamma);
    const auto ops = make_ops(cpu_with(1));
    const DrawRange range{5, 2};
    spec.observe = Observe::hidden;
    const auto hidden = ops->begin(spec, range);
    spec.observe = Observe::preactivation;
    const auto before = ops->begin(spec, range);
    std::vector<double> h = observed(*hidden, spec);
    EXPECT_EQ(observed(*before, spec), h);
    std::vector<std::int64_t> degenerate(2, 0);
    for (std::int64_t l = 1; l <= net.depth; ++l) {
        const std::int64_t k = l == 1 ? input_rows(net, spec.input) : d;
        hidden->advance(l);
        before->advance(l);
        const std::vector<double> next = observed(*hidden, spec);
        const std::vector<double> p = observed(*before, spec);
        for (std::int64_t b = 0; b < 2; ++b) {
            const std::vector<double> own(h.begin() + b * k * n, h.begin() + (b + 1) * k * n);
            const auto want = oracle::layer(net, weights_of(spec, range.first + b, l), own, d, k, n,
                                            roundoff(net.precision));
            for (std::size_t at = 0; at < want.h.value.size(); ++at) {
                const std::size_t here = static_cast<std::size_t>(b * d * n) + at;
                ASSERT_TRUE(std::fabs(next[here] - want.h.value[at]) <= want.h.error[at])
                    << label << " layer " << l << " H " << next[here] << " " << want.h.value[at];
                ASSERT_TRUE(std::fabs(p[here] - want.p.value[at]) <= want.p.error[at])
                    << label << " layer " << l << " P " << p[here] << " " << want.p.value[at];
            }
            if (want.ill_conditioned > 0) degenerate[static_cast<std::size_t>(b)] = -1;
            if (degenerate[static_cast<std::size_t>(b)] >= 0) {
                degenerate[static_cast<std::size_t>(b)] += want.degenerate;
                const auto status = hidden->measure({}).status[static_cast<std::size_t>(b)];
                ASSERT_EQ(status.degenerate_rows, degenerate[static_cast<std::size_t>(b)]) << label;
                ASSERT_EQ(status.failed_layer, -1) << label;
            }
        }
        h = next;
    }
}

TEST(Chain, EveryLayerOfEveryKindFollowsFromTheOneBefore) {
    for (int norm = 0; norm < 6; ++norm) {
        for (int act = 0; act < 7; ++act) {
            for (const auto order : {Order::norm_act, Order::act_norm}) {
                for (const auto precision : {Precision::float32, Precision::float64}) {
                    Network net{.width = 9, .batch = 12, .depth = 10};
                    net.normalization = static_cast<Normalization>(norm);
                    net.activation = static_cast<Activation>(act);
                    net.order = order;
                    net.precision = precision;
                    // Without a division nothing keeps ten layers in range but a small scale.
                    net.scale.kind = Scale::Kind::fan_in;
                    if ((norm + act) % 2 == 1) net.gamma = 0.3;
                    follow({net, {}, 11});
                }
            }
        }
    }
}

TEST(Chain, EveryWeightLawAndInputFollows) {
    for (int law = 0; law < 6; ++law) {
        for (const auto precision : {Precision::float32, Precision::float64}) {
            Network net{.width = 17, .batch = 33, .depth = 10};
            net.weights = static_cast<Weights>(law);
            net.activation = Activation::relu;
            net.precision = precision;
            follow({net, {Input::Kind::gaussian_shared, 0, nullptr}, 12});
            follow({net, {Input::Kind::identity, 0, nullptr}, 13});
            follow({net, {Input::Kind::duplicate_pairs, 0, nullptr}, 14});
            follow({net, ramp(17, 33), 15});
            if (net.weights == Weights::orthogonal) continue;
            net.gamma = 0.1;
            follow({net, ramp(40, 33), 16});
            follow({net, ramp(3, 33), 17});
        }
    }
}

TEST(Chain, FinitelyStrongResidualsFollowAtOddSizes) {
    for (const std::int64_t d : {1, 2, 3, 5, 8, 31, 64, 65}) {
        for (const std::int64_t n : {2, 3, 7, 16, 31, 65}) {
            Network net{.width = d, .batch = n, .depth = 3, .gamma = 0.01};
            net.precision = (d + n) % 2 == 0 ? Precision::float32 : Precision::float64;
            follow({net, {}, static_cast<std::uint64_t>(100 * d + n)});
        }
    }
}

TEST(Chain, BitsDependOnNeitherChunksNorThreadsNorStops) {
    for (const auto norm : {Normalization::batch, Normalization::layer, Normalization::none}) {
        for (const auto precision : {Precision::float32, Precision::float64}) {
            Network net{.width = 33, .batch = 21, .depth = 30};
            net.normalization = norm;
            net.activation = Activation::tanh;
            net.precision = precision;
            for (const auto observe : {Observe::hidden, Observe::preactivation}) {
                const ChainSpec spec{net, {}, 3, observe, true};
                const auto whole = make_ops(cpu_with(1))->begin(spec, {0, 14});
                whole->advance(30);
                const auto want = observed(*whole, spec);
                struct Way {
                    int threads;
                    std::int64_t chunk;
                    std::int64_t step;
                };
                for (const auto& [threads, chunk, step] :
                     {Way{1, 1, 30}, Way{1, 7, 1}, Way{2, 14, 7}, Way{2, 7, 30}, Way{5, 14, 29}}) {
                    std::vector<double> got;
                    for (std::int64_t first = 0; first < 14; first += chunk) {
                        const auto part = make_ops(cpu_with(threads))->begin(spec, {first, chunk});
                        for (std::int64_t l = step; l < 30; l += step)
                            part->advance(l);
                        part->advance(30);
                        const auto h = observed(*part, spec);
                        got.insert(got.end(), h.begin(), h.end());
                    }
                    ASSERT_EQ(got, want) << threads << " " << chunk << " " << step;
                }
            }
        }
    }
}

// The kept logs: ln sigma_i of the product itself, which three layers leave in range.
TEST(Chain, LyapunovIsThatOfThePlainProduct) {
    Network net{.width = 5, .batch = 5, .depth = 3};
    net.normalization = Normalization::none;
    net.precision = Precision::float64;
    std::vector<Quantity> quantities;
    for (std::int64_t i = 1; i <= 5; ++i)
        quantities.push_back({Metric::lyapunov, 0, i});
    for (const auto observe : {Observe::hidden, Observe::preactivation}) {
        for (const auto order : {Order::norm_act, Order::act_norm}) {
            net.order = order;
            const ChainSpec spec{net, {}, 8, observe, false};
            const auto ops = make_ops(cpu_with(1));
            const auto chunk = ops->begin(spec, {3, 1});
            ChainSpec with_columns = spec;
            with_columns.columns = true;
            std::vector<double> product = observed(*ops->begin(with_columns, {3, 1}), spec);
            for (std::int64_t l = 1; l <= 3; ++l) {
                const auto w = weights_of(spec, 3, l);
                std::vector<double> next(25, 0.0);
                for (std::size_t i = 0; i < 5; ++i) {
                    for (std::size_t k = 0; k < 5; ++k) {
                        for (std::size_t j = 0; j < 5; ++j) {
                            next[i * 5 + j] +=
                                static_cast<double>(w[i * 5 + k]) * product[k * 5 + j];
                        }
                    }
                }
                product = next;
                chunk->advance(l);
                const auto got = chunk->measure(quantities);
                const Spectrum want = ops->singular_values({product.data(), 1, 5, 5});
                for (std::int64_t i = 0; i < 5; ++i) {
                    const double sigma = want.values[static_cast<std::size_t>(i)];
                    // l layers of k + N + 16 roundings, relative to sigma_1, move ln sigma_i by
                    // sigma_1 / sigma_i times as much; the products' own conditions are below 100.
                    const double tolerance =
                        100 * 26 * static_cast<double>(l) * 0x1p-53 * want.values[0] / sigma;
                    EXPECT_NEAR(got.value(i, 0), std::log(sigma) / static_cast<double>(l),
                                tolerance);
                }
            }
        }
    }
}

// Centring alone lets H grow until it leaves float32, each draw in its own layer.
TEST(Chain, ADrawThatLeavesTheNumbersIsNamedAndLeavesItsNeighboursAlone) {
    Network net{.width = 4, .batch = 6, .depth = 400};
    net.normalization = Normalization::batch_center;
    const ChainSpec spec{net, {}, 2, Observe::hidden, true};
    const std::vector<Quantity> quantities{{Metric::rank_lower_bound, 0, 0}};
    const auto ops = make_ops(cpu_with(2));
    const auto chunk = ops->begin(spec, {0, 40});
    std::int64_t failed_at_once = 0;
    std::int64_t both = 0;
    std::vector<std::int64_t> failed(40, -1);
    for (std::int64_t l = 20; l <= 400; l += 20) {
        chunk->advance(l);
        const Samples samples = chunk->measure(quantities);
        const auto h = observed(*chunk, spec);
        failed_at_once = 0;
        for (std::int64_t b = 0; b < 40; ++b) {
            const auto i = static_cast<std::size_t>(b);
            const std::int64_t layer = samples.status[i].failed_layer;
            if (failed[i] >= 0) {
                ASSERT_EQ(layer, failed[i]);
            }
            if (layer >= 0) {
                ASSERT_GT(layer, failed[i] >= 0 ? 0 : l - 20);
                ASSERT_LE(layer, l);
                ++failed_at_once;
            }
            failed[i] = layer;
            ASSERT_EQ(std::isnan(samples.value(0, b)), layer >= 0);
            ASSERT_EQ(std::isnan(h[i * 24]), layer >= 0);
        }
        if (failed_at_once > 0 && failed_at_once < 40) {
            ++both;
            for (std::int64_t b = 0; b < 40; ++b) {
                const auto alone = ops->begin(spec, {b, 1});
                alone->advance(l);
                const auto i = static_cast<std::size_t>(b);
                ASSERT_EQ(alone->measure(quantities).status[0].failed_layer, failed[i]);
                if (failed[i] >= 0) continue;
                const auto own = observed(*alone, spec);
                ASSERT_TRUE(std::equal(own.begin(), own.end(), h.begin() + b * 24));
            }
        }
    }
    EXPECT_EQ(failed_at_once, 40);
    EXPECT_GT(both, 0);
}

TEST(Chain, EqualColumnsAreDegenerateFromTheFirstLayerOn) {
    for (const bool columns : {true, false}) {
        const Input same{Input::Kind::given, 4, std::make_shared<std::vector<double>>(4 * 50, 0.1)};
        const ChainSpec spec{
            {.width = 4, .batch = 50, .depth = 5}, same, 1, Observe::hidden, columns};
        const auto chunk = make_ops(cpu_with(1))->begin(spec, {0, 3});
        chunk->advance(5);
        for (const DrawStatus& status : chunk->measure({}).status) {
            EXPECT_EQ(status.degenerate_rows, 20);
            EXPECT_EQ(status.failed_layer, -1);
        }
    }
}

TEST(Chain, GoesForwardOnlyAndNoFurtherThanItsDepth) {
    const auto chunk = make_ops(cpu_with(1))->begin({{.depth = 5}, {}, 1}, {0, 1});
    chunk->advance(3);
    EXPECT_THROW(chunk->advance(2), InvalidArgument);
    EXPECT_THROW(chunk->advance(6), InvalidArgument);
    EXPECT_EQ(chunk->layer(), 3);
}

TEST(Chain, WhatDoesNotFitIsRefusedWithNeedAndFree) {
    const auto ops = make_ops(cpu_with(1));
    const ChainSpec spec{{.width = 1000, .batch = 1000, .depth = 1}, {}, 1};
    const MemoryNeed need = ops->memory_need(spec, {});
    EXPECT_GE(need.per_draw, 4'000'000);
    EXPECT_GT(ops->memory_free(), 0);
    for (const std::int64_t draws :
         {ops->memory_free() / need.per_draw + 2, std::int64_t{1} << 56}) {
        try {
            (void)ops->begin(spec, {0, draws});
            FAIL();
        } catch (const OutOfMemory& error) {
            const std::string text = error.what();
            EXPECT_NE(text.find(std::to_string(need.per_draw)), std::string::npos) << text;
            EXPECT_NE(text.find("free"), std::string::npos) << text;
        }
    }
}

TEST(Chain, DrawsBeyondTheirNumbersAreRefused) {
    const auto ops = make_ops(cpu_with(1));
    const ChainSpec spec{{.width = 2, .batch = 3, .depth = 1}, {}, 1};
    constexpr std::int64_t limit = std::int64_t{1} << 56,
                           most = std::numeric_limits<std::int64_t>::max();
    EXPECT_NO_THROW((void)ops->begin(spec, {limit - 2, 2}));
    for (const DrawRange range :
         {DrawRange{-1, 2}, {0, -1}, {limit - 1, 2}, {most, 1}, {most, most}}) {
        const std::string text = refusal([&] { (void)ops->begin(spec, range); });
        EXPECT_NE(text.find("2^56"), std::string::npos) << text;
    }
}

TEST(Chain, ThePublicFaceIsTheSameChain) {
    const Network net{.width = 7, .batch = 9, .depth = 4};
    Chains chains(net, {}, 6, {2, 3}, cpu_with(2));
    chains.advance(4);
    std::vector<double> got(std::size_t{3} * 7 * 9);
    chains.observed({got.data(), 3, 7, 9});
    const ChainSpec spec{net, {}, 6};
    const auto chunk = make_ops(cpu_with(1))->begin(spec, {2, 3});
    chunk->advance(4);
    EXPECT_EQ(got, observed(*chunk, spec));
    EXPECT_EQ(chains.layer(), 4);
    // A tie, which no count decides and singular values are not asked to.
    const Network square{.width = 4, .batch = 4, .depth = 1};
    const std::vector<Quantity> tied{{Metric::soft_rank, 0.25, 0}};
    for (const auto method : {SpectrumMethod::automatic, SpectrumMethod::svd}) {
        Chains one(square, {.kind = Input::Kind::identity}, 6, {0, 1}, cpu_with(1), Observe::hidden,
                   method);
        const Samples samples = one.measure(tied);
        EXPECT_EQ(samples.value(0, 0), 4);
        EXPECT_EQ(samples.resolved[0], method == SpectrumMethod::svd ? 0 : 1);
    }
    const DeviceInfo info = describe(cpu_with(2));
    EXPECT_EQ(info.threads, 2);
    EXPECT_NE(info.arithmetic.find("OpenBLAS"), std::string::npos) << info.arithmetic;
}

}  // namespace
}  // namespace rankchain
