// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/weights_rows.hpp"

#include "host/arith/weights.hpp"

namespace rankchain::cpu {
namespace {

template <arith::Law law>
void fill(const arith::PhiloxRun& run, std::int64_t cols, std::int64_t first_row,
          std::int64_t row_count, float* out, std::int64_t stride) {
    for (std::int64_t i = 0; i < row_count; ++i) {
        for (std::int64_t j = 0; j < cols; ++j) {
            out[i * stride + j] = arith::element<law>(run, cols, first_row + i, j);
        }
    }
}

}  // namespace

void fill_rows(arith::Law law, const arith::PhiloxRun& run, std::int64_t cols,
               std::int64_t first_row, std::int64_t row_count, float* out, std::int64_t stride) {
    using arith::Law;
    switch (law) {
        case Law::gaussian:
            return fill<Law::gaussian>(run, cols, first_row, row_count, out, stride);
        case Law::uniform:
            return fill<Law::uniform>(run, cols, first_row, row_count, out, stride);
        case Law::uniform_positive:
            return fill<Law::uniform_positive>(run, cols, first_row, row_count, out, stride);
        case Law::half_normal:
            return fill<Law::half_normal>(run, cols, first_row, row_count, out, stride);
        case Law::rademacher:
            return fill<Law::rademacher>(run, cols, first_row, row_count, out, stride);
        case Law::bits:
            return fill<Law::bits>(run, cols, first_row, row_count, out, stride);
    }
}

}  // namespace rankchain::cpu
