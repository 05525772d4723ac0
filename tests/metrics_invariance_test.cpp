// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What metrics must not depend on, and what holds between them.
#include "host/cpu/measure.hpp"
#include "tests/metrics_case.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain {
namespace {

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

}  // namespace
}  // namespace rankchain
