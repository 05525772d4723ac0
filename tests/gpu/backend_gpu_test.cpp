// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The whole backend on a device: bits that do not depend on chunks, spectra and counts against
// LAPACK, distributions at depth against the CPU backend, and what happens when memory ends.
#include "kernels/backend/ops.hpp"
#include "tests/simt/schedule.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::cuda {
namespace {

class Backend : public testing::Test {
  protected:
    void SetUp() override { RANKCHAIN_NEED_DEVICE(); }

    static void TearDownTestSuite() {
        ops_of_device().reset();
        ops_of_cpu().reset();
    }

    static Ops& device() {
        if (!ops_of_device()) ops_of_device() = make_ops(0);
        return *ops_of_device();
    }
    static Ops& cpu() {
        if (!ops_of_cpu()) ops_of_cpu() = rankchain::make_ops({Device::Kind::cpu, 0, 0});
        return *ops_of_cpu();
    }

  private:
    static std::unique_ptr<Ops>& ops_of_device() {
        static std::unique_ptr<Ops> ops;
        return ops;
    }
    static std::unique_ptr<Ops>& ops_of_cpu() {
        static std::unique_ptr<Ops> ops;
        return ops;
    }
};

ChainSpec spec_of(std::int64_t d, std::int64_t n, std::int64_t depth, Normalization norm,
                  Activation activation, Precision precision) {
    ChainSpec spec;
    spec.network.width = d;
    spec.network.batch = n;
    spec.network.depth = depth;
    spec.network.normalization = norm;
    spec.network.activation = activation;
    spec.network.precision = precision;
    spec.columns = false;
    return spec;
}

std::vector<Quantity> some_quantities(const ChainSpec& spec) {
    const std::array taus{0.1, 0.5};
    const std::array metrics{Metric::rank_lower_bound, Metric::numerical_rank,
                             Metric::effective_rank, Metric::spectrum};
    return expand(spec.network, taus, metrics);
}

/// Draw by draw, at layers 1 and `depth`.
std::vector<double> values_in_chunks(Ops& ops, const ChainSpec& spec, std::int64_t draws,
                                     std::int64_t chunk) {
    const std::vector<Quantity> quantities = some_quantities(spec);
    std::vector<double> values;
    for (std::int64_t first = 0; first < draws; first += chunk) {
        const std::int64_t count = std::min(chunk, draws - first);
        const auto part = ops.begin(spec, {first, count});
        std::vector<Samples> taken;
        for (const std::int64_t layer : {std::int64_t{1}, spec.network.depth}) {
            part->advance(layer);
            taken.push_back(part->measure(quantities));
        }
        for (std::int64_t b = 0; b < count; ++b) {
            for (const Samples& samples : taken) {
                for (std::size_t q = 0; q < quantities.size(); ++q)
                    values.push_back(samples.value(static_cast<std::int64_t>(q), b));
            }
        }
    }
    return values;
}

TEST_F(Backend, NoBitDependsOnChunks) {
    const std::int64_t draws = on_device ? 64 : 3;
    std::vector<ChainSpec> specs{
        spec_of(64, 64, 50, Normalization::batch, Activation::relu, Precision::float32),
        spec_of(24, 17, 50, Normalization::layer, Activation::tanh, Precision::float64),
        spec_of(33, 20, 30, Normalization::none, Activation::linear, Precision::float64),
        // Compressed, and beyond the fused kernels.
        spec_of(16, 100, 50, Normalization::batch, Activation::linear, Precision::float32),
        spec_of(on_device ? 200 : 130, on_device ? 150 : 9, 5, Normalization::batch,
                Activation::relu, Precision::float32),
        spec_of(140, 30, 5, Normalization::rms, Activation::gelu, Precision::float64)};
    for (ChainSpec& spec : specs) {
        if (!on_device) spec.network.depth = 3;
        const std::vector<double> one = values_in_chunks(device(), spec, draws, draws);
        for (const std::int64_t chunk : {1, 7}) {
            if (chunk >= draws) continue;
            const std::vector<double> other = values_in_chunks(device(), spec, draws, chunk);
            ASSERT_EQ(other.size(), one.size());
            EXPECT_EQ(std::memcmp(other.data(), one.data(), one.size() * sizeof(double)), 0)
                << spec.network.width << " x " << spec.network.batch << ", chunks of " << chunk;
        }
    }
}

/// Spectra that solvers find hard, beside random ones.
std::vector<double> matrix_of(int kind, std::int64_t d, std::int64_t n, std::mt19937_64& random) {
    std::normal_distribution<double> normal;
    std::vector<double> h(static_cast<std::size_t>(d * n));
    for (double& v : h)
        v = normal(random);
    for (std::int64_t i = 0; i < d; ++i) {
        for (std::int64_t j = 0; j < n; ++j) {
            double& v = h[static_cast<std::size_t>(i * n + j)];
            if (kind == 1) v = 0;
            if (kind == 2) v = i == j ? 1 : 0;
            if (kind == 3) v *= std::pow(10.0, -static_cast<double>(i % 14));  // graded
            if (kind == 4) v = (i == j ? 1 : 0) + 1e-9 * v;                    // clustered
            if (kind == 5) v = static_cast<double>((i + 1) % 3) * static_cast<double>(j % 5 - 2);
            if (kind == 6) v *= 1e-150;
            if (kind == 7) v *= 1e150;
        }
    }
    return h;
}

// |sigma_hat - sigma| < 30 sigma_1 max(d, N) eps on either side (docs/numerics.md), and counts that
// differ only where a lambda is as near to tau as that.
TEST_F(Backend, ShortSpectraAndCountsAgreeWithLapack) {
    std::mt19937_64 random(4);
    const std::vector<double> taus{0.0, 0.01, 0.1, 0.5, 1.0};
    const bool brief = !on_device || std::getenv("RANKCHAIN_SHORT") != nullptr;
    std::vector<std::int64_t> sizes{1, 2, 3, 31, 32, 33, 64, 65};
    if (!brief) sizes.insert(sizes.end(), {34, 63, 127, 128, 129, 256});
    std::int64_t counts = 0;
    std::int64_t ambiguous = 0;
    for (const std::int64_t d : sizes) {
        for (const std::int64_t n : {d, 2 * d + 1, std::max<std::int64_t>(1, d / 2)}) {
            constexpr std::int64_t draws = 8;  // one of each kind
            std::vector<double> h;
            for (int kind = 0; kind < draws; ++kind) {
                const auto one = matrix_of(kind, d, n, random);
                h.insert(h.end(), one.begin(), one.end());
            }
            const BatchView<const double> view{h.data(), draws, d, n};
            const Spectrum got = device().singular_values(view);
            const Spectrum want = cpu().singular_values(view);
            const SoftRanks ranks = device().soft_ranks(view, taus, SpectrumMethod::automatic);
            ASSERT_EQ(got.count, want.count);
            const double unit = static_cast<double>(std::max(d, n)) * 0x1p-52;
            for (std::int64_t b = 0; b < draws; ++b) {
                const std::string label =
                    std::to_string(d) + " x " + std::to_string(n) + " kind " + std::to_string(b);
                EXPECT_EQ(got.info[static_cast<std::size_t>(b)], 0) << label;
                const auto at = static_cast<std::size_t>(b * got.count);
                for (std::size_t i = at; i < at + static_cast<std::size_t>(got.count); ++i) {
                    ASSERT_TRUE(std::fabs(got.values[i] - want.values[i]) <=
                                60 * unit * want.values[at])
                        << label << ": " << got.values[i] << " and " << want.values[i];
                }
                for (std::size_t t = 0; t < taus.size(); ++t) {
                    const std::int64_t rank = ranks.count[t * draws + static_cast<std::size_t>(b)];
                    std::int64_t least = 0;
                    std::int64_t most = 0;
                    for (std::size_t i = at; i < at + static_cast<std::size_t>(got.count); ++i) {
                        const double sigma = want.values[i];
                        const double lambda = sigma * sigma / static_cast<double>(n);
                        const double error =
                            60 * unit * sigma * want.values[at] / static_cast<double>(n);
                        least += lambda - error >= taus[t] || taus[t] == 0 ? 1 : 0;
                        most += lambda + error >= taus[t] ? 1 : 0;
                    }
                    EXPECT_TRUE(least <= rank && rank <= most)
                        << label << " tau " << taus[t] << ": " << rank << ", not " << least
                        << " to " << most;
                    ++counts;
                    ambiguous += least != most ? 1 : 0;
                }
            }
        }
    }
    std::printf("%lld of %lld counts have a lambda at their threshold\n",
                static_cast<long long>(ambiguous), static_cast<long long>(counts));
}

/// rank_lower_bound of so many draws at the chain's end, sorted.
std::vector<double> sorted_ranks(Ops& ops, const ChainSpec& spec, std::int64_t draws) {
    const Quantity quantity{Metric::rank_lower_bound, std::nan(""), 0};
    std::vector<double> ranks;
    const std::int64_t chunk = 2500;
    for (std::int64_t first = 0; first < draws; first += chunk) {
        const auto part = ops.begin(spec, {first, std::min(chunk, draws - first)});
        part->advance(spec.network.depth);
        const Samples samples = part->measure({&quantity, 1});
        ranks.insert(ranks.end(), samples.values.begin(), samples.values.end());
    }
    std::sort(ranks.begin(), ranks.end());
    return ranks;
}

double largest_distance(const std::vector<double>& a, const std::vector<double>& b) {
    double largest = 0;
    std::size_t j = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        while (j < b.size() && b[j] <= a[i])
            ++j;
        const auto share = [](std::size_t n, std::size_t of) {
            return static_cast<double>(n) / static_cast<double>(of);
        };
        largest = std::max(largest, std::fabs(share(i + 1, a.size()) - share(j, b.size())));
    }
    return largest;
}

// Two samples of n independent draws of one law. By Dvoretzky, Kiefer, Wolfowitz and Massart each
// is within e of it but with probability 2 exp(-2 n e^2); both but with 4 exp(-2 n e^2) = 1e-9.
TEST_F(Backend, DistributionsAtDepthAreTheCpuBackends) {
    const std::int64_t draws = on_device ? 10000 : 60;
    const double e = std::sqrt(std::log(4e9) / (2 * static_cast<double>(draws)));
    struct Case {
        std::int64_t d, n, depth;
        Normalization norm;
        Activation activation;
        Precision precision;
    };
    const auto f32 = Precision::float32;
    const auto f64 = Precision::float64;
    for (const auto& c : {Case{32, 32, 60, Normalization::batch, Activation::linear, f32},
                          Case{32, 32, 60, Normalization::batch, Activation::linear, f64},
                          Case{32, 32, 60, Normalization::batch, Activation::relu, f32},
                          Case{20, 40, 60, Normalization::layer, Activation::tanh, f32},
                          Case{16, 64, 60, Normalization::batch_scale, Activation::linear, f32},
                          Case{32, 32, 8, Normalization::none, Activation::linear, f64},
                          Case{130, 16, 20, Normalization::batch, Activation::relu, f32}}) {
        ChainSpec spec =
            spec_of(c.d, c.n, on_device ? c.depth : 4, c.norm, c.activation, c.precision);
        spec.seed = 1;
        const std::vector<double> ours = sorted_ranks(device(), spec, draws);
        spec.seed = 2;  // independent of the first
        const std::vector<double> theirs = sorted_ranks(cpu(), spec, draws);
        ASSERT_TRUE(std::isfinite(ours.back()) && std::isfinite(theirs.back()));
        const double distance = largest_distance(ours, theirs);
        EXPECT_TRUE(distance <= 2 * e)
            << c.d << " x " << c.n << " " << name(c.norm) << " " << name(c.activation) << ": "
            << distance << ", allowed " << 2 * e;
    }
}

// A chain of another law is told from ours: the bound is no empty one.
TEST_F(Backend, AnotherLawIsToldApart) {
    const std::int64_t draws = on_device ? 10000 : 60;
    ChainSpec spec =
        spec_of(32, 32, 20, Normalization::batch, Activation::linear, Precision::float32);
    spec.seed = 1;
    const std::vector<double> ours = sorted_ranks(device(), spec, draws);
    spec.seed = 2;
    // Its rank is 1 (paper, Fig. 6).
    spec.network.activation = Activation::relu;
    spec.network.weights = Weights::uniform_positive;
    const std::vector<double> theirs = sorted_ranks(cpu(), spec, draws);
    const double e = std::sqrt(std::log(4e9) / (2 * static_cast<double>(draws)));
    EXPECT_GT(largest_distance(ours, theirs), 2 * e);
}

TEST_F(Backend, ShortChainsHaveTheCpuBackendsIntegers) {
    for (const Precision precision : {Precision::float32, Precision::float64}) {
        const ChainSpec spec =
            spec_of(20, 24, 3, Normalization::batch, Activation::relu, precision);
        const auto quantities = some_quantities(spec);
        const auto ours = device().begin(spec, {0, 32});
        const auto theirs = cpu().begin(spec, {0, 32});
        ours->advance(3);
        theirs->advance(3);
        const Samples got = ours->measure(quantities);
        const Samples want = theirs->measure(quantities);
        std::int64_t compared = 0;
        for (std::int64_t q = 0; q < 2; ++q) {
            for (std::int64_t b = 0; b < 32; ++b) {
                // Three layers amplify a rounding by less than 1000.
                const double margin = precision == Precision::float32 ? 1e-4 : 1e-12;
                bool clear = true;
                for (std::size_t i = 4; i < quantities.size(); ++i) {
                    const double lambda = want.value(static_cast<std::int64_t>(i), b);
                    if (quantities[i].metric != Metric::spectrum) continue;
                    const double tau = quantities[static_cast<std::size_t>(q)].tau;
                    clear = clear && std::fabs(lambda - tau) > margin * 24;
                }
                if (!clear) continue;
                ++compared;
                EXPECT_EQ(got.value(q, b), want.value(q, b)) << "draw " << b;
            }
        }
        EXPECT_GT(compared, 32);
    }
}

TEST_F(Backend, MoreDrawsThanMemoryAreRefused) {
    const ChainSpec spec =
        spec_of(128, 128, 1, Normalization::batch, Activation::relu, Precision::float64);
    const std::int64_t draws = std::int64_t{1} << 40;
    try {
        (void)device().begin(spec, {0, draws});
        ADD_FAILURE() << "took them";
    } catch (const OutOfMemory& error) {
        EXPECT_NE(std::string(error.what()).find("free"), std::string::npos) << error.what();
    }
    // And the device goes on.
    const auto chunk = device().begin(spec, {0, 1});
    chunk->advance(1);
    EXPECT_EQ(chunk->measure({}).status[0].failed_layer, -1);
}

TEST_F(Backend, ADeviceThatIsNotThereIsNamed) {
    try {
        (void)make_ops(999);
        ADD_FAILURE() << "found it";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("this machine has"), std::string::npos)
            << error.what();
    }
}

TEST_F(Backend, ShortInfoNamesTheDevice) {
    const DeviceInfo info = device().info();
    EXPECT_FALSE(info.name.empty());
    EXPECT_NE(info.arithmetic.find("sm_"), std::string::npos) << info.arithmetic;
}

}  // namespace
}  // namespace rankchain::cuda
