// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Counts on the Gram matrix, and what decides where it cannot.
#include "host/cpu/gram.hpp"
#include "host/cpu/spectrum.hpp"
#include "host/spectrum_choice.hpp"
#include "tests/hard_spectra.hpp"
#include "tests/spectrum_oracle.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain {
namespace {

using oracle::hard_spectra;
using oracle::Matrix;
using oracle::with_spectrum;

constexpr double eps = std::numeric_limits<double>::epsilon();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// The table of docs/numerics.md.
TEST(SpectrumChoice, IsTheLeastThatServes) {
    const auto choice = [](std::vector<Quantity> quantities) {
        return choose_spectrum(quantities);
    };
    const auto of = [](Metric metric) { return Quantity{metric, nan, 0}; };
    EXPECT_EQ(choice({}), SpectrumSource::nothing);
    EXPECT_EQ(choice({{Metric::soft_rank, 0.0, 0}}), SpectrumSource::nothing);
    EXPECT_EQ(choice({{Metric::soft_rank, 0.5, 0}}), SpectrumSource::gram_eigenvalues);
    for (const Metric metric :
         {Metric::rank_lower_bound, Metric::orthogonality_gap, Metric::mean_abs_cosine}) {
        EXPECT_EQ(choice({of(metric)}), SpectrumSource::gram);
        EXPECT_EQ(choice({of(metric), {Metric::soft_rank, 0.5, 0}}),
                  SpectrumSource::gram_eigenvalues);
    }
    EXPECT_EQ(choice({of(Metric::stable_rank)}), SpectrumSource::gram_eigenvalues);
    for (const Metric metric :
         {Metric::numerical_rank, Metric::effective_rank, Metric::isometry_gap,
          Metric::condition_number, Metric::spectrum, Metric::lyapunov}) {
        EXPECT_EQ(choice({of(Metric::rank_lower_bound), {Metric::soft_rank, 0.5, 0}, of(metric)}),
                  SpectrumSource::singular_values);
    }
}

// The proven error of docs/numerics.md holds with room: Sturm counts that leave [lambda - e,
// lambda + e] would break it. The largest share of e that an eigenvalue used is printed.
TEST(GramCount, EigenvaluesStayWithinTheProvenError) {
    auto random = oracle::generator(5);
    double worst = 0;
    for (const auto& [rows, cols] : std::vector<std::pair<std::int64_t, std::int64_t>>{
             {2, 2}, {5, 9}, {16, 16}, {33, 20}, {40, 64}}) {
        for (const auto& [name, sigma] : hard_spectra(std::min(rows, cols))) {
            if (name == "zero") continue;
            const Matrix h = with_spectrum(rows, cols, sigma, random);
            Matrix w(rows, cols);
            const auto exponent = cpu::widen(h.values.data(), rows, cols, cols, w.values.data());
            ASSERT_TRUE(exponent.has_value());
            cpu::Gram gram;
            gram.form(w.values.data(), rows, cols);
            const double e = gram_error(gram.n, gram.k, gram.trace, gram.frobenius, 0);
            cpu::Tridiagonal tridiagonal;
            tridiagonal.reduce(gram);
            const auto truth = oracle::singular_values(w);
            for (std::size_t i = 0; i < truth.size(); ++i) {
                const auto lambda = static_cast<double>(truth[i] * truth[i]);
                const auto rank = static_cast<std::int64_t>(i) + 1;
                // The i-th eigenvalue of T is at least lambda - s e and at most lambda + s e: find
                // s.
                double share = 1;
                while (share > 1e-6 && tridiagonal.count_at_least(lambda - share / 2 * e) >= rank &&
                       tridiagonal.count_at_least(lambda + share / 2 * e) < rank) {
                    share /= 2;
                }
                EXPECT_TRUE(tridiagonal.count_at_least(lambda - e) >= rank &&
                            tridiagonal.count_at_least(lambda + e) < rank)
                    << name << " " << rows << " x " << cols << " value " << i;
                worst = std::max(worst, share);
            }
        }
    }
    std::printf("largest share of the proven error that was used: %.2g\n", worst);
    EXPECT_LT(worst, 0.5);
}

SoftRanks soft_ranks(const Matrix& h, const std::vector<double>& taus) {
    return cpu::soft_ranks(BatchView<const double>{h.values.data(), 1, h.rows, h.cols}, taus, 1);
}

// 20 000 matrices of ten kinds, three thresholds each: the count must be that of the long double
// singular values wherever no lambda_i is within the error of the method that gave it; where the
// Gram matrix decided (resolved 0) its certificate leaves no exception at all.
TEST(GramCount, AgreesWithTheOracleOutsideTheMargin) {
    auto random = oracle::generator(6);
    std::uniform_int_distribution<std::int64_t> size(1, 14);
    std::uniform_real_distribution<double> uniform(0, 1);
    std::int64_t draws = 0;
    std::int64_t resolved = 0;
    std::int64_t exceptions = 0;
    std::int64_t within_margin = 0;
    for (std::int64_t trial = 0; trial < 20000; ++trial) {
        // A hundred of them cross the block size of LAPACK.
        const std::int64_t more = trial % 200 == 0 ? 30 : 0;
        const std::int64_t rows = size(random) + more;
        const std::int64_t cols = size(random) + more;
        const std::int64_t n = std::min(rows, cols);
        Matrix h(rows, cols);
        const auto kind = trial % 10;
        if (kind < 4) {
            h = oracle::gaussian(rows, cols, random);
        } else if (kind < 6) {
            // A sign matrix: many exactly equal eigenvalues and exact ties.
            for (double& value : h.values)
                value = uniform(random) < 0.5 ? -1.0 : 1.0;
        } else {
            const auto spectra = hard_spectra(n);
            h = with_spectrum(rows, cols,
                              spectra[1 + static_cast<std::size_t>(trial / 10 % 7)].second, random);
        }
        const auto lambda = oracle::eigenvalues(h);
        const auto any = static_cast<std::size_t>(uniform(random) * static_cast<double>(n));
        // Somewhere in the range, on an eigenvalue, and anywhere down to 1e-20 of the largest.
        const std::vector<double> taus{
            uniform(random) * static_cast<double>(lambda[0]), static_cast<double>(lambda[any]),
            static_cast<double>(lambda[0]) * std::pow(10.0, -20 * uniform(random))};
        const SoftRanks ranks = soft_ranks(h, taus);
        for (std::size_t t = 0; t < taus.size(); ++t) {
            ++draws;
            resolved += ranks.resolved[t];
            std::int64_t count = 0;
            bool close = false;
            for (const auto value : lambda) {
                count += value >= taus[t] ? 1 : 0;
                // The SVD's own error, 30 max(m, n) eps sigma_1 by the test above.
                const auto margin = 2 * 30 * static_cast<double>(std::max(rows, cols)) * eps *
                                    std::sqrt(std::max(value, oracle::Real{taus[t]}) * lambda[0]);
                close = close || std::fabs(value - taus[t]) <= margin;
            }
            if (ranks.count[t] == count) continue;
            if (ranks.resolved[t] == 1 && close) {
                ++within_margin;
            } else {
                ++exceptions;
                ADD_FAILURE() << rows << " x " << cols << " kind " << kind << " tau " << taus[t]
                              << ": " << ranks.count[t] << ", not " << count;
            }
        }
    }
    EXPECT_EQ(exceptions, 0);
    std::printf(
        "%lld counts, %.2f %% resolved through H, %lld of them on the other side of a tie\n",
        static_cast<long long>(draws),
        100.0 * static_cast<double>(resolved) / static_cast<double>(draws),
        static_cast<long long>(within_margin));
}

TEST(GramCount, GaussianMatricesAreHardlyEverAmbiguous) {
    auto random = oracle::generator(7);
    const std::vector<double> taus{0.1, 0.5, 1.0};
    std::int64_t resolved = 0;
    for (int trial = 0; trial < 500; ++trial) {
        for (const auto flag : soft_ranks(oracle::gaussian(32, 32, random), taus).resolved) {
            resolved += flag;
        }
    }
    // e / N is 1.5e-11 here and the density of the 32 lambda_i about 0.3 each: 32 0.3 2 e / N is
    // 3e-10 a count, 5e-7 for the 1500 of them.
    EXPECT_EQ(resolved, 0);
}

TEST(GramCount, TiesGoThroughTheMatrixItself) {
    for (const std::int64_t n : {1, 2, 8, 33}) {
        Matrix identity(n, n);
        for (std::int64_t i = 0; i < n; ++i)
            identity(i, i) = 1;
        const double tau = 1.0 / static_cast<double>(n);  // every lambda_i
        const SoftRanks ranks = soft_ranks(
            identity, {tau, std::nextafter(tau, 0), std::nextafter(tau, 2), tau / 2, tau * 2});
        EXPECT_EQ(ranks.count, (std::vector<std::int64_t>{n, n, 0, n, 0})) << n;
        EXPECT_EQ(ranks.resolved, (std::vector<std::uint8_t>{1, 1, 1, 0, 0})) << n;
    }
}

TEST(GramCount, ThresholdsBelowItsResolutionGoThroughTheMatrixItself) {
    // lambda = 1 and 1e-20: the Gram matrix sees the second as rounding, and is not asked.
    Matrix h(2, 2);
    h(0, 0) = std::sqrt(2.0);
    h(1, 1) = std::sqrt(2.0) * 1e-10;
    const SoftRanks ranks = soft_ranks(h, {0.5, 0.5e-20, 2e-20, 0.0});
    EXPECT_EQ(ranks.count, (std::vector<std::int64_t>{1, 2, 1, 2}));
    EXPECT_EQ(ranks.resolved, (std::vector<std::uint8_t>{0, 0, 0, 0}));
    // It is asked of the first, and the other two lie within its error about tau.
    h(1, 1) = std::sqrt(2.0) * 1e-6;
    const double e = gram_error(2, 2, 2, 2, 2e-12);
    const SoftRanks near = soft_ranks(h, {0.5, 1e-12 - e / 4, 1e-12 + e / 4});
    EXPECT_EQ(near.count, (std::vector<std::int64_t>{1, 2, 1}));
    EXPECT_EQ(near.resolved, (std::vector<std::uint8_t>{0, 1, 1}));
    EXPECT_EQ(near.margin, (std::vector<double>{0, 0, 0}));
}

// A threshold far below e is decided all the same where every lambda_i is far above it.
TEST(GramCount, TinyThresholdsOfAnInvertibleMatrixNeedNoMore) {
    Matrix h(5, 5);
    for (std::int64_t i = 0; i < 5; ++i)
        h(i, i) = 1;
    const SoftRanks ranks = soft_ranks(h, {1e-30, 1e-300});
    EXPECT_EQ(ranks.count, (std::vector<std::int64_t>{5, 5}));
    EXPECT_EQ(ranks.resolved, (std::vector<std::uint8_t>{0, 0}));
}

// The identity's values tie with 1 / N, which no count can decide; singular values are asked first
// where they are asked for.
TEST(GramCount, IsTheSameByEveryMethod) {
    auto random = oracle::generator(16);
    const Matrix h = oracle::gaussian(20, 30, random);
    const BatchView<const double> view{h.values.data(), 1, h.rows, h.cols};
    const std::vector<double> taus{1e-18, 0.1, 0.5, 2};
    std::vector<double> identity(16, 0.0);
    for (std::size_t i = 0; i < 16; i += 5)
        identity[i] = 1;
    const BatchView<const double> tied{identity.data(), 1, 4, 4};
    const Device cpu{Device::Kind::cpu, 0, 1};
    for (const auto method : {SpectrumMethod::automatic, SpectrumMethod::count,
                              SpectrumMethod::eigen, SpectrumMethod::svd}) {
        EXPECT_EQ(rankchain::soft_ranks(view, taus, cpu, method).count, soft_ranks(h, taus).count);
        const SoftRanks ranks = rankchain::soft_ranks(tied, std::vector{0.25}, cpu, method);
        EXPECT_EQ(ranks.count[0], 4) << name(method);
        EXPECT_EQ(ranks.resolved[0], method == SpectrumMethod::svd ? 0 : 1) << name(method);
    }
}

TEST(GramCount, IsMonotoneInTheThreshold) {
    auto random = oracle::generator(8);
    for (int trial = 0; trial < 200; ++trial) {
        const auto spectra = hard_spectra(12);
        const Matrix h = with_spectrum(
            12, 15, spectra[static_cast<std::size_t>(trial) % spectra.size()].second, random);
        const auto top = static_cast<double>(oracle::squared_norm(h)) / 15;
        std::vector<double> taus;
        for (int i = 0; i <= 60; ++i)
            taus.push_back(top * std::pow(10.0, -0.5 * (60 - i)));
        const auto lambda = oracle::eigenvalues(h);
        for (const auto value : lambda) {
            taus.push_back(static_cast<double>(value));
            taus.push_back(std::nextafter(static_cast<double>(value), 0.0));
        }
        taus.erase(
            std::remove_if(taus.begin(), taus.end(), [](double t) { return !std::isfinite(t); }),
            taus.end());
        std::sort(taus.begin(), taus.end());
        const SoftRanks ranks = soft_ranks(h, taus);
        EXPECT_TRUE(std::is_sorted(ranks.count.rbegin(), ranks.count.rend()));
        // Asked one by one, too.
        std::int64_t before = 12;
        for (const double tau : taus) {
            const std::int64_t count = soft_ranks(h, {tau}).count[0];
            EXPECT_LE(count, before);
            before = count;
        }
    }
}

TEST(GramCount, HoldsNearOverAndUnderflow) {
    for (const double scale : {1e150, 1e-150}) {
        Matrix h(3, 3);
        for (std::int64_t i = 0; i < 3; ++i)
            h(i, i) = static_cast<double>(i + 1) * scale;
        // lambda = scale^2 {1, 4, 9} / 3.
        const double unit = scale * scale / 3;
        EXPECT_EQ(soft_ranks(h, {unit * 0.5, unit * 2, unit * 5, unit * 20}).count,
                  (std::vector<std::int64_t>{3, 2, 1, 0}));
    }
    Matrix huge(1, 1);
    huge(0, 0) = 1e200;  // lambda overflows, its comparison does not
    EXPECT_EQ(soft_ranks(huge, {1e300, 0.1}).count, (std::vector<std::int64_t>{1, 1}));
    Matrix singular(2, 2);
    singular(0, 0) = 1e200;  // tau over sigma_1^2 underflows, and zero is still below it
    EXPECT_EQ(soft_ranks(singular, {1e-300}).count, (std::vector<std::int64_t>{1}));
    Matrix tiny(1, 1);
    tiny(0, 0) = 1e-200;
    EXPECT_EQ(soft_ranks(tiny, {1e-300, 0.1, 0.0}).count, (std::vector<std::int64_t>{0, 0, 1}));
}

}  // namespace
}  // namespace rankchain
