// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/spectrum_oracle.hpp"

#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace rankchain::cuda {

/// Eight draws [rows, cols]; those that a kernel is to take are 1 .. 6: plain, tiny, huge, zero,
/// failed before, with a NaN.
template <class T>
struct EveryKindOfDraw {
    std::vector<T> h;
    std::vector<std::int64_t> failed{-1, -1, -1, -1, -1, 3, -1, -1};  ///< layers
    std::vector<std::int64_t> order{6, 3, 1, 5, 2, 4};
};

template <class T>
EveryKindOfDraw<T> every_kind_of_draw(std::int64_t rows, std::int64_t cols,
                                      std::mt19937_64& random) {
    const auto normal = oracle::gaussian(8 * rows, cols, random).values;
    EveryKindOfDraw<T> draws{{normal.begin(), normal.end()}};
    const auto size = static_cast<std::size_t>(rows * cols);
    for (std::size_t e = 0; e < size; ++e) {
        draws.h[2 * size + e] *= std::numeric_limits<T>::min();
        draws.h[3 * size + e] *= std::numeric_limits<T>::max() / 16;
        draws.h[4 * size + e] = T(0);
    }
    draws.h[6 * size + size / 2] = std::numeric_limits<T>::quiet_NaN();
    return draws;
}

}  // namespace rankchain::cuda
