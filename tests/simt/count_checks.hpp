// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What every way of counting ranks on a device, emulated or not, must show: proved ranks against
// known singular values, its condensed form against LAPACK's own measure, the same bits in every
// order of threads, beside whatever neighbours. A Form is
//   squares                 whether it goes through the Gram matrix: the values of its form are
//                           sigma^2, it gives GramSums and takes no numerical rank
//   form(CountBatch<T>)     counts; returns what the launch did
//   values(w, numbers)      of the form that it gave for `w`, descending
//   error(n, k, sigma)      what its counts on sigma allow for, beside the rounding of thresholds;
//                           infinite where that is no number for all sigma
#pragma once

#include "host/arith/count_error.hpp"
#include "host/spectrum_choice.hpp"
#include "kernels/counts.cuh"
#include "tests/count_kinds.hpp"
#include "tests/hard_spectra.hpp"
#include "tests/simt/device_array.hpp"
#include "tests/simt/draw_kinds.hpp"
#include "tests/simt/schedule.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::cuda::count_checks {

using count_kinds::Matrix;
using count_kinds::Random;
using Shape = std::pair<std::int64_t, std::int64_t>;  ///< rows, cols

inline constexpr double eps = std::numeric_limits<double>::epsilon();
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// All that is said of some matrices.
struct Counted {
    std::vector<int> exponent;
    std::vector<RankEnds> ends;          ///< [matrix, tau]
    std::vector<double> lambda_1, form;  ///< lambda_1 is empty where it was not wanted
    std::vector<GramSums> sums;          ///< empty where the Form has none

    friend bool operator==(const Counted& a, const Counted& b) {
        return same_bits(a.exponent, b.exponent) && same_bits(a.ends, b.ends) &&
               same_bits(a.lambda_1, b.lambda_1) && same_bits(a.form, b.form) &&
               same_bits(a.sums, b.sums);
    }
};

template <class Form, class T>
Counted count(const Form& form, const WidenBatch<T>& h, const std::vector<double>& taus,
              bool top = true) {
    const auto ranks = static_cast<std::int64_t>(taus.size());
    const DeviceArray<double> thresholds(taus);
    const DeviceArray<int> exponent(h.count);
    const DeviceArray<RankEnds> ends(h.count * ranks);
    const DeviceArray<double> lambda_1(h.count), numbers(2 * std::min(h.rows, h.cols) * h.count);
    const DeviceArray<GramSums> sums(h.count);
    CountBatch<T> batch;
    batch.h = h;
    batch.batch = h.cols;
    batch.taus = thresholds.get();
    batch.ranks = ranks;
    batch.resolution =
        resolution(1.0, h.rows, h.cols, sizeof(T) == 4 ? Precision::float32 : Precision::float64);
    batch.exponent = exponent.get();
    batch.ends = ends.get();
    batch.lambda_1 = top ? lambda_1.get() : nullptr;
    batch.form = numbers.get();
    batch.sums = Form::squares ? sums.get() : nullptr;
    EXPECT_EQ(form(batch), cudaSuccess);
    EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
    return {exponent.host(), ends.host(), top ? lambda_1.host() : std::vector<double>(),
            numbers.host(), Form::squares ? sums.host() : std::vector<GramSums>()};
}

/// Of matrices of one shape, each rounded to T.
template <class T, class Form>
Counted count(const Form& form, const std::vector<Matrix>& matrices,
              const std::vector<double>& taus) {
    const std::int64_t rows = matrices[0].rows, cols = matrices[0].cols;
    std::vector<T> h;
    for (const Matrix& matrix : matrices) {
        for (const double x : matrix.values)
            h.push_back(static_cast<T>(x));
    }
    const DeviceArray<T> device(h);
    return count(form,
                 WidenBatch<T>{device.get(), rows * cols, rows, cols, nullptr, nullptr, 0,
                               static_cast<std::int64_t>(matrices.size())},
                 taus);
}

/// W: h by 2^-exponent.
inline Matrix scaled(Matrix h, int exponent) {
    for (double& x : h.values)
        x = std::ldexp(x, -exponent);
    return h;
}

inline std::int64_t at_least(const std::vector<double>& sigma, double x) {
    return std::count_if(sigma.begin(), sigma.end(), [x](double s) { return s >= x; });
}

struct Tally {
    std::int64_t ranks = 0, open = 0;
};

/// Matrices of one shape: every interval holds the rank that the singular values say, and is one
/// number where none of them is within twice the error of the threshold.
template <class T, class Form>
void check_intervals(const Form& form, std::vector<Matrix> matrices,
                     const std::vector<double>& taus, Tally& tally) {
    const std::int64_t rows = matrices[0].rows, cols = matrices[0].cols;
    for (Matrix& matrix : matrices) {
        for (double& x : matrix.values)
            x = static_cast<double>(static_cast<T>(x));
    }
    const Counted got = count<T>(form, matrices, taus);
    for (std::size_t b = 0; b < matrices.size(); ++b) {
        const auto [sigma, relative] = count_kinds::truth(scaled(matrices[b], got.exponent[b]));
        const double unit = form.error(std::min(rows, cols), std::max(rows, cols), sigma);
        EXPECT_TRUE(std::fabs(std::sqrt(got.lambda_1[b]) - sigma[0]) <=
                    unit + relative * sigma[0] + 4 * eps * sigma[0]);
        for (std::size_t t = 0; t < taus.size(); ++t) {
            const RankEnds ends = got.ends[b * taus.size() + t];
            const bool numerical = std::isnan(taus[t]);
            if (numerical && sigma[0] == 0) {
                EXPECT_EQ(ends.high, 0);
                continue;
            }
            const double step =
                numerical ? resolution(1.0, rows, cols,
                                       sizeof(T) == 4 ? Precision::float32 : Precision::float64)
                          : 0.0;
            const double x = numerical
                                 ? step * sigma[0]
                                 : std::sqrt(arith::gram_threshold(taus[t], got.exponent[b], cols));
            // The oracle's own error.
            const double e = relative * sigma[0] * (1 + step) + 2 * eps * x;
            ++tally.ranks;
            tally.open += ends.low == ends.high ? 0 : 1;
            const std::int64_t fewest = at_least(sigma, x + e), most = at_least(sigma, x - e);
            EXPECT_TRUE(ends.low <= most && ends.high >= fewest && ends.low <= ends.high)
                << rows << " x " << cols << " tau " << taus[t] << ": " << ends.low << " .. "
                << ends.high << " does not meet " << fewest << " .. " << most;
            // sigma_1 is known to 2^-12 at least; here to the last bit.
            const double wide = 2.1 * (unit * (1 + step) + 4 * eps * x) + e;
            if (at_least(sigma, x + wide) == at_least(sigma, x - wide)) {
                EXPECT_EQ(ends.low, ends.high) << rows << " x " << cols << " tau " << taus[t];
            }
        }
    }
}

/// The kinds of tests/count_kinds.hpp in turn, four matrices of a shape(random) at a time, in both
/// precisions; thresholds at eigenvalues and near them among others.
template <class Form, class Draw>
void check_kinds(const Form& form, std::uint64_t seed, std::int64_t groups, const Draw& shape) {
    using count_kinds::between;
    using count_kinds::uniform;
    Random random = oracle::generator(seed);
    std::array<std::array<Tally, 2>, count_kinds::kinds.size()> tallies{};
    for (std::int64_t g = 0; g < groups; ++g) {
        const auto kind = static_cast<std::size_t>(g) % tallies.size();
        const auto [rows, cols] = shape(random);
        std::vector<Matrix> h;
        h.reserve(4);
        for (int b = 0; b < 4; ++b)
            h.push_back(count_kinds::make(kind, rows, cols, random));
        const auto sigma = count_kinds::truth(h[0]).first;
        const auto lambda = [&sigma, n = cols](std::int64_t i) {
            const double s = sigma[static_cast<std::size_t>(i)];
            return s * s / static_cast<double>(n);
        };
        const double top = std::max(lambda(0), 1e-300);
        const double any = lambda(between(0, static_cast<std::int64_t>(sigma.size()) - 1, random));
        const double near = any * (1 + std::pow(10.0, -16 * uniform(random)));
        const auto whole = static_cast<double>(between(1, 4, random));
        std::vector<double> taus{top * uniform(random), std::max(any, 1e-300),
                                 std::max(near, 1e-300),
                                 kind == 6 ? whole * whole / static_cast<double>(cols) : 1.0,
                                 top * std::pow(10.0, -24 * uniform(random))};
        if (!Form::squares) taus.push_back(nan);
        auto& [in64, in32] = tallies.at(kind);
        if (g / static_cast<std::int64_t>(tallies.size()) % 2 == 0) {
            check_intervals<double>(form, h, taus, in64);
        } else {
            check_intervals<float>(form, h, taus, in32);
        }
    }
    std::printf("%-20s %18s %18s\n%-20s %9s%9s %9s%9s\n", "", "float64", "float32", "kind", "ranks",
                "open", "ranks", "open");
    for (std::size_t kind = 0; kind < tallies.size(); ++kind) {
        std::printf("%-20s", count_kinds::kinds.at(kind));
        for (const Tally& t : tallies.at(kind)) {
            std::printf(" %9lld%7.3f %%", static_cast<long long>(t.ranks),
                        100.0 * static_cast<double>(t.open) / static_cast<double>(t.ranks));
        }
        std::printf("\n");
    }
}

/// LAPACK's own measure, |value - sigma| / (|A| max(m, n) eps) < 30, and alike for sigma^2. Sizes
/// to 65 against long double Jacobi; beyond, where that takes minutes, against the spectrum that
/// the matrix was made with, which its four reflections keep to 8 max(m, n) eps.
template <class Form>
void check_ratios(const Form& form, std::uint64_t seed, const std::vector<Shape>& shapes) {
    Random random = oracle::generator(seed);
    double worst = 0;
    for (const auto& [rows, cols] : shapes) {
        const std::int64_t n = std::min(rows, cols), k = std::max(rows, cols);
        const bool exactly = n <= 65;
        const auto spectra = oracle::hard_spectra(n);
        std::vector<Matrix> matrices;
        matrices.reserve(spectra.size());
        for (const auto& [name, sigma] : spectra)
            matrices.push_back(oracle::with_spectrum(rows, cols, sigma, random));
        const Counted got = count<double>(form, matrices, {1.0});
        for (std::size_t b = 0; b < spectra.size(); ++b) {
            const auto& [name, sigma] = spectra[b];
            const Matrix w = scaled(matrices[b], got.exponent[b]);
            std::vector<oracle::Real> exact;
            if (exactly) {
                exact = oracle::singular_values(w);
            } else {
                for (const double s : sigma)
                    exact.push_back(std::ldexp(s, -got.exponent[b]));
                std::sort(exact.rbegin(), exact.rend());
            }
            for (oracle::Real& x : exact)
                x = Form::squares ? x * x : x;
            const auto values =
                form.values(w, got.form.data() + b * 2 * static_cast<std::size_t>(n));
            const double ratio = oracle::test_ratio(values, exact, k);
            EXPECT_TRUE(ratio < (exactly         ? 30
                                 : Form::squares ? 46
                                                 : 38))
                << name << " " << rows << " x " << cols << ": " << ratio;
            worst = std::max(worst, ratio);
        }
    }
    std::printf("worst LAPACK test ratio: %.3f of 30\n", worst);
}

/// What matrices of one shape are counted to, in every order of threads, and the last of them alone
/// too.
template <class T, class Form>
Counted check_every_order(const Form& form, const std::vector<Matrix>& matrices,
                          const std::vector<double>& taus, std::uint64_t others = check_schedules) {
    SCOPED_TRACE(std::to_string(matrices[0].rows) + " x " + std::to_string(matrices[0].cols));
    Counted got = same_in_every_order([&] { return count<T>(form, matrices, taus); }, others);
    if (matrices.size() > 1) {
        const Counted alone = count<T>(form, {matrices.back()}, taus);
        EXPECT_TRUE(std::equal(alone.form.rbegin(), alone.form.rend(), got.form.rbegin()));
    }
    return got;
}

/// Draws 1 .. 6 of every_kind_of_draw(), in turn; of a list of them in another order the same.
template <class Form>
Counted check_draws(const Form& form, Shape shape, const std::vector<double>& taus, Random& random,
                    bool top = true) {
    const auto [rows, cols] = shape;
    const auto draws = every_kind_of_draw<double>(rows, cols, random);
    const DeviceArray<double> device(draws.h);
    const DeviceArray<std::int64_t> layers(draws.failed), chosen(draws.order);
    WidenBatch<double> batch{device.get(), rows * cols, rows, cols, layers.get(), nullptr, 1, 6};
    Counted plain = count(form, batch, taus, top);
    batch.draws = chosen.get();
    const Counted listed = count(form, batch, taus, top);
    const auto numbers = static_cast<std::ptrdiff_t>(2 * std::min(rows, cols));
    for (std::size_t i = 0; i < 6; ++i) {
        const auto draw = static_cast<std::size_t>(draws.order[i]) - 1;
        EXPECT_EQ(listed.exponent[i], plain.exponent[draw]);
        const auto from = listed.form.begin() + numbers * static_cast<std::ptrdiff_t>(i);
        EXPECT_TRUE(std::equal(from, from + numbers,
                               plain.form.begin() + numbers * static_cast<std::ptrdiff_t>(draw)));
        if (top) {
            EXPECT_EQ(listed.lambda_1[i], plain.lambda_1[draw]);
        }
        for (std::size_t t = 0; t < taus.size(); ++t) {
            EXPECT_EQ(listed.ends[i * taus.size() + t].low, plain.ends[draw * taus.size() + t].low);
            EXPECT_EQ(listed.ends[i * taus.size() + t].high,
                      plain.ends[draw * taus.size() + t].high);
        }
    }
    EXPECT_EQ(plain.exponent[4], failed_before);
    EXPECT_EQ(plain.exponent[5], not_finite);
    return plain;
}

}  // namespace rankchain::cuda::count_checks
