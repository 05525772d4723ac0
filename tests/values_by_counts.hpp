// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cpu/lanes.hpp"

#include <cstdint>
#include <vector>

namespace rankchain {

/// Every value of a form of the CPU backend below `top`, descending, by bisection on the counts of
/// one lane: the i-th is where the count falls to i.
template <class Form>
std::vector<double> values_by_counts(const Form& form, std::int64_t n, double top) {
    const auto lanes = static_cast<std::size_t>(cpu::lane_count());
    const auto side = static_cast<std::size_t>(n);
    std::vector<double> low(side, 0.0);
    std::vector<double> high(side, top);
    cpu::AlignedVector<double> x(side * lanes);
    cpu::AlignedVector<double> counts(side * lanes);
    for (int step = 0; step < 120; ++step) {
        for (std::size_t i = 0; i < side; ++i)
            x[i * lanes] = low[i] + 0.5 * (high[i] - low[i]);
        form.count_at_least(n, x.data(), counts.data());
        for (std::size_t i = 0; i < side; ++i) {
            (counts[i * lanes] > static_cast<double>(i) ? low : high)[i] = x[i * lanes];
        }
    }
    return low;
}

}  // namespace rankchain
