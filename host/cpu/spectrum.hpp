// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rankchain/spectrum.hpp>

#include <cstdint>
#include <span>

namespace rankchain::cpu {

/// Singular values of a [rows, cols] row-major matrix, descending, min(rows, cols) of them, by
/// LAPACK dgesdd and, where that does not converge, dgesvd. `h` is destroyed.
/// Returns 0, or what the last solver reported; the values are NaN then.
int singular_values(double* h, std::int64_t rows, std::int64_t cols, double* values);

/// The batched operations of host/ops.hpp, parallel over draws.
Spectrum singular_values(BatchView<const double> h, int threads);
SoftRanks soft_ranks(BatchView<const double> h, std::span<const double> taus, int threads);

}  // namespace rankchain::cpu
