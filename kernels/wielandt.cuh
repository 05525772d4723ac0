// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The matrices from which a library finds singular values. All column-major.
#pragma once

#include <cstdint>

#include <cuda_runtime.h>

namespace rankchain::cuda {

/// The first n rows of `count` matrices [k, n], one after the other.
struct SquareBatch {
    const double* data = nullptr;
    std::int64_t count = 0;
    std::int64_t n = 0;
    std::int64_t k = 0;
    bool triangular = false;  ///< what stands below the diagonal is not theirs: zero instead
};

/// out [count, n, n]: the matrices themselves.
///
/// Stream   enqueued on `stream`; does not synchronise. Order gpu_to_gpu.
cudaError_t copy_squares(const SquareBatch& squares, double* out, cudaStream_t stream);

/// out [count, 2n, 2n] = [[0, R], [R^T, 0]] (Jordan, Wielandt), whose eigenvalues are +-sigma_i(R).
///
/// Stream   enqueued on `stream`; does not synchronise. Order gpu_to_gpu.
cudaError_t wielandt(const SquareBatch& squares, double* out, cudaStream_t stream);

/// out[i] = data + i * stride, i < count.
cudaError_t make_pointers(double* data, std::int64_t stride, std::int64_t count, double** out,
                          cudaStream_t stream);

}  // namespace rankchain::cuda
