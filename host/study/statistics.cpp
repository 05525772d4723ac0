// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/study/statistics.hpp"

#include "host/series.hpp"

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

Moments moments(std::span<const double> values) {
    if (values.empty()) return {};
    CompensatedSum sum;
    for (const double x : values)
        sum.add(x);
    const double mean = sum.value() / static_cast<double>(values.size());
    double deviations = 0;
    double squares = 0;
    for (const double x : values) {
        const double deviation = x - mean;
        deviations += deviation;
        squares += deviation * deviation;
    }
    return {mean,
            standard_deviation(deviations, squares, static_cast<std::int64_t>(values.size()))};
}

}  // namespace

double quantile(std::span<const double> sorted, double p) {
    return sorted_quantile(sorted.data(), static_cast<std::int64_t>(sorted.size()), p);
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
    summary.undecided = series.undecided;
    summary.margin = series.margin;
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
