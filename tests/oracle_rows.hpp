// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What a program computed against the oracle, row by row.
#pragma once

#include "tests/oracle.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::oracle {

template <class T>
std::vector<T> normal_input(std::mt19937_64& random, std::int64_t size) {
    std::normal_distribution<T> normal;
    std::vector<T> h(static_cast<std::size_t>(size));
    for (T& x : h)
        x = normal(random);
    return h;
}

/// Rows compared over many cases.
class Rows {
  public:
    /// `goal` of a row of good condition, relative to its largest element; `u` the unit roundoff
    /// of what is compared.
    Rows(Real goal, Real u) : goal_(goal), u_(u) {}

    /// Every element of `got` within its bound, and rows of good condition within the goal, after a
    /// layer from k rows. Has fatal failures.
    template <class T>
    void compare(const std::vector<T>& got, const Matrix& want, std::int64_t k,
                 const std::string& label) {
        for (std::int64_t i = 0; i < want.rows; ++i) {
            Real size = 0, difference = 0, bound = 0;
            for (std::int64_t j = 0; j < want.cols; ++j) {
                const std::size_t at = want.at(i, j);
                const Real error = std::fabs(got[at] - want.value[at]);
                const Real allowed = want.error[at];
                ASSERT_TRUE(error <= allowed)
                    << label << " row " << i << " column " << j << " got " << got[at] << " want "
                    << want.value[at] << " allowed " << allowed;
                if (allowed > 0 && std::isfinite(allowed)) {
                    worst_share_ = std::max(worst_share_, error / allowed);
                }
                size = std::max(size, std::fabs(want.value[at]));
                difference = std::max(difference, error);
                bound = std::max(bound, allowed);
            }
            ++checked_;
            // A row of good condition: its bound is within 16 times what d + N roundings of
            // numbers of its own size give.
            if (bound <= 16 * static_cast<Real>(k + want.cols) * u_ * size) {
                ++good_;
                ASSERT_TRUE(difference <= goal_ * size) << label << " row " << i;
            }
        }
    }

    [[nodiscard]] std::int64_t checked() const { return checked_; }
    [[nodiscard]] std::int64_t good() const { return good_; }
    /// The largest share of its bound that an error took.
    [[nodiscard]] Real worst_share() const { return worst_share_; }

  private:
    Real goal_;
    Real u_;
    std::int64_t checked_ = 0;
    std::int64_t good_ = 0;
    Real worst_share_ = 0;
};

}  // namespace rankchain::oracle
