// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Statistics over draws: pure functions of the values in draw order.
#pragma once

#include <rankchain/metrics.hpp>
#include <rankchain/study.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace rankchain {

/// One quantity at one recorded depth, one entry a draw, in draw order.
struct Series {
    std::vector<double> values;          ///< NaN: the draw has no such value
    std::vector<std::uint8_t> resolved;  ///< as long as `values`, or empty for none
    std::int64_t undecided = 0;          ///< draws with a margin (Samples::margin)
    double margin = 0;                   ///< the largest
};

/// Summary of a series (docs/numerics.md, "Statistics"). NaN values are left out and counted in
/// `failed`; n is the number of the others, in draw order x_1 .. x_n.
///
///   mean    m = (sum x_i) / n, the sum compensated (Neumaier)
///   std     sqrt((sum (x_i - m)^2 - (sum (x_i - m))^2 / n) / (n - 1));  stderr = std / sqrt(n)
///   q_p     linear interpolation at (n - 1) p of the sorted values (NumPy's default)
///
/// n = 0: all NaN. n = 1: std and stderr NaN. An infinite value is a value: the mean is infinite
/// (NaN where both signs occur), std and stderr are NaN, quantiles and extremes are as ordered.
/// `histogram` (of whole numbers) only where `integer`. `degenerate_rows` is taken as it is.
Summary summarise(const Series& series, bool integer, std::int64_t degenerate_rows);

/// The quantile p in [0, 1] of ascending values without NaN; NaN of none.
double quantile(std::span<const double> sorted, double p);

}  // namespace rankchain
