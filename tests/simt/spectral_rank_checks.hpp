// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Which method decides a rank in the spectral stage, on a device, emulated or not: what the Gram
// matrix leaves open goes to the bidiagonal form, and what that leaves, to the singular values.
#pragma once

#include "tests/hard_spectra.hpp"
#include "tests/simt/spectral_stage.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::cuda::spectral_checks {

#ifndef RANKCHAIN_SIMT_RACE  // what follows launches the same kernels

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
