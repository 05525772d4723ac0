// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The CUDA backend's own path, from study to result file, with the kernels' own source on the CPU:
// what it computes is what the CPU backend computes.
#include "host/cpu/ops.hpp"
#include "kernels/backend/ops.hpp"
#include "kernels/shared_memory.cuh"
#include "tests/simt/backend_case.hpp"
#include "tests/simt/backend_fixture.hpp"
#include <rankchain/error.hpp>
#include <rankchain/weights.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace rankchain::cuda {

SIMT_DYNAMIC_SHARED(dynamic_shared, 256 << 10);

namespace {

using Backend = EmulatedDevice;

/// ||H' - H|| / ||H|| that two correct programs may be apart after one layer: the goal of one
/// layer.
double one_layer(Precision precision) {
    return precision == Precision::float32 ? 1e-5 : 1e-13;
}

/// Values of one cell, layer and draw by quantity.
class Draw {
  public:
    Draw(const Cell& cell, const Numbers& numbers, std::size_t first, std::size_t draw)
        : cell_(cell), numbers_(numbers), first_(first), draw_(draw) {}

    [[nodiscard]] double value(std::size_t q) const { return numbers_.values[first_ + q][draw_]; }
    [[nodiscard]] std::vector<double> sigma() const {
        std::vector<double> values;
        for (std::size_t q = 0; q < cell_.quantities.size(); ++q) {
            if (cell_.quantities[q].metric != Metric::spectrum) continue;
            values.push_back(std::sqrt(value(q) * static_cast<double>(cell_.network.batch)));
        }
        return values;
    }

  private:
    const Cell& cell_;
    const Numbers& numbers_;
    std::size_t first_, draw_;
};

/// sigma_i differ by at most ||H' - H||_F (Weyl), beside what two solvers of backward error
/// 30 n eps ||H|| each may differ; `relative` is ||H' - H||_F / ||H||_F.
double sigma_bound(const std::vector<double>& sigma, double relative) {
    double square = 0;
    for (const double s : sigma)
        square += s * s;
    const auto n = static_cast<double>(sigma.size());
    return (relative + 60 * n * std::numeric_limits<double>::epsilon()) * std::sqrt(square);
}

struct Tally {
    std::int64_t compared = 0, near = 0;
};

// What follows from singular values that differ by `bound` at most.
void compare(const Cell& cell, const Draw& cpu, const Draw& cuda, double relative, Tally& counts) {
    const std::vector<double> s = cpu.sigma(), t = cuda.sigma();
    const double bound = sigma_bound(s, relative);
    for (std::size_t i = 0; i < s.size(); ++i)
        ASSERT_LE(std::abs(s[i] - t[i]), bound) << "sigma " << i << ": " << s[i] << ", " << t[i];
    const auto n = static_cast<double>(s.size());
    for (std::size_t q = 0; q < cell.quantities.size(); ++q) {
        const Quantity& quantity = cell.quantities[q];
        const double a = cpu.value(q), b = cuda.value(q);
        const double edge = std::sqrt(quantity.tau * static_cast<double>(cell.network.batch));
        switch (quantity.metric) {
            case Metric::soft_rank:
                // Outside this margin the count is decided.
                if (std::any_of(s.begin(), s.end(),
                                [&](double x) { return !(std::abs(x - edge) > bound); })) {
                    ++counts.near;
                } else {
                    ++counts.compared;
                    ASSERT_EQ(a, b) << quantity.label();
                }
                break;
            case Metric::rank_lower_bound:
                // tr(M) moves by 2 relative, ||M||_F >= tr(M) / sqrt(n) by 2 relative tr(M).
                ASSERT_LE(std::abs(a - b), 8 * std::sqrt(n) * (relative + n * 1e-15) * a);
                break;
            case Metric::stable_rank:
                ASSERT_LE(std::abs(a - b), 4 * std::sqrt(n) * (relative + n * 1e-15) * a);
                break;
            default:
                ASSERT_EQ(std::isnan(a), std::isnan(b)) << quantity.label();
        }
    }
}

// A chain's error grows with depth: in the worst of these, relu at d = N = 32, from 6e-8 to 1
// within 50 layers (docs/numerics.md), 1.4 times a layer, 28 times over the nine after the first.
constexpr double ten_layers = 28;

TEST_F(Backend, StudyAgreesWithTheCpuBackend) {
    const Study study = study_of(all_kinds_of_cells(), 5);
    const auto cpu_ops = cpu::make_ops(2);
    const auto cuda_ops = make_ops(0);
    const Numbers cpu = run_on(*cpu_ops, study);
    const Numbers cuda = run_on(*cuda_ops, study);
    ASSERT_EQ(cpu.values.size(), cuda.values.size());
    Tally near_input, deep;
    std::size_t first = 0;
    for (std::size_t c = 0; c < study.cells.size(); ++c) {
        const Cell& cell = study.cells[c];
        for (std::size_t l = 0; l < cell.layers.size(); ++l) {
            const double relative = l == 0 ? 0.0 : one_layer(cell.network.precision);
            for (std::size_t b = 0; b < 5; ++b) {
                SCOPED_TRACE("cell " + std::to_string(c) + ", layer " +
                             std::to_string(cell.layers[l]) + ", draw " + std::to_string(b));
                ASSERT_NO_FATAL_FAILURE(compare(cell, {cell, cpu, first, b}, {cell, cuda, first, b},
                                                l == 2 ? ten_layers * relative : relative,
                                                l == 2 ? deep : near_input));
            }
            first += cell.quantities.size();
        }
    }
    // Counts of failed and degenerate things; `resolved` may differ by rounding.
    for (std::size_t i = 0; i < cpu.counts.size(); ++i) {
        if (i % 3 != 1) {
            ASSERT_EQ(cpu.counts[i], cuda.counts[i]) << i;
        }
    }
    std::printf(
        "soft ranks equal: %lld at layers 0 and 1 (%lld within the margin), %lld at the "
        "last (%lld)\n",
        static_cast<long long>(near_input.compared), static_cast<long long>(near_input.near),
        static_cast<long long>(deep.compared), static_cast<long long>(deep.near));
    EXPECT_GT(near_input.compared, 10 * near_input.near);
    EXPECT_GT(deep.compared, 10 * deep.near);
}

TEST_F(Backend, WeightsHaveTheBitsOfTheCpuBackend) {
    const auto ops = make_ops(0);
    for (const Weights law :
         {Weights::gaussian, Weights::uniform, Weights::rademacher, Weights::orthogonal,
          Weights::uniform_positive, Weights::half_normal}) {
        for (const auto& [rows, cols] : {std::pair<std::int64_t, std::int64_t>{5, 5}, {3, 130}}) {
            if (law == Weights::orthogonal && rows != cols) continue;
            std::vector<float> got(static_cast<std::size_t>(3 * rows * cols));
            std::vector<float> wanted(static_cast<std::size_t>(rows * cols));
            ops->weights(law, 9, {4, 3}, 7, {got.data(), 3, rows, cols});
            for (std::int64_t b = 0; b < 3; ++b) {
                weights(law, 9, static_cast<std::uint64_t>(4 + b), 7, rows, cols, wanted);
                EXPECT_EQ(std::memcmp(got.data() + b * rows * cols, wanted.data(),
                                      wanted.size() * sizeof(float)),
                          0)
                    << name(law) << " draw " << b;
            }
        }
    }
    std::vector<float> place(4);
    EXPECT_THROW(ops->weights(Weights::gaussian, 1, {0, 2}, 1, {place.data(), 1, 2, 2}),
                 InvalidArgument);
}

template <class T>
void one_layer_agrees(Ops& cpu, Ops& cuda) {
    std::mt19937_64 random(sizeof(T));
    std::normal_distribution<double> normal;
    const double goal = one_layer(sizeof(T) == 4 ? Precision::float32 : Precision::float64);
    for (int c = 0; c < 42; ++c) {
        Network network;
        network.normalization = static_cast<Normalization>(c % 6);
        network.activation = static_cast<Activation>(c / 6);
        network.order = static_cast<Order>(c % 2);
        if (c % 3 == 0) network.gamma = 0.5;
        const std::int64_t d = c % 7 == 6 ? 131 : 3 + c % 20, k = c % 4 == 0 ? d : 6, n = 2 + c % 9;
        const std::int64_t draws = 3;
        std::vector<float> w(static_cast<std::size_t>(draws * d * k));
        std::vector<T> h(static_cast<std::size_t>(draws * k * n));
        for (float& x : w)
            x = static_cast<float>(normal(random));
        for (T& x : h)
            x = static_cast<T>(normal(random));
        h[h.size() - 1] = std::numeric_limits<T>::infinity();  // of the last draw
        std::vector<T> a(static_cast<std::size_t>(draws * d * n)), b(a.size());
        std::vector<DrawStatus> sa(3), sb(3);
        const BatchView<const float> wv{w.data(), draws, d, k};
        const BatchView<const T> hv{h.data(), draws, k, n};
        cpu.layer(network, wv, hv, {a.data(), draws, d, n}, sa);
        cuda.layer(network, wv, hv, {b.data(), draws, d, n}, sb);
        double error = 0, size = 0;
        for (std::size_t i = 0; i < a.size() / 3 * 2; ++i) {
            error += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
            size += std::pow(static_cast<double>(a[i]), 2);
        }
        ASSERT_LE(std::sqrt(error), goal * std::sqrt(size)) << "case " << c;
        for (std::size_t i = 0; i < 3; ++i) {
            ASSERT_EQ(sa[i].failed_layer, sb[i].failed_layer) << "case " << c << " draw " << i;
            ASSERT_EQ(sa[i].degenerate_rows, sb[i].degenerate_rows) << "case " << c;
        }
        ASSERT_EQ(sb[2].failed_layer, 1);
    }
    std::vector<T> h(4);
    const std::vector<float> w(4);
    std::vector<DrawStatus> status(2);
    EXPECT_THROW(cuda.layer(Network{}, {w.data(), 1, 2, 2}, BatchView<const T>{h.data(), 1, 2, 2},
                            {h.data(), 1, 2, 2}, status),
                 InvalidArgument);
}

TEST_F(Backend, OneLayerUnderGivenWeightsAgreesWithTheCpuBackend) {
    const auto cpu_ops = cpu::make_ops(1);
    const auto cuda_ops = make_ops(0);
    one_layer_agrees<float>(*cpu_ops, *cuda_ops);
    one_layer_agrees<double>(*cpu_ops, *cuda_ops);
}

// Row 0 has nothing to divide by, row 1 overflows: what a failed layer counted is not kept.
TEST_F(Backend, ALayerThatFailsCountsNoRows) {
    const auto cpu_ops = cpu::make_ops(1);
    const auto cuda_ops = make_ops(0);
    for (const std::int64_t d : {3, 131}) {  // fused, large
        for (const Normalization norm : {Normalization::batch, Normalization::batch_scale}) {
            Network network;
            network.normalization = norm;
            for (const float second : {1.0F, 1e38F}) {
                std::vector<float> w(static_cast<std::size_t>(3 * d), 1.0F);
                std::fill_n(w.begin(), 3, 0.0F);
                std::fill_n(w.begin() + 3, 3, second);
                const std::vector<float> h{1, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31};
                std::vector<float> out(static_cast<std::size_t>(4 * d));
                DrawStatus a, b;
                const BatchView<const float> wv{w.data(), 1, d, 3}, hv{h.data(), 1, 3, 4};
                cpu_ops->layer(network, wv, hv, {out.data(), 1, d, 4}, {&a, 1});
                cuda_ops->layer(network, wv, hv, {out.data(), 1, d, 4}, {&b, 1});
                EXPECT_EQ(b.failed_layer, second > 1 ? 1 : -1) << d;
                EXPECT_EQ(b.degenerate_rows, second > 1 ? 0 : 1) << d;
                EXPECT_EQ(a.failed_layer, b.failed_layer) << d;
                EXPECT_EQ(a.degenerate_rows, b.degenerate_rows) << d;
            }
        }
    }
}

TEST_F(Backend, ObservedMatricesAreThoseOfTheCpuBackend) {
    ChainSpec spec;
    spec.network.width = 6;
    spec.network.batch = 9;
    spec.network.depth = 3;
    spec.network.activation = Activation::tanh;
    spec.observe = Observe::preactivation;
    spec.seed = 3;
    const auto cpu_ops = cpu::make_ops(1);
    const auto cuda_ops = make_ops(0);
    const auto cpu = cpu_ops->begin(spec, {2, 5});
    const auto cuda = cuda_ops->begin(spec, {2, 5});
    std::vector<double> a(std::size_t{5} * 6 * 9), b(a.size());
    for (const std::int64_t layer : {0, 1, 3}) {
        cpu->advance(layer);
        cuda->advance(layer);
        cpu->observed({a.data(), 5, 6, 9});
        cuda->observed({b.data(), 5, 6, 9});
        for (std::size_t i = 0; i < a.size(); ++i)
            ASSERT_NEAR(a[i], b[i], layer == 0 ? 0.0 : 1e-4) << layer << " at " << i;
    }
    EXPECT_EQ(cuda->layer(), 3);
    EXPECT_EQ(cuda->draws().count, 5);
    EXPECT_THROW(cuda->advance(2), InvalidArgument);
    EXPECT_THROW(cuda->advance(4), InvalidArgument);
    EXPECT_THROW(cuda->observed({b.data(), 4, 6, 9}), InvalidArgument);
    const auto none = cuda_ops->begin(spec, {0, 0});
    none->advance(2);
    EXPECT_EQ(none->measure({}).draws, 0);
}

TEST_F(Backend, SpectraAndRanksOfGivenMatricesAreThoseOfTheCpuBackend) {
    const auto cpu_ops = cpu::make_ops(1);
    const auto cuda_ops = make_ops(0);
    std::mt19937_64 random(5);
    std::normal_distribution<double> normal;
    for (const auto& [rows, cols] :
         {std::pair<std::int64_t, std::int64_t>{4, 4}, {7, 30}, {40, 33}, {1, 1}}) {
        std::vector<double> h(static_cast<std::size_t>(6 * rows * cols));
        for (double& x : h)
            x = normal(random);
        const BatchView<const double> view{h.data(), 6, rows, cols};
        const Spectrum a = cpu_ops->singular_values(view), b = cuda_ops->singular_values(view);
        ASSERT_EQ(a.count, b.count);
        ASSERT_EQ(a.info, b.info);
        for (std::int64_t i = 0; i < 6; ++i) {
            const std::vector<double> s(a.values.begin() + i * a.count,
                                        a.values.begin() + (i + 1) * a.count);
            for (std::int64_t j = 0; j < a.count; ++j) {
                ASSERT_LE(std::abs(s[static_cast<std::size_t>(j)] -
                                   b.values[static_cast<std::size_t>(i * a.count + j)]),
                          sigma_bound(s, 0));
            }
        }
        const std::vector<double> taus{0.0, 0.1, 0.5};
        const SoftRanks ra = cpu_ops->soft_ranks(view, taus, SpectrumMethod::automatic);
        for (const auto method : {SpectrumMethod::automatic, SpectrumMethod::count,
                                  SpectrumMethod::eigen, SpectrumMethod::svd}) {
            EXPECT_EQ(cuda_ops->soft_ranks(view, taus, method).count, ra.count);
        }
    }
    const double bad = std::numeric_limits<double>::infinity();
    EXPECT_THROW((void)cuda_ops->singular_values({&bad, 1, 1, 1}), InvalidArgument);
    EXPECT_EQ(cuda_ops->singular_values({nullptr, 0, 3, 3}).draws, 0);
}

// A chunk keeps what it measures with from depth to depth, as long as the same is asked of it.
TEST_F(Backend, AChunkMeasuresWhatItIsAskedForNow) {
    ChainSpec spec;
    spec.network.width = 8;
    spec.network.batch = 12;
    spec.network.depth = 2;
    spec.seed = 3;
    const auto cpu_ops = cpu::make_ops(1);
    const auto cuda_ops = make_ops(0);
    const auto cpu = cpu_ops->begin(spec, {0, 4});
    const auto cuda = cuda_ops->begin(spec, {0, 4});
    cpu->advance(2);
    cuda->advance(2);
    std::vector<std::vector<double>> seen;
    for (const double tau : {0.1, 0.9, 0.1, 3.0}) {
        const Quantity quantity{Metric::soft_rank, tau, 0};
        const Samples samples = cuda->measure({&quantity, 1});
        EXPECT_EQ(samples.values, cpu->measure({&quantity, 1}).values) << tau;
        EXPECT_TRUE(samples.margin.empty());  // no rank is undecided
        seen.push_back(samples.values);
    }
    EXPECT_TRUE(seen[0] != seen[1] && seen[0] == seen[2] && seen[0] != seen[3]);
    for (const std::int64_t index : {1, 8, 3}) {
        const Quantity quantity{Metric::spectrum, std::numeric_limits<double>::quiet_NaN(), index};
        const std::vector<double> got = cuda->measure({&quantity, 1}).values;
        const std::vector<double> want = cpu->measure({&quantity, 1}).values;
        for (std::size_t b = 0; b < 4; ++b)
            EXPECT_NEAR(got[b], want[b], 1e-3 * want[b]) << index;
    }
}

// ln sigma_i and the logs of what `none` multiplied by: those of P in act-norm are of a layer
// before. sigma_i is off by ten_layers one_layer ||H||_F at most, ||H||_F <= sqrt(d) sigma_1.
TEST_F(Backend, ExponentsAreThoseOfTheCpuBackend) {
    const auto cpu_ops = cpu::make_ops(1);
    const auto cuda_ops = make_ops(0);
    for (const std::int64_t n : {4, 20, 131}) {  // fused, compressed, large
        for (const Order order : {Order::norm_act, Order::act_norm}) {
            for (const Observe observe : {Observe::hidden, Observe::preactivation}) {
                ChainSpec spec;
                Network& network = spec.network;
                network.width = 4;
                network.batch = n;
                network.depth = 3;
                network.normalization = Normalization::none;
                network.order = order;
                network.precision = Precision::float64;
                spec.observe = observe;
                spec.columns = false;
                spec.seed = 6;
                const auto quantities =
                    expand(network, std::vector<double>(), std::vector{Metric::lyapunov});
                const auto cpu = cpu_ops->begin(spec, {0, 3});
                const auto cuda = cuda_ops->begin(spec, {0, 3});
                for (const std::int64_t layer : {1, 3}) {
                    cpu->advance(layer);
                    cuda->advance(layer);
                    const Samples want = cpu->measure(quantities);
                    const Samples got = cuda->measure(quantities);
                    for (std::int64_t b = 0; b < 3; ++b) {
                        for (std::int64_t i = 0; i < 4; ++i) {
                            const auto depth = static_cast<double>(layer);
                            const double ratio =
                                std::exp(depth * (want.value(0, b) - want.value(i, b)));
                            const double allowed =
                                2 * ten_layers * one_layer(Precision::float64) * 2 * ratio / depth;
                            ASSERT_LT(allowed, 1e-4);
                            EXPECT_NEAR(got.value(i, b), want.value(i, b), allowed)
                                << n << " layer " << layer << " lyapunov_" << i + 1;
                        }
                    }
                }
            }
        }
    }
}

TEST_F(Backend, SaysWhatItIs) {
    const DeviceInfo info = make_ops(0)->info();
    EXPECT_EQ(info.name, "cuda:0 (Emulated device)");
    for (const char* part : {"cuda sm_90", "4 multiprocessors", "CUDA 13.0", "cuBLAS 13.",
                             "cuSOLVER", "OpenBLAS", "Rankchain"}) {
        EXPECT_NE(info.arithmetic.find(part), std::string::npos) << info.arithmetic;
    }
}

}  // namespace
}  // namespace rankchain::cuda
