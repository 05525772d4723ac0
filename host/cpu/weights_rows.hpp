// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/arith/counter.hpp"

#include <cstdint>

namespace rankchain::cpu {

/// Rows first_row .. first_row + row_count - 1 of the random matrix of `run` with `cols` columns,
/// into out with `stride` floats from row to row. All blocks must be below 2^32.
void fill_rows(arith::Law law, const arith::PhiloxRun& run, std::int64_t cols,
               std::int64_t first_row, std::int64_t row_count, float* out, std::int64_t stride);

}  // namespace rankchain::cpu
