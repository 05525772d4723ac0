// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/counting.hpp"

#include "host/cpu/lanes.hpp"

#include <algorithm>

namespace rankchain::cpu {

void LaneCounts::resize(std::size_t thresholds, std::size_t lanes) {
    thresholds_ = thresholds;
    lanes_ = lanes;
    shifts_.assign(2 * thresholds * lanes, 0.0);
    counts_.resize(shifts_.size());
}

void LaneCounts::ends(std::size_t threshold, std::size_t lane, double low, double high) {
    shifts_[2 * threshold * lanes_ + lane] = high;
    shifts_[(2 * threshold + 1) * lanes_ + lane] = low;
}

CountInterval LaneCounts::at(std::size_t threshold, std::size_t lane) const {
    return {static_cast<std::int64_t>(counts_[2 * threshold * lanes_ + lane]),
            static_cast<std::int64_t>(counts_[(2 * threshold + 1) * lanes_ + lane])};
}

std::int64_t LaneCounts::bytes(std::int64_t thresholds) {
    return std::int64_t{8} * 4 * thresholds * lane_count();
}

std::int64_t count_at_least(std::span<const double> descending, double x) {
    return std::partition_point(descending.begin(), descending.end(),
                                [x](double value) { return value >= x; }) -
           descending.begin();
}

}  // namespace rankchain::cpu
