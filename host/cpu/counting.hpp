// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Ranks as intervals that are sure to hold them.
#pragma once

#include "host/cpu/aligned_vector.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rankchain::cpu {

/// Neither end is known before a method has given it.
struct CountInterval {
    std::int64_t low = -1;
    std::int64_t high = -1;
    [[nodiscard]] bool known() const { return low >= 0; }
    [[nodiscard]] bool decided() const { return known() && low == high; }
};

/// Sturm counts of every lane at both ends of the error about each threshold.
class LaneCounts {
  public:
    void resize(std::size_t thresholds, std::size_t lanes);

    /// The true count at the threshold lies between the computed ones at `low` and at `high`.
    void ends(std::size_t threshold, std::size_t lane, double low, double high);

    /// Form: TridiagonalLanes or BidiagonalLanes.
    template <class Form>
    void count(const Form& form) {
        form.count_at_least(static_cast<std::int64_t>(2 * thresholds_), shifts_.data(),
                            counts_.data());
    }

    [[nodiscard]] CountInterval at(std::size_t threshold, std::size_t lane) const;

    static std::int64_t bytes(std::int64_t thresholds);

  private:
    std::size_t thresholds_ = 0;
    std::size_t lanes_ = 0;
    AlignedVector<double> shifts_;  ///< [threshold, high and low, lane]
    AlignedVector<double> counts_;
};

/// How many of `descending` are >= x.
std::int64_t count_at_least(std::span<const double> descending, double x);

}  // namespace rankchain::cpu
