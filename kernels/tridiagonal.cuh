// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Ranks by Sturm counts on the tridiagonal form of the Gram matrix, all of it on chip.
#pragma once

#include "kernels/counts.cuh"

#include <cstdint>

#include <cuda_runtime.h>

namespace rankchain::cuda {

/// The largest n = min(rows, cols) that count_tridiagonal() takes.
inline constexpr std::int64_t tridiagonal_limit = 128;

/// For each matrix, with W as kernels/gram.cuh has it and G [n, n] the Gram matrix of its smaller
/// side: G, its sums, T = Q^T G Q by Householder reflections, and for each tau the counts on T at
/// N tau + e and N tau - e, e = arith::gram_error(); form, where it is wanted, is the diagonal of
/// T, then the squares of the entries beside it and a zero. No tau may be NaN. batch.values is not
/// looked at.
///
/// Sums     in float64; each in an order that (rows, cols) fixes.
/// Errors   cudaErrorInvalidValue for a shape it does not take; what the launch returned.
/// Stream   enqueued on `stream`; does not synchronise.
/// Order    gpu_to_gpu, but for the tensor cores' own sums over k.
template <class T>
cudaError_t count_tridiagonal(const CountBatch<T>& batch, cudaStream_t stream);

}  // namespace rankchain::cuda
