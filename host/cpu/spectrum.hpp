// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rankchain/spectrum.hpp>

#include <cstdint>
#include <span>

namespace rankchain::cpu {

/// Singular values of a [rows, cols] row-major matrix, descending, min(rows, cols) of them, by
/// LAPACK dgesdd and, where that does not converge, dgesvd.
/// Returns 0, or how many values the last solver did not bring to converge (all of them where an
/// entry is not finite); the values are NaN then.
int singular_values(const double* h, std::int64_t rows, std::int64_t cols, double* values);

/// One LAPACK driver, values only, of a column-major [m, n] matrix that it destroys: its `info`.
using SingularValueSolver = int (*)(double* a, std::int64_t m, std::int64_t n, double* values);

/// singular_values() by the first of `solvers` that converges.
int singular_values(const double* h, std::int64_t rows, std::int64_t cols, double* values,
                    std::span<const SingularValueSolver> solvers);

/// Bytes singular_values() allocates for one matrix, at most.
std::int64_t singular_values_bytes(std::int64_t rows, std::int64_t cols);

/// The batched operations of host/ops.hpp, parallel over draws.
Spectrum singular_values(BatchView<const double> h, int threads);
SoftRanks soft_ranks(BatchView<const double> h, std::span<const double> taus, int threads,
                     SpectrumMethod method = SpectrumMethod::automatic);

}  // namespace rankchain::cpu
