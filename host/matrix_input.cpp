// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/matrix_input.hpp"

#include <rankchain/error.hpp>

#include <cmath>
#include <string>

namespace rankchain {

void require_matrices(BatchView<const double> h) {
    if (h.draws < 0 || h.rows < 0 || h.cols < 0) {
        throw InvalidArgument("matrices of shape [" + std::to_string(h.draws) + ", " +
                              std::to_string(h.rows) + ", " + std::to_string(h.cols) +
                              "]; allowed are sizes from 0");
    }
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
