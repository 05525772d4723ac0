// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What every way of advancing chains must show, on the CPU (tests/simt) and on a device
// (tests/gpu): weights bit for bit, one layer against the oracle, short chains against the CPU
// backend, bits that depend on nothing but the draw. A Path is
//   T             the precision
//   u             the unit roundoff that the oracle's bound, (k + 4) u a sum, holds for
//   goal          of a row of good condition, relative to its largest element
//   cases         of one layer; at least 84 for every norm, activation and order
//   sizes()       of one layer, in either direction; `largest` now and then; `wide` in ten layers
//   far_scales    whether numbers near the ends of T's range may be multiplied
//   run, run_plain(ChainRun<T>, input, stops)
//                 the chain through it; with plain sums, which given weights may need
#pragma once

#include "host/cpu/weights.hpp"
#include "tests/oracle_rows.hpp"
#include "tests/simt/chain_case.hpp"
#include "tests/simt/schedule.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <tuple>

namespace rankchain::cuda {

template <class P>
class ChainChecks : public testing::Test {
  protected:
    void SetUp() override {
        RANKCHAIN_NEED_DEVICE();
        schedule_threads(0);
    }
    void TearDown() override { schedule_threads(0); }
};
TYPED_TEST_SUITE_P(ChainChecks);

inline constexpr std::array laws{Weights::gaussian, Weights::uniform, Weights::uniform_positive,
                                 Weights::half_normal, Weights::rademacher};

using oracle::normal_input;

inline std::vector<float> weights_of(const Network& network, std::uint64_t seed, std::uint64_t draw,
                                     std::uint32_t layer, std::int64_t cols) {
    std::vector<float> w(static_cast<std::size_t>(network.width * cols));
    cpu::fill_weights({network.weights, seed, draw, layer, network.width, cols}, 0, network.width,
                      w.data(), cols);
    return w;
}

// The product with the identity, before any norm, is w itself.
TYPED_TEST_P(ChainChecks, WeightsHaveTheBitsOfTheCpuBackend) {
    using T = typename TypeParam::T;
    struct Shape {
        std::int64_t rows, cols;
    };
    for (const Weights law : laws) {
        for (const auto [rows, cols] :
             {Shape{1, 1}, Shape{3, 5}, Shape{16, 16}, Shape{17, 31}, Shape{33, 32}, Shape{5, 40},
              Shape{40, 64}, Shape{65, 33}, Shape{9, 127}, Shape{128, 128}}) {
            if (watched && rows * cols > 2000) continue;
            ChainRun<T> run;
            run.network.width = rows;
            run.network.batch = cols;
            run.network.weights = law;
            run.network.order = Order::act_norm;
            run.network.normalization = Normalization::batch_scale;
            run.input_rows = cols;
            run.draws = 2;
            run.seed = (std::uint64_t{1} << 40) + 5;
            run.first_draw = 0xffffffffU;  // the second draw carries into the high word
            run.shared_input = true;
            std::vector<T> identity(static_cast<std::size_t>(cols * cols));
            for (std::int64_t i = 0; i < cols; ++i)
                identity[static_cast<std::size_t>(i * cols + i)] = T(1);
            const Outcome<T> got = TypeParam::run(run, identity, {1});
            for (std::int64_t b = 0; b < 2; ++b) {
                const auto w = weights_of(run.network, run.seed,
                                          run.first_draw + static_cast<std::uint64_t>(b), 1, cols);
                for (std::size_t i = 0; i < w.size(); ++i) {
                    const T p = got.p[static_cast<std::size_t>(b) * w.size() + i];
                    ASSERT_EQ(p, static_cast<T>(w[i])) << name(law) << " [" << rows << ", " << cols
                                                       << "] draw " << b << " at " << i;
                }
            }
        }
    }
}

TYPED_TEST_P(ChainChecks, OneLayerAgreesWithTheOracle) {
    using T = typename TypeParam::T;
    const auto sizes = TypeParam::sizes();
    std::mt19937_64 random(sizeof(T));
    const auto pick = [&random](std::size_t count) {
        return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
    };
    std::set<std::tuple<Normalization, Activation, Order>> seen;
    oracle::Rows rows(TypeParam::goal, TypeParam::u);
    for (int c = 0; c < cases_to_run(TypeParam::cases); ++c) {
        ChainRun<T> run;
        Network& network = run.network;
        network.normalization = static_cast<Normalization>(c % 6);
        network.activation = static_cast<Activation>(c / 6 % 7);
        network.order = static_cast<Order>(c / 42 % 2);
        network.weights = laws[pick(laws.size())];
        if (pick(2) == 0) network.gamma = pick(2) == 0 ? 0.5 : -0.01;
        const std::size_t scale = pick(6);
        if (scale == 1) network.scale.number = 0.37;
        if (scale == 2) network.scale.kind = Scale::Kind::fan_in;
        // The norm must not lose what under- or overflows when squared.
        const bool gelu = network.activation == Activation::gelu;
        const bool far = TypeParam::far_scales && !gelu && network.activation != Activation::sin;
        if (scale == 3 && far) network.scale.number = sizeof(T) == 4 ? 1e-30 : 1e-250;
        if (scale == 4 && far) network.scale.number = sizeof(T) == 4 ? 1e30 : 1e250;
        if (pick(3) == 0) network.eps = 1e-3;
        const bool large = c % 97 == 0 && !watched;
        const std::int64_t d = large ? TypeParam::largest : sizes[pick(sizes.size())];
        const std::int64_t k = pick(2) == 0 ? d : sizes[pick(sizes.size())];
        const std::int64_t n =
            large ? TypeParam::largest - 1 : std::max<std::int64_t>(2, sizes[pick(sizes.size())]);
        network.width = d;
        network.batch = n;
        run.input_rows = k;
        run.seed = random();
        seen.emplace(network.normalization, network.activation, network.order);

        const std::vector<float> w = weights_of(network, run.seed, 0, 1, k);
        const std::vector<T> h = normal_input<T>(random, k * n);
        const Outcome<T> got = TypeParam::run(run, h, {1});
        const oracle::Layer want = oracle::layer(network, w, h, d, k, n, TypeParam::u);
        const std::string label =
            "case " + std::to_string(c) + ": " + std::string(name(network.normalization)) + " " +
            std::string(name(network.activation)) + " " + std::string(name(network.order)) + " " +
            std::string(name(network.weights)) + " d " + std::to_string(d) + " k " +
            std::to_string(k) + " N " + std::to_string(n) + " scale " +
            std::to_string(network.scale.factor(k)) + " gamma " + std::to_string(network.gamma) +
            " eps " + std::to_string(network.eps);
        ASSERT_EQ(got.failed_layer[0], -1) << label;
        if (want.ill_conditioned == 0) {
            ASSERT_EQ(got.degenerate_rows[0], want.degenerate) << label;
            if (network.normalization == Normalization::none) {
                ASSERT_NEAR(got.log_scale[0], static_cast<double>(want.log_scale),
                            static_cast<double>(TypeParam::goal) *
                                (1 + std::fabs(static_cast<double>(want.log_scale))))
                    << label;
            }
        }
        const oracle::Matrix& want_p = network.order == Order::norm_act ? want.p : want.z;
        for (std::size_t at = 0; at < want_p.value.size(); ++at) {
            ASSERT_TRUE(std::fabs(got.p[at] - want_p.value[at]) <= want_p.error[at])
                << label << " P at " << at << " got " << got.p[at] << " want " << want_p.value[at];
        }
        ASSERT_NO_FATAL_FAILURE(rows.compare(got.h, want.h, k, label));
    }
    if (!watched) {
        EXPECT_EQ(seen.size(), 6U * 7U * 2U);
    }
    // The bound must neither be hopelessly wide nor leave most rows out.
    EXPECT_GT(rows.worst_share(), 0.01L);
    EXPECT_GT(static_cast<double>(rows.good()), 0.4 * static_cast<double>(rows.checked()));
}

// To first order a chain's error is its unit roundoff times an amplification A that is the chain's
// own. A is had from the CPU backend's float32 and float64 runs, |h32 - h64| = A u32; two programs
// of one precision may then differ by a small multiple of A u, here 64, beside the roundings of the
// last layer.
TYPED_TEST_P(ChainChecks, TenLayersAgreeWithTheCpuBackend) {
    using T = typename TypeParam::T;
    constexpr double u32 = std::numeric_limits<float>::epsilon() / 2;
    std::mt19937_64 random(7);
    double worst_share = 0;
    for (int c = 0; c < 84; ++c) {
        if (c % check_share != 0) continue;
        ChainRun<T> run;
        Network& network = run.network;
        network.normalization = static_cast<Normalization>(c % 6);
        network.activation = static_cast<Activation>(c / 6 % 7);
        network.order = static_cast<Order>(c / 42);
        network.weights = laws[static_cast<std::size_t>(c) % laws.size()];
        // Sums of signs are often exactly at the jump of `sign`, where a rounding decides.
        if (network.activation == Activation::sign) network.weights = Weights::gaussian;
        if (c % 3 == 0) network.gamma = 0.3;
        if (c % 4 == 0) network.scale.kind = Scale::Kind::fan_in;
        network.width = c % 5 == 0 ? TypeParam::wide : 12;
        network.batch = c % 7 == 0 ? 40 : 9;
        run.input_rows = c % 2 == 0 ? network.width : 20;
        run.draws = 2;
        run.seed = static_cast<std::uint64_t>(c);
        run.shared_input = true;
        std::vector<double> x(static_cast<std::size_t>(run.input_rows * network.batch));
        for (double& v : x)
            v = std::normal_distribution<float>()(random);
        const Outcome<T> got = TypeParam::run(run, {x.begin(), x.end()}, {10});
        for (const Observe observe : {Observe::hidden, Observe::preactivation}) {
            const auto h32 = on_cpu<float>(network, x, 2, run.seed, 10, observe);
            const auto h64 = on_cpu<double>(network, x, 2, run.seed, 10, observe);
            const std::string label =
                "case " + std::to_string(c) + " " + std::string(name(network.normalization)) + " " +
                std::string(name(network.activation)) + " " + std::string(name(network.order));
            EXPECT_EQ(got.failed_layer, h64.failed_layer) << label;
            if (sizeof(T) == 8) {
                EXPECT_EQ(got.degenerate_rows, h64.degenerate_rows) << label;
            }
            double amplified = 0, size = 0, difference = 0;
            for (std::size_t i = 0; i < h64.h.size(); ++i) {
                const auto ours =
                    static_cast<double>(observe == Observe::hidden ? got.h[i] : got.p[i]);
                amplified = std::max(amplified, std::fabs(h32.h[i] - h64.h[i]));
                size = std::max(size, std::fabs(h64.h[i]));
                difference = std::max(difference, std::fabs(ours - h64.h[i]));
                ASSERT_TRUE(std::isfinite(ours)) << label;
            }
            const auto u = static_cast<double>(TypeParam::u);
            const auto k = static_cast<double>(network.width);
            const double allowed = 64 * amplified / u32 * u + (k + 8) * u * size;
            EXPECT_TRUE(difference <= allowed) << label << " differs by " << difference
                                               << ", allowed " << allowed << ", size " << size;
            worst_share = std::max(worst_share, difference / allowed);
        }
    }
    EXPECT_GT(worst_share, 1e-3);
}

TYPED_TEST_P(ChainChecks, NeitherOrderNorCompanyNorStopsChangeABit) {
    using T = typename TypeParam::T;
    std::mt19937_64 random(3);
    struct Case {
        std::int64_t d, n;
        Normalization norm;
    };
    for (const auto [d, n, norm] :
         {Case{12, 9, Normalization::batch}, Case{12, 9, Normalization::none},
          Case{32, 32, Normalization::layer}, Case{33, 40, Normalization::batch},
          Case{18, 70, Normalization::none}}) {
        {
            ChainRun<T> run;
            run.network.width = d;
            run.network.batch = n;
            run.network.normalization = norm;
            run.network.activation =
                norm == Normalization::batch ? Activation::tanh : Activation::relu;
            run.network.gamma = norm == Normalization::layer ? 0.5 : run.network.gamma;
            run.network.order = norm == Normalization::none ? Order::act_norm : Order::norm_act;
            run.input_rows = d;
            run.draws = 3;
            const auto x = normal_input<T>(random, 3 * d * n);
            SCOPED_TRACE(std::to_string(d) + " x " + std::to_string(n));
            const Outcome<T> first =
                same_in_every_order([&] { return TypeParam::run(run, x, {4}); });
            const Outcome<T> divided = TypeParam::run(run, x, {1, 3, 4});
            EXPECT_EQ(divided.h, first.h);
            EXPECT_EQ(divided.p, first.p);
            ASSERT_NEAR(divided.log_scale[1], first.log_scale[1], 1e-14);
            // One draw by itself.
            run.draws = 1;
            run.first_draw = 1;
            const Outcome<T> alone =
                TypeParam::run(run, {x.begin() + d * n, x.begin() + 2 * d * n}, {4});
            EXPECT_TRUE(std::equal(alone.h.begin(), alone.h.end(), first.h.begin() + d * n));
            EXPECT_EQ(alone.log_scale[0], first.log_scale[1]);
        }
    }
}

TYPED_TEST_P(ChainChecks, GivenWeightsAndKeptLogs) {
    using T = typename TypeParam::T;
    ChainRun<T> run;
    run.network.width = 11;
    run.network.batch = 7;
    run.network.normalization = Normalization::none;
    run.input_rows = 6;
    run.draws = 2;
    run.seed = 5;
    std::mt19937_64 random(6);
    const auto x = normal_input<T>(random, 2 * 6 * 7);
    const Outcome<T> made = TypeParam::run_plain(run, x, {1});
    std::vector<float> w;
    for (std::uint64_t b = 0; b < 2; ++b) {
        const auto one = weights_of(run.network, 5, b, 1, 6);
        w.insert(w.end(), one.begin(), one.end());
    }
    run.given = &w;
    in_every_order([&] { EXPECT_TRUE(TypeParam::run_plain(run, x, {1}) == made); });
    // The logs of the layers before.
    run.given = nullptr;
    const Outcome<T> three = TypeParam::run_plain(run, x, {3}),
                     four = TypeParam::run_plain(run, x, {4});
    EXPECT_EQ(four.log_scale_before, three.log_scale);
    EXPECT_NE(four.log_scale, three.log_scale);
}

TYPED_TEST_P(ChainChecks, CountsAndFailsWhereTheCpuBackendDoes) {
    using T = typename TypeParam::T;
    constexpr double huge = sizeof(T) == 4 ? 1e13 : 1e100;
    for (int c = 0; c < 36; c += watched ? 7 : 1) {
        ChainRun<T> run;
        Network& network = run.network;
        network.width = 18;
        network.batch = 10;
        network.normalization = static_cast<Normalization>(c % 6);
        network.activation = c % 5 == 0 ? Activation::tanh : Activation::relu;
        network.order = static_cast<Order>(c / 6 % 2);
        network.scale.number = c / 12 == 2 ? huge : 1.0;
        // Zeros; columns all equal; numbers that grow until they are none.
        std::vector<double> x(std::size_t{18} * 10);
        for (std::size_t i = 0; i < x.size(); ++i)
            x[i] = c / 12 == 0 ? 0.0
                               : (c / 12 == 1 ? std::floor(static_cast<double>(i) / 10)
                                              : static_cast<double>(1 + i % 7));
        run.input_rows = 18;
        run.draws = 2;
        run.shared_input = true;
        const Outcome<T> got = TypeParam::run(run, {x.begin(), x.end()}, {6});
        const auto want = on_cpu<T>(network, x, 2, run.seed, 6, Observe::hidden);
        const std::string label = "case " + std::to_string(c);
        EXPECT_EQ(got.failed_layer, want.failed_layer) << label;
        EXPECT_EQ(got.degenerate_rows, want.degenerate_rows) << label;
    }
}

TYPED_TEST_P(ChainChecks, LeavesFailedDrawsAlone) {
    using T = typename TypeParam::T;
    for (const Normalization norm :
         {Normalization::batch_center, Normalization::layer, Normalization::none}) {
        ChainRun<T> run;
        run.network.width = 4;
        run.network.batch = 3;
        run.network.normalization = norm;
        run.input_rows = 4;
        run.draws = 2;
        std::vector<T> x(24, T(1));
        for (std::size_t i = 0; i < 24; ++i)
            x[i] = static_cast<T>(i % 5);
        x[3] = std::numeric_limits<T>::infinity();
        const Outcome<T> got = TypeParam::run(run, x, {2, 5});
        EXPECT_EQ(got.failed_layer, (std::vector<std::int64_t>{1, -1})) << name(norm);
        x[3] = T(1);
        const Outcome<T> well = TypeParam::run(run, x, {2, 5});
        EXPECT_TRUE(std::equal(well.h.begin() + 12, well.h.end(), got.h.begin() + 12));
    }
}

REGISTER_TYPED_TEST_SUITE_P(ChainChecks, WeightsHaveTheBitsOfTheCpuBackend,
                            OneLayerAgreesWithTheOracle, TenLayersAgreeWithTheCpuBackend,
                            NeitherOrderNorCompanyNorStopsChangeABit, GivenWeightsAndKeptLogs,
                            CountsAndFailsWhereTheCpuBackendDoes, LeavesFailedDrawsAlone);

}  // namespace rankchain::cuda
