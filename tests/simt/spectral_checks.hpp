// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The spectral stage on a device, emulated or not: agreement with the CPU backend on every kind of
// matrix, and bits that do not depend on the chunk.
#pragma once

#include "tests/hard_spectra.hpp"
#include "tests/simt/spectral_stage.hpp"
#include <rankchain/error.hpp>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::cuda::spectral_checks {

inline const std::vector<MatrixShape>& shapes() {
    static const std::vector<MatrixShape> all =
        watched ? std::vector<MatrixShape>{{1, 1}, {5, 9}, {33, 33}, {7, 40}, {40, 7}}
                : std::vector<MatrixShape>{{1, 1},   {2, 2},   {3, 3},    {31, 31},   {32, 32},
                                           {33, 33}, {64, 64}, {65, 65},  {100, 100}, {1, 50},
                                           {50, 1},  {3, 31},  {31, 3},   {20, 90},   {90, 20},
                                           {33, 64}, {64, 33}, {65, 200}, {100, 70}};
    return all;
}

/// Gaussian; of half rank; graded; tiny; huge; zero; an identity; with a zero column; failed
/// before; not finite.
template <class T>
SpectralCase<T> every_kind(MatrixShape shape, std::mt19937_64& random) {
    SpectralCase<T> c{.shape = shape};
    const std::int64_t n = c.n();
    const auto gaussian = [&] { return oracle::gaussian(shape.rows, shape.cols, random).values; };
    const auto made = [&](const std::vector<double>& sigma) {
        return oracle::with_spectrum(shape.rows, shape.cols, sigma, random).values;
    };
    c.add(gaussian());
    std::vector<double> half, graded;
    for (std::int64_t i = 0; i < n; ++i) {
        half.push_back(2 * i < n ? 2.0 : 0.0);
        graded.push_back(std::pow(10.0, -16.0 * static_cast<double>(i) / static_cast<double>(n)));
    }
    c.add(made(half));
    c.add(made(graded));
    const auto scaled = [&](double factor) {
        std::vector<double> h = gaussian();
        for (double& x : h)
            x *= factor;
        return h;
    };
    c.add(scaled(sizeof(T) == 4 ? 1e-30 : 1e-290));
    c.add(scaled(sizeof(T) == 4 ? 1e30 : 1e290));
    c.add(std::vector<double>(static_cast<std::size_t>(c.size()), 0.0));
    std::vector<double> identity(static_cast<std::size_t>(c.size()), 0.0);
    for (std::int64_t i = 0; i < n; ++i)
        identity[static_cast<std::size_t>(i * shape.cols + i)] = 1;
    c.add(identity);
    std::vector<double> gap = gaussian();
    for (std::int64_t i = 0; i < shape.rows; ++i)
        gap[static_cast<std::size_t>(i * shape.cols)] = 0;
    c.add(gap);
    c.add(gaussian());
    c.add(gaussian());
    c.h.back() = std::numeric_limits<T>::infinity();
    c.failed_layer.assign(static_cast<std::size_t>(c.draws()), -1);
    c.failed_layer[8] = 4;
    for (std::int64_t b = 0; b < c.draws(); ++b)
        c.log_scale.push_back(0.25 * static_cast<double>(b));
    return c;
}

template <class T>
void agree_on_every_kind(std::uint64_t seed) {
    auto random = oracle::generator(seed);
    Context context(0);
    std::int64_t compared = 0, asked = 0;
    for (const MatrixShape shape : shapes()) {
        auto c = every_kind<T>(shape, random);
        const std::pair<const char*, std::vector<Quantity>> requests[] = {
            {"gram", gram_quantities}, {"count", count_quantities}, {"all", all_quantities(c.n())}};
        for (const auto method :
             {SpectrumMethod::count, SpectrumMethod::eigen, SpectrumMethod::svd}) {
            if (watched) continue;
            expect_agreement(
                c, count_quantities,
                by_stage(context, c, count_quantities, 0, host_singular_values, method),
                std::string(name(method)));
        }
        if (!watched) {
            const auto all = all_quantities(c.n());
            expect_agreement(
                c, all, by_stage(context, c, all, 0, host_singular_values, SpectrumMethod::svd),
                "all, svd");
        }
        for (const bool centred : {false, true}) {
            if (centred && (watched || shape.cols < 2)) continue;
            c.centred = centred;
            for (const auto& [name, quantities] : requests) {
                if (centred && quantities.size() < 11) continue;
                compared += expect_agreement(c, quantities, by_stage(context, c, quantities), name);
                asked += c.draws() * static_cast<std::int64_t>(quantities.size());
            }
        }
    }
    std::printf("%lld of %lld values compared\n", static_cast<long long>(compared),
                static_cast<long long>(asked));
    // The rest are gaps, conditions and exponents of matrices that are singular to working
    // accuracy.
    EXPECT_GT(static_cast<double>(compared), 0.6 * static_cast<double>(asked));
}

TEST_F(SpectrumStage, AgreesWithTheCpuBackendInFloat64) {
    agree_on_every_kind<double>(1);
}
TEST_F(SpectrumStage, AgreesWithTheCpuBackendInFloat32) {
    agree_on_every_kind<float>(2);
}

// A compressed chain carries K [d, min(d, N)] of H [d, N].
TEST_F(SpectrumStage, TakesTheBatchOfACompressedChain) {
    auto random = oracle::generator(3);
    Context context(0);
    for (const std::int64_t d : {5, 40}) {
        SpectralCase<double> c{.shape = {d, d}, .batch = 3 * d};
        for (int b = 0; b < 3; ++b)
            c.add(oracle::gaussian(d, d, random).values);
        std::vector<Quantity> quantities = all_quantities(d);
        std::erase_if(quantities,
                      [](const Quantity& q) { return q.metric == Metric::mean_abs_cosine; });
        EXPECT_GT(expect_agreement(c, quantities, by_stage(context, c, quantities), "K"), 0);
        EXPECT_THROW((void)by_stage(context, c, {of(Metric::mean_abs_cosine)}), Error);
    }
}

TEST_F(SpectrumStage, DoesNotDependOnTheChunk) {
    auto random = oracle::generator(4);
    Context context(0);
    for (const MatrixShape shape :
         watched ? std::vector<MatrixShape>{{12, 12}, {7, 40}}
                 : std::vector<MatrixShape>{{12, 12}, {33, 33}, {40, 12}, {20, 70}, {50, 40}}) {
        SpectralCase<float> c{.shape = shape};
        const int draws = watched ? 9 : shape.rows == 12 ? 64 : 15;
        for (int b = 0; b < draws; ++b)
            c.add(oracle::gaussian(shape.rows, shape.cols, random).values);
        // Undecided ones among them, whose method is another.
        for (std::size_t e = 0; e < static_cast<std::size_t>(c.size()); ++e)
            c.h[static_cast<std::size_t>(3 * c.size()) + e] =
                e % static_cast<std::size_t>(shape.cols + 1) == 0 ? 1.0F : 0.0F;
        std::vector<Quantity> counts = count_quantities;
        counts.push_back(soft_rank(1.0 / static_cast<double>(shape.cols)));
        for (const auto& quantities : {counts, all_quantities(c.n())}) {
            const Samples whole = by_stage(context, c, quantities);
            for (const std::int64_t chunk :
                 watched ? std::vector<std::int64_t>{4} : std::vector<std::int64_t>{1, 7, 63}) {
                EXPECT_TRUE(same_bits(by_stage(context, c, quantities, chunk), whole))
                    << shape.rows << " x " << shape.cols << " by " << chunk;
            }
#ifdef SIMT_HOST
            simt::opt().deferred = true;  // orders of streams too
            in_every_order([&] { EXPECT_TRUE(same_bits(by_stage(context, c, quantities), whole)); },
                           check_orders(1));
            simt::opt().deferred = false;
#endif
        }
    }
#ifdef SIMT_HOST
    // Every batched call was of the number that the shape fixes.
    for (const auto& [call, batches] : simt::libraries().batches) {
        for (const std::int64_t batch : batches)
            EXPECT_EQ(batch, 256) << call;
    }
#endif
}

#ifndef RANKCHAIN_SIMT_RACE  // what follows launches the same kernels

TEST_F(SpectrumStage, SubBatchesBeyondTheFirstGoOn) {
    auto random = oracle::generator(5);
    Context context(0);
    SpectralCase<double> c{.shape = {3, 4}};
    for (int b = 0; b < 600; ++b)
        c.add(oracle::gaussian(3, 4, random).values);
    expect_agreement(c, all_quantities(3), by_stage(context, c, all_quantities(3)), "600 draws");
    // Wide ones go through fewer at a time, by routine.
    SpectralCase<double> wide{.shape = {100, 200}};
    for (int b = 0; b < 130; ++b)
        wide.add(oracle::gaussian(100, 200, random).values);
    ASSERT_EQ(sub_batch(SpectrumRoutine::qr_wielandt, 100, 200), 128);
    const std::vector<Quantity> few{of(Metric::numerical_rank), of(Metric::mean_abs_cosine),
                                    of(Metric::condition_number)};
    expect_agreement(wide, few,
                     by_stage(context, wide, few, 0, host_singular_values, SpectrumMethod::svd),
                     "130 draws");
}

// Ranks by panels, beside the library's eigenvalues and singular values.
TEST_F(SpectrumStage, CountsMatricesThatRegistersDoNotHold) {
    auto random = oracle::generator(13);
    Context context(0);
    for (const MatrixShape shape : {MatrixShape{129, 131}, MatrixShape{300, 136}}) {
        const auto c = every_kind<double>(shape, random);
        forget_calls();
        const Samples samples = by_stage(context, c, count_quantities);
        EXPECT_EQ(samples.value(1, 0), by_cpu(c, count_quantities).value(1, 0));
        expect_agreement(c, count_quantities, samples, "panels");
        for (const auto method : {SpectrumMethod::eigen, SpectrumMethod::svd}) {
            expect_agreement(
                c, count_quantities,
                by_stage(context, c, count_quantities, 0, host_singular_values, method),
                std::string(name(method)));
        }
        EXPECT_TRUE(same_bits(by_stage(context, c, count_quantities, 3), samples));
    }
}

// Where a block has the bidiagonal form no library is asked for singular values.
TEST_F(SpectrumStage, BisectsSingularValuesOnChip) {
    auto random = oracle::generator(14);
    Context context(0);
    for (const MatrixShape shape :
         {MatrixShape{1, 1}, MatrixShape{33, 40}, MatrixShape{140, 130}}) {
        const auto c = every_kind<float>(shape, random);
        const std::vector<Quantity> quantities{of(Metric::effective_rank),
                                               of(Metric::condition_number),
                                               soft_rank(0.5),
                                               {Metric::spectrum, nan, c.n()}};
        forget_calls();
        const Samples samples = by_stage(context, c, quantities);
        EXPECT_FALSE(called("cu"));
        EXPECT_GT(expect_agreement(c, quantities, samples, "bisection"), 0);
    }
}

#endif

}  // namespace rankchain::cuda::spectral_checks
