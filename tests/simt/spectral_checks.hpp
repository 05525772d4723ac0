// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The spectral stage on a device, emulated or not, against the CPU backend and known spectra.
#pragma once

#include "host/spectrum_choice.hpp"
#include "kernels/backend/spectral_solver.hpp"
#include "tests/hard_spectra.hpp"
#include "tests/simt/schedule.hpp"
#include "tests/simt/spectral_case.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
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

using oracle::Matrix;

inline constexpr double eps = std::numeric_limits<double>::epsilon();
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

#ifdef RANKCHAIN_SIMT_RACE
inline constexpr bool watched = true;  // every load and store: fewer and smaller cases
#else
inline constexpr bool watched = false;
#endif

inline Quantity of(Metric metric) {
    return {metric, nan, 0};
}
inline Quantity soft_rank(double tau) {
    return {Metric::soft_rank, tau, 0};
}

inline const std::vector<Quantity> gram_quantities{
    of(Metric::rank_lower_bound), of(Metric::orthogonality_gap), of(Metric::mean_abs_cosine)};
inline const std::vector<Quantity> count_quantities{
    soft_rank(0), soft_rank(0.1),          soft_rank(0.5),
    soft_rank(1), of(Metric::stable_rank), of(Metric::rank_lower_bound)};

inline std::vector<Quantity> all_quantities(std::int64_t n) {
    std::vector<Quantity> all{soft_rank(0.1),
                              soft_rank(0.5),
                              soft_rank(1e-12),
                              of(Metric::rank_lower_bound),
                              of(Metric::numerical_rank),
                              of(Metric::stable_rank),
                              of(Metric::effective_rank),
                              of(Metric::orthogonality_gap),
                              of(Metric::isometry_gap),
                              of(Metric::mean_abs_cosine),
                              of(Metric::condition_number)};
    for (std::int64_t i = 1; i <= n; ++i) {
        all.push_back({Metric::spectrum, nan, i});
        all.push_back({Metric::lyapunov, nan, i});
    }
    return all;
}

inline const std::vector<MatrixShape>& shapes() {
    static const std::vector<MatrixShape> all =
        watched ? std::vector<MatrixShape>{{1, 1}, {5, 9}, {33, 33}, {7, 40}, {40, 7}}
                : std::vector<MatrixShape>{{1, 1},   {2, 2},   {3, 3},    {31, 31},   {32, 32},
                                           {33, 33}, {64, 64}, {65, 65},  {100, 100}, {1, 50},
                                           {50, 1},  {3, 31},  {31, 3},   {20, 90},   {90, 20},
                                           {33, 64}, {64, 33}, {65, 200}, {100, 70}};
    return all;
}

struct SpectrumStage : testing::Test {
    void SetUp() override {
        RANKCHAIN_NEED_DEVICE();
#ifdef SIMT_HOST
        simt::reset();
        simt::libraries() = {};
#endif
    }
    void TearDown() override {
#ifdef SIMT_HOST
        // Nothing that a library was given had been left unwritten.
        EXPECT_EQ(simt::libraries().spoiled, 0);
        EXPECT_TRUE(simt::libraries().faults.empty());
        simt::opt().deferred = false;
        simt::opt().seed = 0;
        simt::libraries() = {};
#endif
    }
};

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

inline bool same_bits(const Samples& a, const Samples& b) {
    return cuda::same_bits(a.values, b.values) && a.resolved == b.resolved;
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

/// What the shim's libraries were asked for; a device does not say.
inline void forget_calls() {
#ifdef SIMT_HOST
    simt::libraries().batches.clear();
#endif
}
inline bool called([[maybe_unused]] const std::string& library) {
#ifdef SIMT_HOST
    const auto& batches = simt::libraries().batches;
    return std::any_of(batches.begin(), batches.end(), [&](const auto& call) {
        return call.first.compare(0, library.size(), library) == 0;
    });
#else
    return false;
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
    expect_agreement(wide, few, by_stage(context, wide, few), "130 draws");
}

// |sigma_hat - sigma| / (sigma_1 max(m, n) eps) < 30, as LAPACK tests itself.
TEST_F(SpectrumStage, SingularValuesHaveTestRatiosBelowThirty) {
    auto random = oracle::generator(6);
    Context context(0);
    double worst = 0;
    for (const MatrixShape shape : watched ? std::vector<MatrixShape>{{33, 33}}
                                           : std::vector<MatrixShape>{{1, 1},
                                                                      {2, 3},
                                                                      {32, 32},
                                                                      {33, 33},
                                                                      {31, 34},
                                                                      {34, 31},
                                                                      {63, 65},
                                                                      {65, 63},
                                                                      {64, 64},
                                                                      {20, 129}}) {
        SpectralCase<double> c{.shape = shape};
        for (const auto& [name, sigma] : oracle::hard_spectra(c.n()))
            c.add(oracle::with_spectrum(shape.rows, shape.cols, sigma, random).values);
        const DeviceArray<double> h(c.h);
        const std::vector<MatrixShape> one{shape};
        const std::vector<Quantity> quantities{{Metric::spectrum, nan, 1}};
        SpectralStage<double> stage(context.memory(), context.queue(0), one, c.draws(), quantities);
        stage.enqueue({.data = h.get(),
                       .stride = c.size(),
                       .draws = c.draws(),
                       .rows = shape.rows,
                       .cols = shape.cols,
                       .batch = shape.cols});
        Spectrum got{c.draws(), c.n(), std::vector<double>(std::size_t(c.draws() * c.n()), 7.0),
                     std::vector<int>(std::size_t(c.draws()), 7)};
        stage.collect(got, 0);
        for (std::int64_t b = 0; b < c.draws(); ++b) {
            Matrix m(shape.rows, shape.cols);
            std::copy_n(c.h.begin() + b * c.size(), c.size(), m.values.begin());
            const auto truth = oracle::singular_values(m);
            EXPECT_EQ(got.info[std::size_t(b)], 0);
            for (std::int64_t i = 0; i < c.n(); ++i) {
                const double value = got.values[std::size_t(b * c.n() + i)];
                EXPECT_TRUE(i == 0 || value <= got.values[std::size_t(b * c.n() + i - 1)]);
                const auto exact = truth[std::size_t(i)];
                if (truth[0] == 0) {
                    EXPECT_EQ(value, 0);
                    continue;
                }
                const auto ratio = static_cast<double>(
                    std::fabs(static_cast<oracle::Real>(value) - exact) / truth[0] /
                    static_cast<double>(std::max(shape.rows, shape.cols)) / eps);
                EXPECT_TRUE(value >= 0 && ratio < 30)
                    << shape.rows << " x " << shape.cols << " kind " << b << " value " << i;
                worst = std::max(worst, ratio);
            }
        }
    }
    std::printf("worst test ratio %.3f of 30\n", worst);
}

// No eigenvalue of the computed Gram matrix leaves the error that the certificate counts with.
TEST_F(SpectrumStage, EigenvaluesStayWithinTheProvenError) {
    auto random = oracle::generator(7);
    Context context(0);
    double worst = 0;
    for (const MatrixShape shape :
         watched ? std::vector<MatrixShape>{{5, 40}}
                 : std::vector<MatrixShape>{{2, 40}, {40, 5}, {33, 40}, {64, 64}}) {
        const std::vector<SpectralTask> task{
            {shape, plan_spectrum(count_quantities, shape.rows, shape.cols, shape.cols,
                                  SpectrumMethod::eigen, context.shared_limit())}};
        SpectralSolver solver(context.memory(), context.queue(0), task);
        const std::int64_t n = std::min(shape.rows, shape.cols);
        const std::int64_t k = std::max(shape.rows, shape.cols);
        const auto room = static_cast<std::int64_t>(256);
        const DeviceArray<double> values(room * n);
        const DeviceArray<int> info(room), exponent(1);
        const DeviceArray<GramSums> sums(1);
        for (const auto& [name, sigma] : oracle::hard_spectra(n)) {
            if (name == "zero") continue;
            const Matrix h = oracle::with_spectrum(shape.rows, shape.cols, sigma, random);
            const DeviceArray<double> device(h.values);
            ASSERT_EQ(widen(WidenBatch<double>{device.get(), 0, shape.rows, shape.cols, nullptr,
                                               nullptr, 0, 1},
                            solver.tall(), exponent.get(), context.queue(0).stream()),
                      cudaSuccess);
            solver.pad(shape, 1);
            solver.gram(shape, 1, shape.cols, sums.get());
            solver.values(SpectrumRoutine::gram, shape, 1, values.get(), info.get());
            context.queue(0).wait();
            ASSERT_EQ(info.host()[0], 0);
            Matrix w = h;
            for (double& x : w.values)
                x = std::ldexp(x, -exponent.host()[0]);
            const auto truth = oracle::singular_values(w);
            const GramSums gram = sums.host()[0];
            const double e = eigenvalue_error(n, k, gram.trace, gram.frobenius, 0);
            for (std::int64_t i = 0; i < n; ++i) {
                const auto s = truth[static_cast<std::size_t>(i)];
                const auto error = static_cast<double>(std::fabs(
                    oracle::Real{values.host()[static_cast<std::size_t>(n - 1 - i)]} - s * s));
                EXPECT_TRUE(error <= e) << name << " " << shape.rows << " x " << shape.cols;
                worst = std::max(worst, error / e);
            }
        }
    }
    std::printf("largest share of the proven error that was used: %.2g\n", worst);
    EXPECT_LT(worst, 0.5);
}

TEST_F(SpectrumStage, TiesGoThroughTheMatrixItself) {
    Context context(0);
    for (const std::int64_t n : {8, 33}) {
        SpectralCase<double> c{.shape = {n, n}};
        std::vector<double> identity(static_cast<std::size_t>(n * n));
        for (std::int64_t i = 0; i < n; ++i)
            identity[static_cast<std::size_t>(i * n + i)] = 1;
        c.add(identity);
        const double tau = 1.0 / static_cast<double>(n);  // every lambda_i
        const Samples samples =
            by_stage(context, c,
                     {soft_rank(tau), soft_rank(std::nextafter(tau, 2)), soft_rank(tau / 2),
                      soft_rank(2 * tau), of(Metric::stable_rank)});
        const auto all = static_cast<double>(n);
        EXPECT_EQ(samples.values, (std::vector<double>{all, 0, all, 0, all})) << n;
        EXPECT_EQ(samples.resolved, (std::vector<std::uint8_t>{1, 1, 0, 0, 0})) << n;
    }
}

// sigma_2 = 1e-9 sigma_1, and no sigma between: the Gram matrix cannot see it.
TEST_F(SpectrumStage, ThresholdsBelowTheGramMatrixAreResolved) {
    auto random = oracle::generator(8);
    Context context(0);
    for (const MatrixShape shape : {MatrixShape{40, 40}, MatrixShape{6, 50}, MatrixShape{36, 50}}) {
        const double top = 1e8;  // more than a norm leaves: the thresholds do not tell
        SpectralCase<double> c{.shape = shape};
        std::vector<double> sigma(static_cast<std::size_t>(c.n()), top);
        sigma[1] = 1e-9 * top;
        c.add(oracle::with_spectrum(shape.rows, shape.cols, sigma, random).values);
        const double lambda = sigma[1] * sigma[1] / static_cast<double>(shape.cols);
        const std::vector<Quantity> quantities{soft_rank(lambda / 2), soft_rank(lambda * 2),
                                               soft_rank(1e-3 * top * top)};
        const auto n = static_cast<double>(c.n());
        const std::vector<double> wanted{n, n - 1, n - 1};
        forget_calls();
        const Samples samples = by_stage(context, c, quantities);
        EXPECT_FALSE(called("cusolver"));  // the bidiagonal form decides
        EXPECT_EQ(samples.values, wanted);
        EXPECT_EQ(samples.resolved, (std::vector<std::uint8_t>{1, 1, 0}));
        EXPECT_EQ(samples.margin, (std::vector<double>{0, 0, 0}));
        // Asked for the singular values at once, nothing is resolved.
        const Samples direct =
            by_stage(context, c, quantities, 0, host_singular_values, SpectrumMethod::svd);
        EXPECT_EQ(direct.values, wanted);
        EXPECT_EQ(direct.resolved, (std::vector<std::uint8_t>{0, 0, 0}));
    }
}

// The first method then is the bidiagonal form. What the library is asked for is the Gram matrix
// that the stable rank needs.
TEST_F(SpectrumStage, NumericalRanksAndSmallThresholdsNeedNoSingularValues) {
    auto random = oracle::generator(12);
    Context context(0);
    const double small = std::numeric_limits<float>::epsilon();
    for (const MatrixShape shape :
         {MatrixShape{7, 9}, MatrixShape{40, 40}, MatrixShape{6, 300}, MatrixShape{50, 33}}) {
        SpectralCase<float> c{.shape = shape};
        const auto n = static_cast<std::size_t>(c.n());
        for (std::size_t rank = 1; rank <= n; rank += n / 3) {
            std::vector<double> sigma(n, 1e-3 * small);
            std::fill_n(sigma.begin(), rank, 1.0);
            c.add(oracle::with_spectrum(shape.rows, shape.cols, sigma, random).values);
        }
        // Between the ones and what rounding H to float32 leaves, in N tau = sigma^2.
        const double tau = 1e-9 / static_cast<double>(shape.cols);
        const std::vector<Quantity> quantities{of(Metric::numerical_rank), soft_rank(tau),
                                               of(Metric::stable_rank)};
        forget_calls();
        const Samples samples = by_stage(context, c, quantities);
        EXPECT_FALSE(called("cusolver"));
        const auto draws = static_cast<std::size_t>(c.draws());
        for (std::size_t b = 0; b < draws; ++b) {
            const auto rank = static_cast<double>(1 + b * (n / 3));
            EXPECT_EQ(samples.values[b], rank) << shape.rows << " x " << shape.cols;
            EXPECT_EQ(samples.values[draws + b], rank) << shape.rows << " x " << shape.cols;
            EXPECT_NEAR(samples.values[2 * draws + b], rank, 1e-4 * rank);
        }
        EXPECT_EQ(samples.resolved, std::vector<std::uint8_t>(3 * draws, 0));
        EXPECT_EQ(samples.margin, std::vector<double>(3 * draws, 0.0));
        expect_agreement(c, quantities, samples, "first on the bidiagonal form");
        EXPECT_TRUE(same_bits(by_stage(context, c, quantities, 1), samples));
    }
}

// In float64 what is zero to rounding is below what the form can show: those draws, and only those,
// go to the singular values and are flagged.
TEST_F(SpectrumStage, WhatTheBidiagonalFormLeavesOpenGoesToTheSingularValues) {
    auto random = oracle::generator(13);
    Context context(0);
    for (const std::int64_t n : {20, 40}) {
        SpectralCase<double> c{.shape = {n, n}};
        std::vector<double> sigma(static_cast<std::size_t>(n), 1.0);
        c.add(oracle::with_spectrum(n, n, sigma, random).values);
        sigma.back() = 0.0;
        c.add(oracle::with_spectrum(n, n, sigma, random).values);
        const std::vector<Quantity> quantities{of(Metric::numerical_rank)};
        forget_calls();
        const Samples samples = by_stage(context, c, quantities);
        EXPECT_TRUE(called("cusolver") || on_device);
        EXPECT_EQ(samples.values[0], static_cast<double>(n));
        EXPECT_EQ(samples.resolved, (std::vector<std::uint8_t>{0, 1}));
        expect_agreement(c, quantities, samples, "a zero in float64");
    }
}

// A rank that the singular values cannot decide either says how far its threshold is from safe.
TEST_F(SpectrumStage, UndecidedRanksHaveAMargin) {
    auto random = oracle::generator(11);
    Context context(0);
    for (const std::int64_t n : {20, 40}) {
        SpectralCase<double> c{.shape = {n, n}};
        std::vector<double> sigma(static_cast<std::size_t>(n), 1.0);
        sigma.back() = 0.5;
        c.add(oracle::with_spectrum(n, n, sigma, random).values);
        const double tau = 1.0 / static_cast<double>(n);  // all lambda_i but one, to rounding
        const Samples samples = by_stage(context, c, {soft_rank(tau), soft_rank(tau / 2)});
        const double w = 30 * static_cast<double>(n) * eps;
        EXPECT_NEAR(samples.margin[0], w * (2 + w), 1e-3 * w);
        EXPECT_EQ(samples.margin[1], 0);
        EXPECT_EQ(samples.values[1], static_cast<double>(n - 1));
    }
}

#endif

}  // namespace rankchain::cuda::spectral_checks
