// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Linear chains carried by fewer columns: the singular values are those of the whole.
#include "host/ops.hpp"
#include "tests/chunk_case.hpp"
#include "tests/oracle.hpp"
#include <rankchain/error.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain {
namespace {

// What one layer makes of a perturbation. Centring and dividing by a norm are (to first order) a
// projection and a division by s, so |dH_l|_F <= A |dH_{l-1}|_F with A = |W / s|_F (I + gamma W
// where there is a residual), and rounding adds (k + N + 16) u (A |H_{l-1}|_F + |H_l|_F).
long double layer_gain(const Network& net, const std::vector<float>& w, const oracle::Layer& layer,
                       std::int64_t k) {
    const std::int64_t d = net.width;
    const bool residual = std::isfinite(net.gamma) && k == d;
    long double whole = 0;
    for (const long double x : layer.z.value)
        whole += x * x;
    long double gain = 0;
    for (std::int64_t i = 0; i < d; ++i) {
        long double mean = 0;
        for (std::int64_t j = 0; j < net.batch; ++j)
            mean += layer.z.value[layer.z.at(i, j)];
        mean /= static_cast<long double>(net.batch);
        if (net.normalization != Normalization::batch) mean = 0;
        long double squares = 0;
        for (std::int64_t j = 0; j < net.batch; ++j) {
            const long double x = layer.z.value[layer.z.at(i, j)] - mean;
            squares += x * x;
        }
        long double divisor = squares / static_cast<long double>(net.batch);
        if (net.normalization == Normalization::batch_center) divisor = 1;
        if (net.normalization == Normalization::none) {
            divisor = whole / static_cast<long double>(d * net.batch);
        }
        for (std::int64_t a = 0; a < k; ++a) {
            long double x = w[static_cast<std::size_t>(i * k + a)];
            if (residual) x = static_cast<long double>(net.gamma) * x + (a == i ? 1 : 0);
            gain += x * x / divisor;
        }
    }
    return std::sqrt(gain);
}

// The singular values of the compressed chain (K) and of H itself, by the bound above and Weyl's
// |d sigma_i| <= |dH|. A wrong N or a mean left in would show at order 1.
TEST(Chain, CompressionKeepsSingularValues) {
    const std::int64_t layers = 4;
    for (const auto norm : {Normalization::batch, Normalization::batch_center,
                            Normalization::batch_scale, Normalization::none}) {
        for (const double gamma : {std::numeric_limits<double>::infinity(), 0.5}) {
            for (const auto order : {Order::norm_act, Order::act_norm}) {
                for (const auto precision : {Precision::float32, Precision::float64}) {
                    for (const std::int64_t features : {6, 11}) {
                        Network net{.width = 6, .batch = 100, .depth = layers, .gamma = gamma};
                        net.normalization = norm;
                        net.order = order;
                        net.precision = precision;
                        ChainSpec spec{net, ramp(features, 100), 21};
                        std::vector<Quantity> quantities;
                        for (std::int64_t i = 1; i <= 6; ++i) {
                            quantities.push_back({Metric::spectrum, 0, i});
                        }
                        const auto ops = make_ops(cpu_with(1));
                        const auto full = ops->begin(spec, {0, 1});
                        spec.columns = false;
                        const auto small = ops->begin(spec, {0, 1});
                        std::vector<double> h = observed(*full, features, 100);
                        const long double u = roundoff(precision);
                        long double error = 0;
                        for (std::int64_t l = 1; l <= layers; ++l) {
                            full->advance(l);
                            small->advance(l);
                            const std::int64_t k = l == 1 ? features : 6;
                            const auto w = weights_of(spec, 0, l);
                            const auto want = oracle::layer(net, w, h, 6, k, 100, u);
                            long double before = 0;
                            long double after = 0;
                            for (const double x : h)
                                before += static_cast<long double>(x) * x;
                            for (const long double x : want.h.value)
                                after += x * x;
                            const long double gain = layer_gain(net, w, want, k);
                            error =
                                gain * error + static_cast<long double>(k + 100 + 16) * u *
                                                   (gain * std::sqrt(before) + std::sqrt(after));
                            h = observed(*full, 6, 100);
                            const auto a = full->measure(quantities);
                            const auto b = small->measure(quantities);
                            for (std::int64_t i = 0; i < 6; ++i) {
                                const double gap = std::fabs(std::sqrt(100 * a.value(i, 0)) -
                                                             std::sqrt(100 * b.value(i, 0)));
                                ASSERT_TRUE(gap <= 2 * error)
                                    << name(norm) << " gamma " << gamma << " layer " << l << " "
                                    << i << ": " << a.value(i, 0) << " " << b.value(i, 0);
                            }
                            // The bound says something: it is small beside sigma_1.
                            ASSERT_TRUE(error < 0.1L * std::sqrt(100 * a.value(0, 0)));
                        }
                        EXPECT_THROW((void)observed(*small, 6, 100), InvalidArgument);
                    }
                }
            }
        }
    }
}

TEST(Chain, CompressionDependsOnNoStop) {
    Network net{.width = 8, .batch = 50, .depth = 20};
    const ChainSpec spec{net, {}, 5, Observe::hidden, false};
    const std::vector<Quantity> quantities{{Metric::rank_lower_bound, 0, 0},
                                           {Metric::spectrum, 0, 3}};
    const auto ops = make_ops(cpu_with(2));
    const auto at_once = ops->begin(spec, {0, 9});
    at_once->advance(20);
    const auto stepwise = ops->begin(spec, {0, 9});
    for (std::int64_t l = 1; l <= 20; ++l)
        stepwise->advance(l);
    EXPECT_EQ(at_once->measure(quantities).values, stepwise->measure(quantities).values);
}

}  // namespace
}  // namespace rankchain
