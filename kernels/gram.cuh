// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What lies between a batch of matrices H [rows, cols] and the libraries' products and spectra.
//
// Everything goes through the tall matrix of H in float64: W = 2^-e H with its largest entry in
// [1, 2), stored as n = min(rows, cols) vectors of k = max(rows, cols) numbers, the rows of H where
// rows <= cols, else its columns. To a library it is a column-major [k, n] matrix.
#pragma once

#include <climits>
#include <cstdint>

#include <cuda_runtime.h>

namespace rankchain::cuda {

/// In place of the exponent of a draw that has no W: its tall matrix is zero.
inline constexpr int failed_before = INT_MIN;   ///< failed_layer says so
inline constexpr int not_finite = INT_MIN + 1;  ///< an entry is not

/// Matrices `count` of which are to be taken: number i is draws[i], or first + i.
template <class T>
struct WidenBatch {
    const T* data = nullptr;  ///< [B, rows, cols], `stride` numbers from draw to draw
    std::int64_t stride = 0;
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    const std::int64_t* failed_layer = nullptr;  ///< [B], or null: none failed
    const std::int64_t* draws = nullptr;         ///< [count], or null
    std::int64_t first = 0;
    std::int64_t count = 0;
};

/// tall [count, n, k] and exponent [count] (null: not wanted).
///
/// Errors   what the launch returned.
/// Stream   enqueued on `stream`; does not synchronise.
/// Order    gpu_to_gpu: a maximum and multiplications by a power of two.
template <class T>
cudaError_t widen(const WidenBatch<T>& batch, double* tall, int* exponent, cudaStream_t stream);

/// Of one Gram matrix G; Measured (host/measured.hpp) says of what.
struct GramSums {
    double trace;
    double frobenius;
    double orthogonality_gap;
};

/// sums [count] of gram [count, n, n], symmetric; N = batch.
///
/// Sums     each in an order that n fixes, by 256 threads.
/// Stream   enqueued on `stream`; does not synchronise.
cudaError_t gram_sums(const double* gram, std::int64_t count, std::int64_t n, std::int64_t batch,
                      GramSums* sums, cudaStream_t stream);

/// mean |cos| over pairs of columns is sum / (directed (directed - 1) / 2).
struct CosineSums {
    double sum;       ///< over the pairs so far
    double directed;  ///< columns that are not zero
};

/// inverse [count, cols]: 1 / the norm of each column of W, 0 of a zero column; sums [count] = {0,
/// directed}.
///
/// Sums     over the rows in turn.
cudaError_t inverse_norms(const double* tall, std::int64_t count, std::int64_t rows,
                          std::int64_t cols, double* inverse, CosineSums* sums,
                          cudaStream_t stream);

/// Adds the pairs (first + j, first + i), j < panel, j < i < cols - first, whose inner products are
/// products [count, cols - first, panel] at [i, j].
///
/// Sums     in an order that the sizes fix, by 256 threads.
cudaError_t add_cosines(const double* products, std::int64_t count, std::int64_t cols,
                        std::int64_t first, std::int64_t panel, const double* inverse,
                        CosineSums* sums, cudaStream_t stream);

}  // namespace rankchain::cuda
