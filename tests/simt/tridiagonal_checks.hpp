// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Counts on the tridiagonal form, on a device, emulated or not: proved ranks against known singular
// values and the CPU backend, the form against LAPACK's own measure, bits in every order of
// threads.
#pragma once

#include "host/cpu/gram.hpp"
#include "host/spectrum_choice.hpp"
#include "kernels/tridiagonal.cuh"
#include "tests/count_kinds.hpp"
#include "tests/hard_spectra.hpp"
#include "tests/simt/device_array.hpp"
#include "tests/simt/schedule.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::cuda::tridiagonal_checks {

using count_kinds::Matrix;
using count_kinds::Random;

inline constexpr double eps = std::numeric_limits<double>::epsilon();

#ifdef RANKCHAIN_SIMT_RACE
inline constexpr bool watched = true;  // every load and store: fewer and smaller cases
#else
inline constexpr bool watched = false;
#endif

/// All that the kernel says of some matrices.
struct Counted {
    std::vector<int> exponent;
    std::vector<RankEnds> ends;
    std::vector<double> lambda_1, form;
    std::vector<GramSums> sums;

    friend bool operator==(const Counted& a, const Counted& b) {
        return same_bits(a.exponent, b.exponent) && same_bits(a.ends, b.ends) &&
               same_bits(a.lambda_1, b.lambda_1) && same_bits(a.form, b.form) &&
               same_bits(a.sums, b.sums);
    }
};

template <class T>
Counted count(const WidenBatch<T>& h, const std::vector<double>& taus) {
    const std::int64_t n = std::min(h.rows, h.cols);
    const auto ranks = static_cast<std::int64_t>(taus.size());
    const DeviceArray<double> device_taus(taus);
    const DeviceArray<int> exponent(h.count);
    const DeviceArray<RankEnds> ends(h.count * ranks);
    const DeviceArray<double> lambda_1(h.count), form(2 * n * h.count);
    const DeviceArray<GramSums> sums(h.count);
    CountBatch<T> batch;
    batch.h = h;
    batch.batch = h.cols;
    batch.taus = device_taus.get();
    batch.ranks = ranks;
    batch.exponent = exponent.get();
    batch.ends = ends.get();
    batch.lambda_1 = lambda_1.get();
    batch.form = form.get();
    batch.sums = sums.get();
    EXPECT_EQ(count_tridiagonal(batch, nullptr), cudaSuccess);
    EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
    return {exponent.host(), ends.host(), lambda_1.host(), form.host(), sums.host()};
}

template <class T>
Counted count(const std::vector<Matrix>& matrices, const std::vector<double>& taus) {
    const Matrix& one = matrices.front();
    std::vector<T> h;
    for (const Matrix& matrix : matrices) {
        for (const double x : matrix.values)
            h.push_back(static_cast<T>(x));
    }
    const DeviceArray<T> device(h);
    return count(WidenBatch<T>{device.get(), one.rows * one.cols, one.rows, one.cols, nullptr,
                               nullptr, 0, static_cast<std::int64_t>(matrices.size())},
                 taus);
}

/// The Sturm count of the form, by itself.
inline int count_of(const double* form, std::int64_t n, double x) {
    int above = 0;
    double pivot = 1, off = 0;
    for (std::int64_t i = 0; i < n; ++i) {
        pivot = (form[i] - x) - off / pivot;
        if (std::fabs(pivot) < std::numeric_limits<double>::min())
            pivot = -std::numeric_limits<double>::min();
        if (pivot >= 0) ++above;
        off = form[n + i];
    }
    return above;
}

struct TridiagonalCounts : testing::Test {
    void SetUp() override { RANKCHAIN_NEED_DEVICE(); }
    void TearDown() override { schedule_threads(0); }
};

struct Tally {
    std::int64_t counts = 0, open = 0, wrong = 0;
};

/// Matrices of one shape: no rank that is proved is another than the truth.
template <class T>
void check(std::vector<Matrix> matrices, const std::vector<double>& taus, Tally& tally) {
    for (Matrix& matrix : matrices) {
        for (double& x : matrix.values)
            x = static_cast<double>(static_cast<T>(x));
    }
    const Counted got = count<T>(matrices, taus);
    for (std::size_t b = 0; b < matrices.size(); ++b) {
        const auto [sigma, relative] = count_kinds::truth(matrices[b]);
        for (std::size_t t = 0; t < taus.size(); ++t) {
            const RankEnds ends = got.ends[b * taus.size() + t];
            const double x = std::sqrt(taus[t] * static_cast<double>(matrices[b].cols));
            const double e = relative * sigma[0] + 2 * eps * x;
            const auto at_least = [&, &values = sigma](double y) {
                return std::count_if(values.begin(), values.end(),
                                     [y](double s) { return s >= y; });
            };
            ++tally.counts;
            tally.open += ends.low < ends.high ? 1 : 0;
            if (ends.low <= at_least(x - e) && ends.high >= at_least(x + e) &&
                ends.low <= ends.high) {
                continue;
            }
            ++tally.wrong;
            ADD_FAILURE() << matrices[b].rows << " x " << matrices[b].cols << " tau " << taus[t]
                          << ": " << at_least(x) << " is not in " << ends.low << " .. "
                          << ends.high;
        }
    }
}

// The kinds of tests/counting_test.cpp, thresholds at eigenvalues and near them among others.
TEST_F(TridiagonalCounts, NoProvedRankIsWrong) {
    using count_kinds::between;
    using count_kinds::uniform;
    Random random = oracle::generator(1);
    std::array<Tally, count_kinds::kinds.size()> tallies{};
    const std::int64_t groups = watched ? 16 : 800;
    constexpr std::int64_t group = 4;
    for (std::int64_t g = 0; g < groups; ++g) {
        const auto kind = static_cast<std::size_t>(g) % tallies.size();
        const auto side = [&] {
            const double x = uniform(random);
            if (watched) return between(1, 40, random);
            return x < 0.9     ? between(1, 16, random)
                   : x < 0.98  ? between(17, 48, random)
                   : x < 0.995 ? between(49, 100, random)
                               : between(101, 128, random);
        };
        const std::int64_t rows = side();
        const std::int64_t cols =
            uniform(random) < 0.5 ? rows : std::clamp<std::int64_t>(side(), 1, 4 * rows);
        std::vector<Matrix> h;
        for (std::int64_t b = 0; b < group; ++b)
            h.push_back(count_kinds::make(kind, rows, cols, random));
        const auto sigma = count_kinds::truth(h[0]).first;
        const auto lambda = [&](std::size_t i) {
            return sigma[i] * sigma[i] / static_cast<double>(cols);
        };
        const double top = std::max(lambda(0), 1e-300);
        const double any = lambda(static_cast<std::size_t>(
            between(0, static_cast<std::int64_t>(sigma.size()) - 1, random)));
        const double near = any * (1 + std::pow(10.0, -16 * uniform(random)));
        const auto whole = static_cast<double>(between(1, 4, random));
        const std::vector<double> taus{top * uniform(random), std::max(any, 1e-300),
                                       std::max(near, 1e-300),
                                       kind == 6 ? whole * whole / static_cast<double>(cols) : 1.0,
                                       top * std::pow(10.0, -24 * uniform(random))};
        if (g / static_cast<std::int64_t>(tallies.size()) % 2 == 0) {
            check<double>(h, taus, tallies.at(kind));
        } else {
            check<float>(h, taus, tallies.at(kind));
        }
    }
    std::printf("%-20s %9s %10s %6s\n", "kind", "counts", "open", "wrong");
    for (std::size_t kind = 0; kind < tallies.size(); ++kind) {
        const Tally& t = tallies.at(kind);
        std::printf("%-20s %9lld %8.3f %% %6lld\n", count_kinds::kinds.at(kind),
                    static_cast<long long>(t.counts),
                    100.0 * static_cast<double>(t.open) / static_cast<double>(t.counts),
                    static_cast<long long>(t.wrong));
        EXPECT_EQ(t.wrong, 0);
    }
}

/// What is due in every order of threads: sides about those where the grid of warps grows.
inline const std::vector<std::pair<std::int64_t, std::int64_t>>& shapes() {
    static const std::vector<std::pair<std::int64_t, std::int64_t>> all =
        watched ? std::vector<std::pair<std::int64_t, std::int64_t>>{{1, 1}, {7, 40}, {40, 33}}
                : std::vector<std::pair<std::int64_t, std::int64_t>>{
                      {1, 1},   {1, 9},   {9, 1},    {2, 2},    {3, 5},    {8, 8},   {31, 40},
                      {32, 32}, {40, 32}, {33, 33},  {33, 70},  {64, 64},  {65, 66}, {100, 65},
                      {96, 96}, {97, 97}, {128, 30}, {30, 128}, {128, 128}};
    return all;
}

// Counts and lambda_1 are those of the form; the sums are the CPU backend's; no bit depends on the
// order of threads. A sum of m numbers of one sign has a relative error below (m + 3) u.
TEST_F(TridiagonalCounts, AreThoseOfTheFormInEveryOrder) {
    Random random = oracle::generator(2);
    for (const auto& [rows, cols] : shapes()) {
        const std::int64_t n = std::min(rows, cols), k = std::max(rows, cols);
        const Matrix h = oracle::gaussian(rows, cols, random);
        const std::vector<double> taus{0.1, 0.5, 1.0, 1e-30, 1e300};
        SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(cols));
        const Counted got = same_in_every_order([&] { return count<double>({h}, taus); },
                                                check_orders(k > 66 ? 3 : 20));
        std::vector<double> w(h.values.size());
        ASSERT_EQ(cpu::widen(h.values.data(), rows, cols, cols, w.data()), got.exponent[0]);
        cpu::Gram gram;
        gram.form(w.data(), rows, cols);
        const double share = 2 * static_cast<double>(n * n + k + 8) * eps;
        EXPECT_NEAR(got.sums[0].trace, gram.trace, share * gram.trace);
        EXPECT_NEAR(got.sums[0].frobenius, gram.frobenius, share * gram.frobenius);
        const double gap = gram.orthogonality_gap(cols);
        EXPECT_NEAR(got.sums[0].orthogonality_gap, gap, share * (gap + 1));
        // Orthogonal transformations keep both, to the error of the form.
        double trace = 0, squares = 0;
        for (std::int64_t i = 0; i < n; ++i) {
            const double d = got.form[static_cast<std::size_t>(i)];
            trace += d;
            squares += d * d + 2 * got.form[static_cast<std::size_t>(n + i)];
        }
        const double e = gram_error(n, k, gram.trace, gram.frobenius, 0);
        EXPECT_NEAR(trace, gram.trace, std::sqrt(static_cast<double>(n)) * e);
        EXPECT_NEAR(std::sqrt(squares), gram.frobenius, e);
        for (std::size_t t = 0; t < taus.size(); ++t) {
            const double x = std::min(
                std::ldexp(taus[t], -2 * got.exponent[0]) * static_cast<double>(cols), 1e300);
            const double wide = gram_error(n, k, got.sums[0].trace, got.sums[0].frobenius, x);
            EXPECT_EQ(got.ends[t].low, count_of(got.form.data(), n, x + wide));
            EXPECT_EQ(got.ends[t].high, count_of(got.form.data(), n, x - wide));
        }
        const double top = got.lambda_1[0];
        EXPECT_GT(count_of(got.form.data(), n, top), 0);
        EXPECT_EQ(count_of(got.form.data(), n, std::nextafter(top, 2 * top)), 0);
    }
}

// Each number of warps, in both precisions.
TEST_F(TridiagonalCounts, EveryGridCounts) {
    Random random = oracle::generator(5);
    for (const std::int64_t n : {20, 34, 66, 98}) {
        Tally tally;
        const std::vector<Matrix> one{oracle::gaussian(n, n, random)};
        check<double>(one, {0.3, 1.0}, tally);
        check<float>(one, {0.3, 1.0}, tally);
        EXPECT_EQ(tally.open, 0) << n;
    }
}

// Draws 1 .. 6 of eight: plain, tiny, huge, zero, failed before, with a NaN.
TEST_F(TridiagonalCounts, TakeEveryKindOfDraw) {
    Random random = oracle::generator(3);
    for (const auto& [rows, cols] : {std::pair<std::int64_t, std::int64_t>{5, 9}, {40, 34}}) {
        const auto size = static_cast<std::size_t>(rows * cols);
        std::vector<double> h;
        for (int b = 0; b < 8; ++b) {
            const Matrix one = oracle::gaussian(rows, cols, random);
            h.insert(h.end(), one.values.begin(), one.values.end());
        }
        for (std::size_t e = 0; e < size; ++e) {
            h[2 * size + e] *= 1e-300;
            h[3 * size + e] *= 1e300;
            h[4 * size + e] = 0;
        }
        h[6 * size + 3] = std::numeric_limits<double>::quiet_NaN();
        std::vector<std::int64_t> failed(8, -1);
        failed[5] = 2;
        const DeviceArray<double> device(h);
        const DeviceArray<std::int64_t> layers(failed);
        const std::vector<std::int64_t> order{6, 3, 1, 5, 2, 4};
        const DeviceArray<std::int64_t> chosen(order);
        const std::vector<double> taus{0.2, 1.0};
        const WidenBatch<double> all{device.get(), rows * cols, rows, cols,
                                     layers.get(), nullptr,     1,    6};
        const auto from = [&](const std::int64_t* draws) {
            WidenBatch<double> batch = all;
            batch.draws = draws;
            return count(batch, taus);
        };
        const Counted plain = from(nullptr), listed = from(chosen.get());
        const auto n = static_cast<std::size_t>(std::min(rows, cols));
        for (std::size_t i = 0; i < 6; ++i) {
            const auto draw = static_cast<std::size_t>(order[i]) - 1;
            EXPECT_EQ(listed.exponent[i], plain.exponent[draw]);
            EXPECT_TRUE(
                std::equal(listed.form.begin() + static_cast<std::ptrdiff_t>(2 * n * i),
                           listed.form.begin() + static_cast<std::ptrdiff_t>(2 * n * (i + 1)),
                           plain.form.begin() + static_cast<std::ptrdiff_t>(2 * n * draw)));
            EXPECT_EQ(listed.lambda_1[i], plain.lambda_1[draw]);
        }
        EXPECT_EQ(plain.exponent[4], failed_before);
        EXPECT_EQ(plain.exponent[5], not_finite);
        for (const std::size_t empty : {3, 4, 5}) {
            EXPECT_EQ(plain.sums[empty].trace, 0);
            EXPECT_EQ(plain.lambda_1[empty], 0);
            EXPECT_TRUE(std::isnan(plain.sums[empty].orthogonality_gap));
            for (std::size_t t = 0; t < 2; ++t) {
                EXPECT_EQ(plain.ends[2 * empty + t].low, 0);
                EXPECT_EQ(plain.ends[2 * empty + t].high, 0);
            }
        }
        // Scaled by more than a square can take; tau is not.
        EXPECT_EQ(plain.ends[2].high, 0);
        EXPECT_EQ(plain.ends[4].low, static_cast<int>(n));
    }
}

// LAPACK's own measure, |l_hat - l| / (|G| max(m, n) eps) < 30, of the eigenvalues of the form.
TEST_F(TridiagonalCounts, FormsHaveTestRatiosBelowThirty) {
    Random random = oracle::generator(4);
    double worst = 0;
    using Shape = std::pair<std::int64_t, std::int64_t>;
    const std::vector<Shape> some =
        watched ? std::vector<Shape>{{3, 9}, {33, 33}}
                : std::vector<Shape>{{1, 1},   {2, 2},   {3, 3},   {3, 9},     {31, 31},
                                     {32, 32}, {33, 33}, {33, 99}, {99, 33},   {34, 34},
                                     {63, 63}, {64, 64}, {65, 65}, {127, 127}, {128, 128}};
    for (const auto& [rows, cols] : some) {
        const std::int64_t n = std::min(rows, cols);
        for (const auto& [name, sigma] : oracle::hard_spectra(n)) {
            if (watched && name != "graded" && name != "two clusters") continue;
            const Matrix h = oracle::with_spectrum(rows, cols, sigma, random);
            const Counted got = count<double>({h}, {1.0});
            cpu::Tridiagonal t;
            for (std::int64_t i = 0; i < n; ++i) {
                t.diagonal.push_back(got.form[static_cast<std::size_t>(i)]);
                if (i + 1 < n) {
                    t.off_diagonal.push_back(std::sqrt(got.form[static_cast<std::size_t>(n + i)]));
                }
            }
            const auto lambda = t.eigenvalues();
            ASSERT_EQ(lambda.size(), static_cast<std::size_t>(n));
            Matrix w = h;
            for (double& x : w.values)
                x = std::ldexp(x, -got.exponent[0]);
            // To 65 long double Jacobi; beyond, where that takes minutes, the spectrum that the
            // matrix was made with, kept to 8 max(m, n) eps by its four reflections.
            std::vector<double> exact;
            const bool served = n <= 65;
            if (served) {
                const auto real = oracle::singular_values(w);
                exact.assign(real.begin(), real.end());
            } else {
                for (const double s : sigma)
                    exact.push_back(std::ldexp(s, -got.exponent[0]));
                std::sort(exact.rbegin(), exact.rend());
            }
            for (std::size_t i = 0; i < exact.size(); ++i) {
                if (exact[0] == 0) {
                    EXPECT_EQ(lambda[i], 0);
                    continue;
                }
                const double ratio = std::fabs(lambda[i] - exact[i] * exact[i]) / exact[0] /
                                     exact[0] / static_cast<double>(std::max(rows, cols)) / eps;
                EXPECT_TRUE(ratio < (served ? 30 : 46)) << name << " " << rows << " x " << cols;
                worst = std::max(worst, ratio);
            }
        }
    }
    std::printf("worst LAPACK test ratio of the tridiagonal form: %.3f of 30\n", worst);
}

}  // namespace rankchain::cuda::tridiagonal_checks
