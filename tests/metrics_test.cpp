// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/blas_threads.hpp"
#include "host/cpu/lanes.hpp"
#include "host/cpu/measure.hpp"
#include "host/spectrum_choice.hpp"
#include "tests/spectrum_oracle.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain {
namespace {

using oracle::Matrix;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double eps = std::numeric_limits<double>::epsilon();

Quantity quantity(Metric metric) {
    return {metric, nan, 0};
}

Quantity soft_rank(double tau) {
    return {Metric::soft_rank, tau, 0};
}

struct Result {
    std::vector<double> values;
    std::vector<std::uint8_t> resolved;
    DrawStatus status;
};

template <class T>
cpu::Observed<T> observe(const std::vector<T>& values, std::int64_t rows, std::int64_t cols) {
    return {.data = values.data(), .rows = rows, .cols = cols, .stride = cols, .batch = cols};
}

// Inlined at each of a hundred calls these make the sanitizers' compile take minutes.
template <class T>
[[gnu::noinline]] Result measure(const cpu::Observed<T>& h,
                                 const std::vector<Quantity>& quantities) {
    const cpu::SingleBlasThread single;
    Result result{
        std::vector<double>(quantities.size()), std::vector<std::uint8_t>(quantities.size()), {}};
    cpu::measure(h, quantities, result.values.data(), result.resolved.data(), 1, result.status);
    return result;
}

[[gnu::noinline]] double measure_one(const Matrix& h, Quantity what) {
    return measure(observe(h.values, h.rows, h.cols), {what}).values[0];
}

/// Relative error; NaN fails.
[[gnu::noinline]] void expect_close(double value, oracle::Real truth, double tolerance,
                                    const char* what) {
    const auto error = std::fabs(static_cast<oracle::Real>(value) - truth);
    EXPECT_TRUE(error <= tolerance * std::fabs(truth))
        << what << ": " << value << " against " << static_cast<double>(truth);
}

/// Shapes that cross the block sizes of LAPACK and both orientations.
constexpr std::array<std::pair<std::int64_t, std::int64_t>, 11> shapes{{{1, 1},
                                                                        {1, 5},
                                                                        {5, 1},
                                                                        {2, 2},
                                                                        {3, 2},
                                                                        {7, 7},
                                                                        {8, 20},
                                                                        {20, 8},
                                                                        {33, 31},
                                                                        {40, 70},
                                                                        {70, 40}}};

// Each metric against its definition. Relative perturbations of sigma_1 are p(n) u; a factor of
// n^2 covers every p of docs/numerics.md, sums and their logarithms included.
TEST(Metrics, AgreeWithTheirDefinitions) {
    auto random = oracle::generator(1);
    for (const auto& [rows, cols] : shapes) {
        SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(cols));
        const Matrix h = oracle::gaussian(rows, cols, random);
        const std::int64_t n = std::min(rows, cols);
        const auto sigma = oracle::singular_values(h);
        const auto longest = static_cast<double>(std::max(rows, cols));
        const double tolerance = 4 * longest * longest * eps;
        const auto condition = static_cast<double>(sigma.front() / sigma.back());
        const auto result =
            measure(observe(h.values, rows, cols),
                    {quantity(Metric::rank_lower_bound), quantity(Metric::numerical_rank),
                     quantity(Metric::stable_rank), quantity(Metric::effective_rank),
                     quantity(Metric::orthogonality_gap), quantity(Metric::isometry_gap),
                     quantity(Metric::mean_abs_cosine), quantity(Metric::condition_number)});
        EXPECT_FALSE(result.status.spectrum_failed);
        const auto& v = result.values;
        expect_close(v[0], oracle::rank_lower_bound(h), tolerance, "rank_lower_bound");
        EXPECT_EQ(v[1], static_cast<double>(n));
        expect_close(v[2], oracle::stable_rank(h), tolerance, "stable_rank");
        expect_close(v[3], oracle::effective_rank(h), tolerance, "effective_rank");
        if (cols > 1) {
            expect_close(v[4], oracle::orthogonality_gap(h), tolerance, "orthogonality_gap");
            expect_close(v[6], oracle::mean_abs_cosine(h), tolerance, "mean_abs_cosine");
        }
        EXPECT_NEAR(v[5], static_cast<double>(oracle::isometry_gap(h, n)), tolerance * condition);
        expect_close(v[7], sigma.front() / sigma.back(), tolerance * condition, "condition_number");
    }
}

TEST(Metrics, SpectrumAndCountsAreThoseOfTheMatrix) {
    auto random = oracle::generator(2);
    for (const auto& [rows, cols] : shapes) {
        SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(cols));
        const Matrix h = oracle::gaussian(rows, cols, random);
        const auto lambda = oracle::eigenvalues(h);
        std::vector<Quantity> quantities{soft_rank(0.1), soft_rank(0.5), soft_rank(0.0)};
        for (std::int64_t i = 1; i <= std::min(rows, cols); ++i) {
            quantities.push_back({Metric::spectrum, nan, i});
        }
        const auto both = measure(observe(h.values, rows, cols), quantities);
        quantities.resize(3);
        const auto counts = measure(observe(h.values, rows, cols), quantities);
        for (std::size_t q = 0; q < 3; ++q) {
            std::int64_t count = 0;
            for (const auto value : lambda)
                count += value >= quantities[q].tau ? 1 : 0;
            EXPECT_EQ(both.values[q], static_cast<double>(count));
            EXPECT_EQ(counts.values[q], static_cast<double>(count));
            EXPECT_EQ(counts.resolved[q], 0);
        }
        const auto longest = static_cast<double>(std::max(rows, cols));
        for (std::size_t i = 0; i < lambda.size(); ++i) {
            const auto bound =
                30 * longest * eps * static_cast<double>(std::sqrt(lambda[i] * lambda[0])) * 2;
            EXPECT_NEAR(both.values[3 + i], static_cast<double>(lambda[i]), bound);
        }
    }
}

TEST(Metrics, ZeroMatrixHasTheDocumentedValues) {
    const Matrix zero(3, 4);
    EXPECT_EQ(measure_one(zero, soft_rank(0.1)), 0.0);
    EXPECT_EQ(measure_one(zero, soft_rank(0.0)), 3.0);
    EXPECT_EQ(measure_one(zero, quantity(Metric::rank_lower_bound)), 0.0);
    EXPECT_EQ(measure_one(zero, quantity(Metric::numerical_rank)), 0.0);
    EXPECT_EQ(measure_one(zero, quantity(Metric::stable_rank)), 0.0);
    EXPECT_EQ(measure_one(zero, quantity(Metric::effective_rank)), 0.0);
    EXPECT_EQ(measure_one(zero, quantity(Metric::isometry_gap)), infinity);
    EXPECT_EQ(measure_one(zero, quantity(Metric::condition_number)), infinity);
    EXPECT_EQ(measure_one(zero, {Metric::spectrum, nan, 1}), 0.0);
    EXPECT_TRUE(std::isnan(measure_one(zero, quantity(Metric::orthogonality_gap))));
    EXPECT_TRUE(std::isnan(measure_one(zero, quantity(Metric::mean_abs_cosine))));
    EXPECT_TRUE(std::isnan(measure_one(zero, {Metric::lyapunov, nan, 1})));
}

/// H with the singular values given, exactly orthogonal factors: Hadamard over sqrt(n) where n is a
/// power of 4, so that every entry is exact for small integers.
Matrix hadamard(const std::vector<double>& sigma) {
    const auto n = static_cast<std::int64_t>(sigma.size());
    Matrix h(n, n);
    for (std::int64_t i = 0; i < n; ++i) {
        for (std::int64_t j = 0; j < n; ++j) {
            for (std::int64_t k = 0; k < n; ++k) {
                const bool odd =
                    __builtin_parityll(static_cast<unsigned long long>(k & (i ^ j))) != 0;
                h(i, j) += (odd ? -1.0 : 1.0) * sigma[static_cast<std::size_t>(k)];
            }
            h(i, j) /= static_cast<double>(n);
        }
    }
    return h;
}

TEST(Metrics, OfAKnownSpectrumFollowByHand) {
    // sigma = 4, 2, 2, 0: sigma^2 = 16, 4, 4, 0, N = 4.
    const Matrix h = hadamard({4, 2, 2, 0});
    const double tolerance = 64 * eps;
    EXPECT_NEAR(measure_one(h, quantity(Metric::rank_lower_bound)), 24.0 * 24.0 / 288.0, tolerance);
    EXPECT_EQ(measure_one(h, quantity(Metric::numerical_rank)), 3.0);
    EXPECT_NEAR(measure_one(h, quantity(Metric::stable_rank)), 1.5, tolerance);
    // p = 1/2, 1/4, 1/4: entropy 1.5 ln 2.
    EXPECT_NEAR(measure_one(h, quantity(Metric::effective_rank)), std::pow(2.0, 1.5), tolerance);
    EXPECT_NEAR(measure_one(h, quantity(Metric::orthogonality_gap)), std::sqrt(0.5 - 0.25),
                tolerance);
    EXPECT_EQ(measure_one(h, quantity(Metric::isometry_gap)), infinity);
    EXPECT_EQ(measure_one(h, quantity(Metric::condition_number)), infinity);
    EXPECT_EQ(measure_one(h, soft_rank(0.9)), 3.0);
    EXPECT_EQ(measure_one(h, soft_rank(1.1)), 1.0);
    EXPECT_NEAR(measure_one(h, {Metric::spectrum, nan, 1}), 4.0, tolerance);
    EXPECT_NEAR(measure_one(h, {Metric::spectrum, nan, 3}), 1.0, tolerance);
    EXPECT_TRUE(std::isnan(measure_one(h, {Metric::spectrum, nan, 5})));
}

TEST(Metrics, OfAnOrthogonalMatrixAreTheirExtremes) {
    const Matrix h = hadamard(std::vector<double>(16, 4.0));
    EXPECT_NEAR(measure_one(h, quantity(Metric::rank_lower_bound)), 16.0, 256 * eps);
    EXPECT_NEAR(measure_one(h, quantity(Metric::stable_rank)), 16.0, 256 * eps);
    EXPECT_NEAR(measure_one(h, quantity(Metric::effective_rank)), 16.0, 256 * eps);
    EXPECT_NEAR(measure_one(h, quantity(Metric::condition_number)), 1.0, 256 * eps);
    // Nothing cancels in these: they are zero to the rounding of their terms, where
    // sqrt(1 / r - 1 / N) would be off by sqrt(eps).
    EXPECT_LE(measure_one(h, quantity(Metric::orthogonality_gap)), 16 * eps);
    EXPECT_LE(measure_one(h, quantity(Metric::isometry_gap)), 256 * eps * eps);
    EXPECT_LE(measure_one(h, quantity(Metric::mean_abs_cosine)), 16 * eps);
}

// Nearly orthogonal columns: the gaps are of the size of the perturbation, x = 2^-20, and its
// square. An error 2 30 16 eps in lambda, the bound of the singular values, moves them by that over
// x; both would be lost in differences of numbers near one.
TEST(Metrics, SmallGapsKeepTheirDigits) {
    std::vector<double> sigma;
    for (int i = 15; i >= 0; --i)
        sigma.push_back(1.0 + std::ldexp(i * i, -27));
    Matrix diagonal(16, 16);
    for (std::int64_t i = 0; i < 16; ++i)
        diagonal(i, i) = sigma[static_cast<std::size_t>(i)];
    oracle::Real mean = 0;
    oracle::Real gap = 0;
    for (const double s : sigma)
        mean += oracle::Real{s} * s / 16;
    for (const double s : sigma) {
        const oracle::Real x = (oracle::Real{s} * s - mean) / mean;
        gap += (x - std::log1p(x)) / 16;
    }
    const double tolerance = 2 * 2 * 30 * 16 * eps * std::ldexp(1.0, 20);
    for (const Matrix& h : {hadamard(sigma), diagonal}) {
        expect_close(measure_one(h, quantity(Metric::orthogonality_gap)),
                     oracle::orthogonality_gap(h), tolerance, "orthogonality_gap");
        expect_close(measure_one(h, quantity(Metric::isometry_gap)), gap, tolerance,
                     "isometry_gap");
    }
}

/// Each kind of matrix that chains make, by number.
Matrix chain_like(int kind, std::int64_t rows, std::int64_t cols, std::mt19937_64& random) {
    Matrix h = oracle::gaussian(rows, cols, random);
    if (kind == 1) {  // columns nearly the same
        for (std::int64_t i = 0; i < rows; ++i) {
            for (std::int64_t j = 1; j < cols; ++j)
                h(i, j) = h(i, 0) + 1e-3 * h(i, j);
        }
    }
    if (kind == 2) {  // rows of unit mean square: diag(M) = 1
        for (std::int64_t i = 0; i < rows; ++i) {
            double sum = 0;
            for (std::int64_t j = 0; j < cols; ++j)
                sum += h(i, j) * h(i, j);
            const double factor = std::sqrt(static_cast<double>(cols) / sum);
            for (std::int64_t j = 0; j < cols; ++j)
                h(i, j) *= factor;
        }
    }
    if (kind == 3) {  // rectified
        for (double& value : h.values)
            value = std::max(value, 0.0);
    }
    return h;
}

TEST(Metrics, IdentitiesHoldOnEveryKindOfMatrix) {
    auto random = oracle::generator(3);
    for (int trial = 0; trial < 200; ++trial) {
        const std::int64_t rows = 2 + static_cast<std::int64_t>(random() % 30);
        const std::int64_t cols = 2 + static_cast<std::int64_t>(random() % 30);
        const Matrix h = chain_like(trial % 4, rows, cols, random);
        const auto result =
            measure(observe(h.values, rows, cols),
                    {quantity(Metric::rank_lower_bound), quantity(Metric::orthogonality_gap),
                     quantity(Metric::numerical_rank), quantity(Metric::stable_rank),
                     quantity(Metric::effective_rank)});
        const double r = result.values[0];
        const double gap = result.values[1];
        const double rank = result.values[2];
        const double slack = 1 + 4 * 900 * eps;
        EXPECT_NEAR(gap * gap, 1 / r - 1 / static_cast<double>(cols), 4 * 900 * eps);
        EXPECT_LE(r, rank * slack);
        EXPECT_GE(r, 1 / slack);
        EXPECT_LE(result.values[3], r * slack);  // ||H||^4 / ||H H^T||^2 >= ||H||^2 / sigma_1^2
        EXPECT_LE(result.values[4], static_cast<double>(std::min(rows, cols)) * slack);
    }
}

// Theorem 2's inequality, on matrices whose rows have mean square one.
TEST(Metrics, SoftRankIsBoundedBelowWhereTheDiagonalIsOne) {
    auto random = oracle::generator(4);
    for (int trial = 0; trial < 200; ++trial) {
        const std::int64_t rows = 1 + static_cast<std::int64_t>(random() % 40);
        const std::int64_t cols = 1 + static_cast<std::int64_t>(random() % 40);
        const Matrix h = chain_like(2, rows, cols, random);
        const double r = measure_one(h, quantity(Metric::rank_lower_bound));
        for (const double tau : {0.0, 0.1, 0.3, 0.5, 0.9}) {
            EXPECT_GE(measure_one(h, soft_rank(tau)), (1 - tau) * (1 - tau) * r * (1 - 1e-12));
        }
    }
}

/// All metrics that do not depend on the columns themselves.
std::vector<Quantity> invariants() {
    return {soft_rank(0.1),
            soft_rank(0.5),
            quantity(Metric::rank_lower_bound),
            quantity(Metric::numerical_rank),
            quantity(Metric::stable_rank),
            quantity(Metric::effective_rank),
            quantity(Metric::orthogonality_gap),
            quantity(Metric::isometry_gap),
            quantity(Metric::condition_number),
            {Metric::spectrum, nan, 1},
            {Metric::spectrum, nan, 3}};
}

TEST(Metrics, DoNotDependOnTheBasis) {
    auto random = oracle::generator(5);
    const Matrix h = oracle::gaussian(16, 24, random);
    const Matrix rotation = hadamard([] {
        std::vector<double> signs(16, 1.0);
        for (std::size_t i = 0; i < 16; i += 3)
            signs[i] = -1.0;
        return signs;
    }());
    const Matrix rotated = oracle::product(rotation, h);
    Matrix permuted = h;
    for (std::int64_t i = 0; i < 16; ++i) {
        for (std::int64_t j = 0; j < 24; ++j)
            permuted(i, j) = h((i + 5) % 16, (j * 7) % 24);
    }
    auto quantities = invariants();
    for (std::size_t first : {std::size_t{0}, std::size_t{1}}) {
        if (first == 1) quantities = {soft_rank(0.1), soft_rank(0.5), quantities[4]};
        const auto plain = measure(observe(h.values, 16, 24), quantities);
        const auto other = measure(observe(rotated.values, 16, 24), quantities);
        const auto mixed = measure(observe(permuted.values, 16, 24), quantities);
        for (std::size_t q = 0; q < quantities.size(); ++q) {
            const double tolerance = 2000 * eps * (1 + std::fabs(plain.values[q]));
            EXPECT_NEAR(other.values[q], plain.values[q], tolerance) << q;
            EXPECT_NEAR(mixed.values[q], plain.values[q], tolerance) << q;
        }
    }
    EXPECT_NEAR(measure_one(permuted, quantity(Metric::mean_abs_cosine)),
                measure_one(h, quantity(Metric::mean_abs_cosine)), 100 * eps);
}

TEST(Metrics, ScalingByAPowerOfTwoChangesOnlyWhatItShould) {
    auto random = oracle::generator(6);
    const Matrix h = oracle::gaussian(9, 12, random);
    std::vector<Quantity> quantities = invariants();
    quantities.push_back(quantity(Metric::mean_abs_cosine));
    const auto plain = measure(observe(h.values, 9, 12), quantities);
    for (const int power : {-480, -3, 5, 480}) {
        Matrix scaled = h;
        for (double& value : scaled.values)
            value = std::ldexp(value, power);
        quantities[0].tau = std::ldexp(0.1, 2 * power);
        quantities[1].tau = std::ldexp(0.5, 2 * power);
        auto result = measure(observe(scaled.values, 9, 12), quantities);
        for (const std::size_t q : {9U, 10U}) {
            result.values[q] = std::ldexp(result.values[q], -2 * power);
        }
        EXPECT_EQ(result.values, plain.values);
    }
}

TEST(Metrics, Float32IsWidenedAndHasItsOwnResolution) {
    auto random = oracle::generator(7);
    Matrix wide = oracle::gaussian(20, 20, random);
    std::vector<float> narrow;
    for (double& value : wide.values) {
        narrow.push_back(static_cast<float>(value));
        value = static_cast<double>(narrow.back());
    }
    EXPECT_EQ(measure(observe(narrow, 20, 20), invariants()).values,
              measure(observe(wide.values, 20, 20), invariants()).values);
    // sigma_2 / sigma_1 = 1e-6 lies between 20 eps of the two precisions, 2.4e-6 and 4.4e-15.
    Matrix graded(20, 20);
    graded(0, 0) = 1;
    graded(1, 1) = 1e-6;
    const std::vector<float> rounded(graded.values.begin(), graded.values.end());
    EXPECT_EQ(measure_one(graded, quantity(Metric::numerical_rank)), 2.0);
    EXPECT_EQ(measure(observe(rounded, 20, 20), {quantity(Metric::numerical_rank)}).values[0], 1.0);
}

TEST(Metrics, NumericalRankIsNumPysAtItsThreshold) {
    // sigma_i > sigma_1 max(d, N) eps is strict: 8 eps itself does not count.
    Matrix h(2, 8);
    h(0, 0) = 1;
    h(1, 1) = 8 * eps;
    EXPECT_EQ(measure_one(h, quantity(Metric::numerical_rank)), 1.0);
    h(1, 1) = 8 * eps * (1 + eps);
    EXPECT_EQ(measure_one(h, quantity(Metric::numerical_rank)), 2.0);
}

TEST(Metrics, CentredRowsLoseOneDirection) {
    auto random = oracle::generator(8);
    Matrix h = oracle::gaussian(12, 6, random);
    for (std::int64_t i = 0; i < 12; ++i) {
        oracle::Real mean = 0;
        for (std::int64_t j = 0; j < 6; ++j)
            mean += h(i, j) / oracle::Real{6};
        for (std::int64_t j = 0; j < 6; ++j)
            h(i, j) -= static_cast<double>(mean);
    }
    auto observed = observe(h.values, 12, 6);
    observed.centred = true;
    const auto result =
        measure(observed, {quantity(Metric::isometry_gap), quantity(Metric::condition_number)});
    const auto sigma = oracle::singular_values(h);
    expect_close(result.values[0], oracle::isometry_gap(h, 5), 1e-12, "isometry_gap");
    expect_close(result.values[1], sigma[0] / sigma[4], 1e-12, "condition_number");
    observed.centred = false;
    EXPECT_EQ(measure(observed, {quantity(Metric::isometry_gap)}).values[0], infinity);
}

// H = K Q^T with orthonormal Q [40, 10]: everything but the columns is seen from K [10, 10].
TEST(Metrics, CompressedMatrixStandsForTheWhole) {
    auto random = oracle::generator(9);
    const Matrix k = oracle::gaussian(10, 10, random);
    // Two Householder reflections of the first 10 columns of the identity.
    Matrix q(40, 10);
    for (std::int64_t i = 0; i < 10; ++i)
        q(i, i) = 1;
    for (int pass = 0; pass < 2; ++pass) {
        const Matrix v = oracle::gaussian(40, 1, random);
        const auto norm = static_cast<double>(oracle::squared_norm(v));
        for (std::int64_t j = 0; j < 10; ++j) {
            double dot = 0;
            for (std::int64_t i = 0; i < 40; ++i)
                dot += v(i, 0) * q(i, j);
            for (std::int64_t i = 0; i < 40; ++i)
                q(i, j) -= 2 * dot / norm * v(i, 0);
        }
    }
    const Matrix h = oracle::product(k, oracle::transpose(q));
    auto compressed = observe(k.values, 10, 10);
    compressed.batch = 40;
    const auto quantities = invariants();
    const auto whole = measure(observe(h.values, 10, 40), quantities);
    const auto part = measure(compressed, quantities);
    for (std::size_t i = 0; i < quantities.size(); ++i) {
        EXPECT_NEAR(part.values[i], whole.values[i],
                    40 * 40 * 4 * eps * std::fabs(whole.values[i]) *
                        (quantities[i].metric == Metric::condition_number ? whole.values[8] : 1))
            << i;
    }
    EXPECT_THROW((void)measure(compressed, {quantity(Metric::mean_abs_cosine)}), Error);
    // Fewer columns than min(d, N): the rest of the spectrum is zero.
    auto narrow = observe(k.values, 10, 4);
    narrow.stride = 10;
    narrow.batch = 40;
    const auto padded = measure(narrow, {{Metric::spectrum, nan, 4},
                                         {Metric::spectrum, nan, 5},
                                         {Metric::spectrum, nan, 10},
                                         {Metric::spectrum, nan, 11},
                                         soft_rank(0.0)});
    EXPECT_GT(padded.values[0], 0.0);
    EXPECT_EQ(padded.values[1], 0.0);
    EXPECT_EQ(padded.values[2], 0.0);
    EXPECT_TRUE(std::isnan(padded.values[3]));
    EXPECT_EQ(padded.values[4], 10.0);
}

TEST(Metrics, StrideSkipsWhatIsNotPartOfTheMatrix) {
    auto random = oracle::generator(10);
    const Matrix h = oracle::gaussian(6, 5, random);
    std::vector<double> padded(54, nan);
    for (std::int64_t i = 0; i < 6; ++i) {
        for (std::int64_t j = 0; j < 5; ++j)
            padded[static_cast<std::size_t>(i * 9 + j)] = h(i, j);
    }
    auto observed = observe(padded, 6, 5);
    observed.stride = 9;
    EXPECT_EQ(measure(observed, invariants()).values,
              measure(observe(h.values, 6, 5), invariants()).values);
}

TEST(Metrics, CosinesLeaveZeroColumnsOut) {
    // Columns (1,0), (1,1), 0: one pair, at 45 degrees.
    Matrix h(2, 3);
    h(0, 0) = 1;
    h(0, 1) = 1;
    h(1, 1) = 1;
    EXPECT_NEAR(measure_one(h, quantity(Metric::mean_abs_cosine)), std::sqrt(0.5), 4 * eps);
    Matrix single(2, 2);
    single(0, 1) = 1;
    EXPECT_TRUE(std::isnan(measure_one(single, quantity(Metric::mean_abs_cosine))));
}

TEST(Metrics, CosinesCrossThePanels) {
    auto random = oracle::generator(11);
    for (const std::int64_t cols : {63, 64, 65, 127, 129, 200}) {
        const Matrix h = oracle::gaussian(5, cols, random);
        expect_close(measure_one(h, quantity(Metric::mean_abs_cosine)), oracle::mean_abs_cosine(h),
                     1e-13, "mean_abs_cosine");
    }
}

TEST(Metrics, LyapunovUndoesTheKeptLogs) {
    // H = c W with sigma(W) = 4, 2, 1, 0 after 3 layers and ln c = 0.7.
    Matrix h = hadamard({4, 2, 1, 0});
    for (double& value : h.values)
        value *= std::exp(0.7);
    auto observed = observe(h.values, 4, 4);
    observed.log_scale = 0.7;
    observed.layer = 3;
    std::vector<Quantity> quantities;
    for (std::int64_t i = 1; i <= 5; ++i)
        quantities.push_back({Metric::lyapunov, nan, i});
    const auto result = measure(observed, quantities);
    EXPECT_NEAR(result.values[0], std::log(4.0) / 3, 64 * eps);
    EXPECT_NEAR(result.values[1], std::log(2.0) / 3, 64 * eps);
    EXPECT_NEAR(result.values[2], 0.0, 64 * eps);
    EXPECT_TRUE(std::isnan(result.values[3]));  // below the resolution
    EXPECT_TRUE(std::isnan(result.values[4]));  // no such value
    observed.layer = 0;
    EXPECT_TRUE(std::isnan(measure(observed, quantities).values[0]));
}

TEST(Metrics, NumbersThatAreNotFiniteAreNeverMeasured) {
    std::vector<double> h(12, 1.0);
    h[7] = nan;
    auto quantities = invariants();
    const auto spectral = measure(observe(h, 3, 4), quantities);
    EXPECT_TRUE(spectral.status.spectrum_failed);
    for (const double value : spectral.values)
        EXPECT_TRUE(std::isnan(value));
    const auto gram = measure(observe(h, 3, 4), {quantity(Metric::rank_lower_bound)});
    EXPECT_TRUE(std::isnan(gram.values[0]));
    EXPECT_FALSE(gram.status.spectrum_failed);
}

TEST(Metrics, ValuesAreWrittenWithTheStrideAskedFor) {
    const Matrix h = hadamard({4, 2, 2, 1});
    const std::vector<Quantity> quantities{soft_rank(0.9), quantity(Metric::rank_lower_bound)};
    std::vector<double> values(6, -7);
    std::vector<std::uint8_t> resolved(6, 9);
    DrawStatus status;
    cpu::measure(observe(h.values, 4, 4), quantities, values.data() + 1, resolved.data() + 1, 3,
                 status);
    EXPECT_EQ(values[1], 3.0);
    EXPECT_NEAR(values[4], 625.0 / 289.0, 64 * eps);
    EXPECT_EQ((std::vector<double>{values[0], values[2], values[3], values[5]}),
              std::vector<double>(4, -7));
    EXPECT_EQ(resolved, (std::vector<std::uint8_t>{9, 0, 9, 9, 0, 9}));
}

TEST(Metrics, MemoryIsKnownBeforehand) {
    const std::vector<Quantity> gram{quantity(Metric::rank_lower_bound)};
    const std::vector<Quantity> all = invariants();
    const std::int64_t square = std::int64_t{8} * 128 * 128;
    EXPECT_GE(cpu::measure_bytes(128, 128, gram), 2 * square);
    // The group's Gram matrices and panels come on top, in the lanes of a vector.
    EXPECT_LE(cpu::measure_bytes(128, 128, gram), (3 + cpu::lane_count()) * square);
    EXPECT_GE(cpu::measure_bytes(128, 128, all), 3 * square);
    // No product of sizes overflows.
    EXPECT_GT(cpu::measure_bytes(100000, 1000000, gram), std::int64_t{8} * 100000 * 1000000);
}

}  // namespace
}  // namespace rankchain
