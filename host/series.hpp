// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The arithmetic of statistics over draws, one source for host and device (docs/numerics.md,
// "Statistics"). C++17.
#pragma once

#include "host/arith/config.hpp"

#include <cmath>
#include <cstdint>
#include <limits>

namespace rankchain {

inline constexpr double no_value = std::numeric_limits<double>::quiet_NaN();

/// Neumaier's sum (ZAMM 54, 1974): the error of each addition is kept and added at the end.
struct CompensatedSum {
    double total = 0;
    double lost = 0;

    RANKCHAIN_HD void add(double x) {
        const double next = total + x;
        lost += fabs(total) >= fabs(x) ? (total - next) + x : (x - next) + total;
        total = next;
    }
    RANKCHAIN_HD double value() const { return fabs(total) < HUGE_VAL ? total + lost : total; }
};

/// The standard deviation from n deviations from the mean and their squares, summed. Their own sum,
/// zero but for the rounding of the mean, mends the variance (Chan, Golub & LeVeque 1983,
/// "corrected two-pass"). NaN where n < 2.
RANKCHAIN_HD double standard_deviation(double deviations, double squares, std::int64_t n) {
    if (n < 2) return no_value;
    const auto count = static_cast<double>(n);
    const double variance = (squares - deviations * deviations / count) / (count - 1);
    // Below zero only by rounding; NaN stays NaN.
    return sqrt(variance < 0 ? 0.0 : variance);
}

/// The quantile p in [0, 1] of n ascending values without NaN; NaN of none.
RANKCHAIN_HD double sorted_quantile(const double* sorted, std::int64_t n, double p) {
    if (n < 1) return no_value;
    const double place = static_cast<double>(n - 1) * p;
    const auto whole = static_cast<std::int64_t>(place);
    const std::int64_t below = whole < n - 1 ? whole : n - 1;
    const double part = place - static_cast<double>(below);
    const double a = sorted[below];
    if (part == 0.0 || below + 1 == n) return a;
    const double b = sorted[below + 1];
    // The infinite one; NaN between both.
    if (!(fabs(a) < HUGE_VAL && fabs(b) < HUGE_VAL)) return a + b;
    // From the nearer end, as NumPy does: exact at both.
    return part < 0.5 ? a + (b - a) * part : b - (b - a) * (1 - part);
}

}  // namespace rankchain
