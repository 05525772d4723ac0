// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Metrics of one matrix as tests ask for them.
#pragma once

#include "host/cpu/blas_threads.hpp"
#include "host/cpu/measure.hpp"
#include "tests/spectrum_oracle.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain {

using oracle::Matrix;

inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double eps = std::numeric_limits<double>::epsilon();

inline Quantity quantity(Metric metric) {
    return {metric, nan, 0};
}

inline Quantity soft_rank(double tau) {
    return {Metric::soft_rank, tau, 0};
}

struct Result {
    std::vector<double> values;
    std::vector<std::uint8_t> resolved;
    DrawStatus status;
};

template <class T>
inline cpu::Observed<T> observe(const std::vector<T>& values, std::int64_t rows,
                                std::int64_t cols) {
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

[[gnu::noinline]] inline double measure_one(const Matrix& h, Quantity what) {
    return measure(observe(h.values, h.rows, h.cols), {what}).values[0];
}

/// Relative error; NaN fails.
[[gnu::noinline]] inline void expect_close(double value, oracle::Real truth, double tolerance,
                                           const char* what) {
    const auto error = std::fabs(static_cast<oracle::Real>(value) - truth);
    EXPECT_TRUE(error <= tolerance * std::fabs(truth))
        << what << ": " << value << " against " << static_cast<double>(truth);
}

/// Shapes that cross the block sizes of LAPACK and both orientations.
inline constexpr std::array<std::pair<std::int64_t, std::int64_t>, 11> shapes{{{1, 1},
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

/// H with the singular values given, exactly orthogonal factors: Hadamard over sqrt(n) where n is a
/// power of 4, so that every entry is exact for small integers.
inline Matrix hadamard(const std::vector<double>& sigma) {
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

/// All metrics that do not depend on the columns themselves.
inline std::vector<Quantity> invariants() {
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

}  // namespace rankchain
