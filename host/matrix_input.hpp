// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Checks of what callers hand to the operations of rankchain/spectrum.hpp.
#pragma once

#include <rankchain/array.hpp>

#include <span>

namespace rankchain {

/// InvalidArgument for a negative size or the first entry that is not finite: draw, row, column.
void require_matrices(BatchView<const double> h);

/// InvalidArgument for a tau that is NaN, negative or infinite.
void require_taus(std::span<const double> taus);

}  // namespace rankchain
