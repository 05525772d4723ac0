// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/spectrum.hpp"

#include "host/cpu/blas_threads.hpp"
#include "host/cpu/measure.hpp"
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
            EXPECT_TRUE(std::is_sorted(values.rbegin(), values.rend()));
            const double ratio =
                oracle::test_ratio(values, oracle::singular_values(h), std::max(rows, cols));
            EXPECT_TRUE(ratio < 30) << name << " " << rows << " x " << cols;
            worst = std::max(worst, ratio);
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
    for (const auto& [draws, rows, cols] : {std::array<std::int64_t, 3>{2, -3, 4},
                                            {1, 1, std::int64_t{1} << 31},
                                            {std::int64_t{1} << 62, 2, 2}}) {
        const BatchView<const double> odd{h.data(), draws, rows, cols};
        const std::string shape = "[" + std::to_string(draws) + ", " + std::to_string(rows) + ", " +
                                  std::to_string(cols) + "]";
        EXPECT_NE(refusal([&] { (void)cpu::singular_values(odd, 1); }).find(shape),
                  std::string::npos);
        EXPECT_NE(refusal([&] { (void)cpu::soft_ranks(odd, std::array{0.5}, 1); }).find(shape),
                  std::string::npos);
    }
}

}  // namespace
}  // namespace rankchain
