// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/study/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace rankchain {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Moments {
    double mean = nan;
    double std = nan;
};

// Neumaier's sum (ZAMM 54, 1974): the error of each addition is kept and added at the end.
double sum(std::span<const double> values) {
    double total = 0;
    double lost = 0;
    for (const double x : values) {
        const double next = total + x;
        lost += std::abs(total) >= std::abs(x) ? (total - next) + x : (x - next) + total;
        total = next;
    }
    return std::isfinite(total) ? total + lost : total;
}

// Two passes. The deviations' own sum, zero but for the rounding of the mean, mends the variance
// (Chan, Golub & LeVeque 1983, "corrected two-pass").
Moments moments(std::span<const double> values) {
    if (values.empty()) return {};
    const auto n = static_cast<double>(values.size());
    const double mean = sum(values) / n;
    if (values.size() < 2) return {mean, nan};
    double deviations = 0;
    double squares = 0;
    for (const double x : values) {
        const double deviation = x - mean;
        deviations += deviation;
        squares += deviation * deviation;
    }
    const double variance = (squares - deviations * deviations / n) / (n - 1);
    // Below zero only by rounding; NaN stays NaN.
    return {mean, std::sqrt(variance < 0 ? 0.0 : variance)};
}

}  // namespace

double quantile(std::span<const double> sorted, double p) {
    if (sorted.empty()) return nan;
    const double place = static_cast<double>(sorted.size() - 1) * p;
    const auto below = std::min(static_cast<std::size_t>(place), sorted.size() - 1);
    const double part = place - static_cast<double>(below);
    const double a = sorted[below];
    if (part == 0.0 || below + 1 == sorted.size()) return a;
    const double b = sorted[below + 1];
    if (std::isinf(a) || std::isinf(b)) return a + b;  // the infinite one; NaN between both
    // From the nearer end, as NumPy does: exact at both.
    return part < 0.5 ? a + (b - a) * part : b - (b - a) * (1 - part);
}

Summary summarise(const Series& series, bool integer, std::int64_t degenerate_rows) {
    std::vector<double> values;
    values.reserve(series.values.size());
    for (const double x : series.values) {
        if (!std::isnan(x)) values.push_back(x);
    }
    Summary summary;
    summary.count = static_cast<std::int64_t>(values.size());
    summary.failed = static_cast<std::int64_t>(series.values.size()) - summary.count;
    summary.resolved =
        std::accumulate(series.resolved.begin(), series.resolved.end(), std::int64_t{0});
    summary.degenerate_rows = degenerate_rows;
    const Moments found = moments(values);
    summary.mean = found.mean;
    summary.std = found.std;
    summary.stderr_ = found.std / std::sqrt(static_cast<double>(summary.count));
    if (integer) {
        for (const double x : values)
            ++summary.histogram[static_cast<std::int64_t>(x)];
    }
    std::sort(values.begin(), values.end());
    summary.min = values.empty() ? nan : values.front();
    summary.max = values.empty() ? nan : values.back();
    summary.q05 = quantile(values, 0.05);
    summary.q25 = quantile(values, 0.25);
    summary.median = quantile(values, 0.5);
    summary.q75 = quantile(values, 0.75);
    summary.q95 = quantile(values, 0.95);
    return summary;
}

}  // namespace rankchain
