// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/matrix_input.hpp"

#include <rankchain/error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace rankchain {

void require_shape(std::int64_t draws, std::int64_t rows, std::int64_t cols) {
    constexpr std::int64_t side = std::numeric_limits<std::int32_t>::max();
    constexpr std::int64_t numbers = std::int64_t{1} << 55;
    const bool sides = rows >= 0 && rows <= side && cols >= 0 && cols <= side;
    const std::int64_t size =
        sides ? std::max<std::int64_t>(rows, 1) * std::max<std::int64_t>(cols, 1) : 1;
    if (draws < 0 || !sides || draws > numbers / size) {
        throw InvalidArgument("matrices of shape [" + std::to_string(draws) + ", " +
                              std::to_string(rows) + ", " + std::to_string(cols) +
                              "]; allowed are sizes from 0, rows and columns to 2^31 - 1 and 2^55 "
                              "numbers in all");
    }
}

void require_matrices(BatchView<const double> h) {
    require_shape(h.draws, h.rows, h.cols);
    for (std::int64_t i = 0; i < h.size(); ++i) {
        if (std::isfinite(h.data[i])) continue;
        const std::int64_t inside = i % (h.rows * h.cols);
        throw InvalidArgument("matrix " + std::to_string(i / (h.rows * h.cols)) + ", row " +
                              std::to_string(inside / h.cols) + ", column " +
                              std::to_string(inside % h.cols) + " is " + std::to_string(h.data[i]) +
                              "; allowed are finite numbers");
    }
}

void require_taus(std::span<const double> taus) {
    for (const double tau : taus) {
        if (tau >= 0.0 && std::isfinite(tau)) continue;
        throw InvalidArgument("soft_rank threshold tau is " + std::to_string(tau) +
                              "; allowed are finite numbers from 0");
    }
}

}  // namespace rankchain
