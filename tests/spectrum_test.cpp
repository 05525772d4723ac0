// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/spectrum.hpp"

#include "host/cpu/blas_threads.hpp"
#include "host/cpu/gram.hpp"
#include "host/cpu/measure.hpp"
#include "host/spectrum_choice.hpp"
#include "tests/hard_spectra.hpp"
#include "tests/refusal.hpp"
#include "tests/spectrum_oracle.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <random>
#include <string>
#include <thread>
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

std::vector<double> values_of(const Matrix& h) {
    const cpu::SingleBlasThread single;
    std::vector<double> sigma(static_cast<std::size_t>(std::min(h.rows, h.cols)));
    EXPECT_EQ(cpu::singular_values(h.values.data(), h.rows, h.cols, sigma.data()), 0);
    return sigma;
}

// LAPACK's own measure, |s_hat - s| / (s_1 max(m, n) eps) < 30, against long double Jacobi. It is
// taken on the matrix divided by its scale: near underflow the entries lose digits as they are
// stored, and the oracle sees the entries.
TEST(SingularValues, TestRatiosAreBelowThirty) {
    auto random = oracle::generator(1);
    double worst = 0;
    std::vector<std::pair<std::int64_t, std::int64_t>> shapes;
    for (const std::int64_t n : {1, 2, 3, 31, 32, 33, 34, 63, 64, 65})
        shapes.emplace_back(n, n);
    for (const std::int64_t n : {3, 32, 65}) {
        shapes.emplace_back(n, n + 7);
        shapes.emplace_back(n + 7, n);
        shapes.emplace_back(n, 3 * n);
        shapes.emplace_back(3 * n, n);
    }
    for (const auto& [rows, cols] : shapes) {
        for (const auto& [name, sigma] : hard_spectra(std::min(rows, cols))) {
            const Matrix h = with_spectrum(rows, cols, sigma, random);
            const auto values = values_of(h);
            const auto truth = oracle::singular_values(h);
            EXPECT_TRUE(std::is_sorted(values.rbegin(), values.rend()));
            for (std::size_t i = 0; i < values.size(); ++i) {
                const auto error = std::fabs(static_cast<oracle::Real>(values[i]) - truth[i]);
                if (truth[0] == 0) {
                    EXPECT_EQ(values[i], 0.0);
                    continue;
                }
                const auto ratio = static_cast<double>(
                    error / truth[0] / static_cast<double>(std::max(rows, cols)) / eps);
                EXPECT_TRUE(ratio < 30) << name << " " << rows << " x " << cols << " value " << i;
                worst = std::max(worst, ratio);
            }
        }
    }
    RecordProperty("worst_ratio", std::to_string(worst));
    std::printf("worst LAPACK test ratio %.3f of 30\n", worst);
}

// The long double oracle is cubic and slow at 127 .. 129: there the spectrum is known instead, to
// the rounding of the four reflections that made the matrix, each n eps at most.
TEST(SingularValues, LargeMatricesHaveTheSpectrumTheyWereMadeWith) {
    auto random = oracle::generator(2);
    for (const std::int64_t n : {127, 128, 129}) {
        for (const std::int64_t other : {n, n + 64}) {
            for (const auto& [name, sigma] : hard_spectra(n)) {
                const Matrix h = with_spectrum(n, other, sigma, random);
                const auto values = values_of(h);
                std::vector<double> truth = sigma;
                std::sort(truth.rbegin(), truth.rend());
                for (std::size_t i = 0; i < values.size(); ++i) {
                    EXPECT_NEAR(values[i], truth[i],
                                (30 + 8) * static_cast<double>(other) * eps * truth[0])
                        << name << " " << n << " x " << other;
                }
            }
        }
    }
}

TEST(SingularValues, SubnormalAndHugeEntriesKeepTheirRatios) {
    // A power of two changes no digit, so the values scale exactly.
    auto random = oracle::generator(3);
    const Matrix h = oracle::gaussian(9, 7, random);
    const auto plain = values_of(h);
    for (const int power : {-1000, -500, 500, 1000}) {
        Matrix scaled = h;
        for (double& value : scaled.values)
            value = std::ldexp(value, power);
        const auto values = values_of(scaled);
        for (std::size_t i = 0; i < values.size(); ++i) {
            EXPECT_EQ(values[i], std::ldexp(plain[i], power));
        }
    }
    Matrix subnormal(2, 2);
    subnormal(0, 0) = 3 * std::numeric_limits<double>::denorm_min();
    subnormal(1, 1) = std::numeric_limits<double>::denorm_min();
    EXPECT_EQ(values_of(subnormal), (std::vector<double>{subnormal(0, 0), subnormal(1, 1)}));
}

// H = A diag(s) A^T / n with A the Hadamard matrix: every entry is exact for small integers s.
TEST(SingularValues, OfHadamardProductsAreExactlyKnown) {
    for (const std::int64_t n : {4, 32, 64}) {
        Matrix h(n, n);
        for (std::int64_t i = 0; i < n; ++i) {
            for (std::int64_t j = 0; j < n; ++j) {
                for (std::int64_t k = 0; k < n; ++k) {
                    const bool odd =
                        __builtin_parityll(static_cast<unsigned long long>(k & (i ^ j)));
                    h(i, j) += (odd ? -1.0 : 1.0) * static_cast<double>(k + 1);
                }
                h(i, j) /= static_cast<double>(n);
            }
        }
        const auto values = values_of(h);
        for (std::int64_t i = 0; i < n; ++i) {
            EXPECT_NEAR(values[static_cast<std::size_t>(i)], static_cast<double>(n - i),
                        30 * static_cast<double>(n * n) * eps);
        }
    }
}

TEST(SingularValues, EmptyMatricesHaveNone) {
    double nothing = 0;
    EXPECT_EQ(cpu::singular_values(&nothing, 0, 0, nullptr), 0);
    EXPECT_EQ(cpu::singular_values(&nothing, 0, 5, nullptr), 0);
    EXPECT_EQ(cpu::singular_values(&nothing, 5, 0, nullptr), 0);
    const Spectrum spectrum = cpu::singular_values(BatchView<const double>{&nothing, 3, 0, 5}, 1);
    EXPECT_EQ(spectrum.count, 0);
    EXPECT_EQ(spectrum.info, (std::vector<int>{0, 0, 0}));
    const std::array<double, 2> taus{0.0, 0.5};
    EXPECT_EQ(cpu::soft_ranks(BatchView<const double>{&nothing, 1, 0, 5}, taus, 1).count,
              (std::vector<std::int64_t>{0, 0}));
}

// Solvers that stand in for LAPACK's: it hardly ever fails.
int spoil_and_fail(double* a, std::int64_t m, std::int64_t n, double* values) {
    std::fill_n(a, m * n, nan);
    std::fill_n(values, std::min(m, n), 7.0);
    return 2;
}

int copy_first_entry(double* a, std::int64_t m, std::int64_t n, double* values) {
    (void)m;
    (void)n;
    values[0] = a[0];
    return 0;
}

TEST(SingularValues, TheSecondSolverGetsTheMatrixIntact) {
    double h = 3.0;
    double value = 0;
    const std::array<cpu::SingularValueSolver, 2> solvers{spoil_and_fail, copy_first_entry};
    EXPECT_EQ(cpu::singular_values(&h, 1, 1, &value, solvers), 0);
    EXPECT_EQ(value, 3.0);
}

TEST(SingularValues, NoConvergenceIsReportedAndTheValuesAreNaN) {
    std::vector<double> h(6, 1.0);
    std::vector<double> values(2);
    const std::array<cpu::SingularValueSolver, 2> solvers{spoil_and_fail, spoil_and_fail};
    EXPECT_EQ(cpu::singular_values(h.data(), 2, 3, values.data(), solvers), 2);
    EXPECT_TRUE(std::isnan(values[0]) && std::isnan(values[1]));
}

TEST(SingularValues, EntriesThatAreNotFiniteNeverReachLapack) {
    for (const double bad : {nan, std::numeric_limits<double>::infinity()}) {
        std::vector<double> h(6, 1.0);
        h[5] = bad;
        std::vector<double> values(2);
        EXPECT_EQ(cpu::singular_values(h.data(), 2, 3, values.data()), 2);
        EXPECT_TRUE(std::isnan(values[0]) && std::isnan(values[1]));
    }
}

TEST(SingularValues, BatchIsTheMatricesOneByOneOnAnyNumberOfThreads) {
    auto random = oracle::generator(4);
    const Matrix h = oracle::gaussian(84, 20, random);
    const BatchView<const double> view{h.values.data(), 7, 12, 20};
    const Spectrum one = cpu::singular_values(view, 1);
    const Spectrum two = cpu::singular_values(view, 2);
    EXPECT_EQ(one.values, two.values);
    ASSERT_EQ(one.count, 12);
    for (std::int64_t b = 0; b < 7; ++b) {
        std::vector<double> values(12);
        ASSERT_EQ(cpu::singular_values(view.matrix(b), 12, 20, values.data()), 0);
        EXPECT_TRUE(std::equal(values.begin(), values.end(), one.values.begin() + b * 12));
    }
}

// What is handed in may begin anywhere.
TEST(SingularValues, SameBitsWhereverTheMatrixLies) {
    const cpu::SingleBlasThread single;
    auto random = oracle::generator(9);
    for (const std::int64_t n : {3, 17, 40, 64}) {
        const Matrix h = oracle::gaussian(n, n, random);
        const auto values = values_of(h);
        const std::vector<Quantity> quantities{{Metric::stable_rank, nan, 0},
                                               {Metric::rank_lower_bound, nan, 0},
                                               {Metric::mean_abs_cosine, nan, 0}};
        std::vector<double> first;
        for (std::int64_t offset = 0; offset < 8; ++offset) {
            std::vector<double> shifted(static_cast<std::size_t>(n * n + offset));
            std::copy(h.values.begin(), h.values.end(), shifted.begin() + offset);
            std::vector<double> sigma(static_cast<std::size_t>(n));
            ASSERT_EQ(cpu::singular_values(shifted.data() + offset, n, n, sigma.data()), 0);
            EXPECT_EQ(sigma, values);
            const cpu::Observed<double> observed{
                .data = shifted.data() + offset, .rows = n, .cols = n, .stride = n, .batch = n};
            std::vector<double> measured(3);
            std::vector<std::uint8_t> resolved(3);
            DrawStatus status;
            // A thread of its own has buffers of its own, elsewhere in memory.
            std::thread([&] {
                cpu::measure(observed, quantities, measured.data(), resolved.data(), 1, status);
            }).join();
            if (first.empty()) first = measured;
            EXPECT_EQ(measured, first);
        }
    }
}

TEST(SingularValues, RefuseBadInputByName) {
    std::vector<double> h(24, 1.0);
    const BatchView<const double> view{h.data(), 2, 3, 4};
    h[12 + 4 * 2 + 3] = nan;
    EXPECT_EQ(refusal([&] { (void)cpu::singular_values(view, 1); }),
              "matrix 1, row 2, column 3 is nan; allowed are finite numbers");
    EXPECT_NE(refusal([&] { (void)cpu::soft_ranks(view, std::array{0.5}, 1); }), "");
    h[12 + 4 * 2 + 3] = 0;
    for (const double tau : {nan, -0.1, std::numeric_limits<double>::infinity()}) {
        EXPECT_NE(refusal([&] { (void)cpu::soft_ranks(view, std::array{tau}, 1); }).find("tau"),
                  std::string::npos);
    }
    EXPECT_NE(refusal([&] {
                  (void)cpu::singular_values(BatchView<const double>{h.data(), 2, -3, 4}, 1);
              }).find("[2, -3, 4]"),
              std::string::npos);
}

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
