// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The values that the spectral stage has from the libraries, on a device, emulated or not: singular
// values by LAPACK's own measure, eigenvalues within the error that counts on them allow for.
#pragma once

#include "host/spectrum_choice.hpp"
#include "kernels/backend/spectral_solver.hpp"
#include "tests/hard_spectra.hpp"
#include "tests/simt/spectral_stage.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::cuda::spectral_checks {

#ifndef RANKCHAIN_SIMT_RACE  // what follows launches the same kernels

/// The largest |sigma_hat - sigma| / (sigma_1 max(m, n) eps), LAPACK's own measure.
inline double largest_ratio(SpectrumMethod method) {
    auto random = oracle::generator(6);
    Context context(0);
    double worst = 0;
    for (const MatrixShape shape : std::vector<MatrixShape>{{1, 1},
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
        SpectralStage<double> stage(context.memory(), context.queue(0), one, c.draws(), quantities,
                                    method);
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
            oracle::Matrix m(shape.rows, shape.cols);
            std::copy_n(c.h.begin() + b * c.size(), c.size(), m.values.begin());
            EXPECT_EQ(got.info[std::size_t(b)], 0);
            const auto from = got.values.begin() + b * c.n();
            const std::vector<double> values(from, from + c.n());
            EXPECT_TRUE(values.back() >= 0 && std::is_sorted(values.rbegin(), values.rend()));
            const double ratio = oracle::test_ratio(values, oracle::singular_values(m),
                                                    std::max(shape.rows, shape.cols));
            EXPECT_TRUE(ratio < 30) << shape.rows << " x " << shape.cols << " kind " << b;
            worst = std::max(worst, ratio);
        }
    }
    return worst;
}

TEST_F(SpectrumStage, SingularValuesHaveTestRatiosBelowThirty) {
    std::printf("worst test ratio bisected %.3f, of the library %.3f of 30\n",
                largest_ratio(SpectrumMethod::automatic), largest_ratio(SpectrumMethod::svd));
}

// No eigenvalue of the computed Gram matrix leaves the error that the certificate counts with.
TEST_F(SpectrumStage, EigenvaluesStayWithinTheProvenError) {
    auto random = oracle::generator(7);
    Context context(0);
    double worst = 0;
    for (const MatrixShape shape : std::vector<MatrixShape>{{2, 40}, {40, 5}, {33, 40}, {64, 64}}) {
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
            const oracle::Matrix h = oracle::with_spectrum(shape.rows, shape.cols, sigma, random);
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
            oracle::Matrix w = h;
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

#endif

}  // namespace rankchain::cuda::spectral_checks
