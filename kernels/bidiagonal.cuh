// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Ranks by Sturm counts on the bidiagonal form of H itself, and its singular values by bisection,
// all of it on chip: small singular values are not lost by squaring.
#pragma once

#include "kernels/counts.cuh"

#include <cstddef>
#include <cstdint>

#include <cuda_runtime.h>

namespace rankchain::cuda {

/// Bytes of shared memory that a block of count_bidiagonal() takes. With n = min(rows, cols), k =
/// max(rows, cols): at most 51 KiB where registers hold the matrix (k <= 128 and n <= 128, or k <=
/// 256 and n <= 64), else 8 (n k + 12 k' + 4 n' + 2 n + 30), k' and n' the next multiples of 32. In
/// 227 KiB fit n = k = 160, or 64 and 375.
std::size_t bidiagonal_bytes(std::int64_t rows, std::int64_t cols);

/// Does count_bidiagonal() take matrices of this shape on a device whose blocks can have so many
/// bytes of shared memory?
bool has_bidiagonal_counts(std::int64_t rows, std::int64_t cols, std::size_t shared_limit);

/// For each matrix, with W as kernels/gram.cuh has it, [n, k] or [k, n]: B = U^T W V or its
/// transpose, bidiagonal, by Householder reflections; for each tau the Sturm counts on [[0, B],
/// [B^T, 0]] at sqrt(N tau) + e and sqrt(N tau) - e, e = arith::bidiagonal_error(). For the
/// numerical rank the ends are those of the interval that holds sigma_1, which is found to 2^-12,
/// or, where lambda_1 is wanted, to the last bit: lambda_1 is its square. values, where they are
/// wanted, are the singular values of B to 2^-53 ||W||_F, by bisection. form, where it is wanted,
/// is d_1^2, f_1^2, d_2^2, .., d_n^2 of B, then ||W||_F. batch.sums is not looked at.
///
/// Sums     in float64; each in an order that (rows, cols) fixes.
/// Errors   cudaErrorInvalidValue for a shape it does not take; what the launch returned.
/// Stream   enqueued on `stream`; does not synchronise.
/// Order    gpu_to_gpu.
template <class T>
cudaError_t count_bidiagonal(const CountBatch<T>& batch, cudaStream_t stream);

}  // namespace rankchain::cuda
