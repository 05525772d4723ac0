// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What stands before and after the QR of a linear chain's compression (docs/numerics.md).
#pragma once

#include <cstdint>

#include <cuda_runtime.h>

namespace rankchain::cuda {

/// a = h widened, its rows' means taken out where `center`; h, a [draws, rows, cols], contiguous.
///
/// Errors   cudaErrorInvalidValue for more rows than a grid has blocks; else the launch's.
/// Stream   enqueued on `stream`; does not synchronise.
/// Sums     the means in float64, in an order fixed by `cols`.
template <class T>
cudaError_t widen_rows(const T* h, double* a, std::int64_t draws, std::int64_t rows,
                       std::int64_t cols, bool center, cudaStream_t stream);

/// k = R^T, lower triangular, from what a QR left: R is the upper triangle of a column-major
/// [cols, rows] matrix, so that row j of a has column j of R first. a [draws, rows, cols],
/// k [draws, rows, rows], contiguous.
template <class T>
cudaError_t take_r(const double* a, T* k, std::int64_t draws, std::int64_t rows, std::int64_t cols,
                   cudaStream_t stream);

}  // namespace rankchain::cuda
