// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Checks of what callers hand to the operations of rankchain/spectrum.hpp.
#pragma once

#include <rankchain/array.hpp>

#include <cstdint>
#include <span>

namespace rankchain {

/// InvalidArgument for a negative size, a side beyond 2^31 - 1, which linear algebra libraries
/// count in, and more than 2^55 numbers, so that the bytes of a few copies of them are counted in
/// 64 bits.
void require_shape(std::int64_t draws, std::int64_t rows, std::int64_t cols);

/// As require_shape(), and for the first entry that is not finite: draw, row, column.
void require_matrices(BatchView<const double> h);

/// InvalidArgument for a tau that is NaN, negative or infinite.
void require_taus(std::span<const double> taus);

}  // namespace rankchain
