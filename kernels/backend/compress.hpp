// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/backend/memory.hpp"

#include <cstdint>

#include <cublas_v2.h>

namespace rankchain::cuda {

/// K [d, d], lower triangular, with H = K Q^T and Q [N, d] of orthonormal columns (N >= d):
/// docs/numerics.md, "Compression of linear chains". The R of cuBLAS's Householder QR of H^T in
/// float64.
template <class T>
class Compression {
  public:
    /// For H [., rows, cols]. Takes need() bytes of `memory`, which must outlive it. `handle`
    /// computes on `stream`. Errors   OutOfMemory; DeviceError.
    Compression(Memory& memory, cublasHandle_t handle, cudaStream_t stream, std::int64_t rows,
                std::int64_t cols);

    /// Bytes of device memory the constructor takes.
    [[nodiscard]] static std::int64_t need(std::int64_t rows, std::int64_t cols);

    /// k [draws, rows, rows], contiguous, from h [draws, rows, cols], contiguous. With `center`, of
    /// H with its rows' means taken out first; Q's columns are then orthogonal to the vector of
    /// ones. K of an H that is not finite means nothing.
    ///
    /// Alias    k may be h.
    /// Order    run_to_run, whatever the number of draws: every QR is of a batch whose size the
    ///          shape fixes.
    /// Stream   enqueued; does not synchronise.
    void compress(const T* h, T* k, std::int64_t draws, bool center);

  private:
    cublasHandle_t handle_;
    cudaStream_t stream_;
    std::int64_t rows_, cols_, at_once_;
    Buffer<double> a_;          ///< [at once, d, N]
    Buffer<double> tau_;        ///< [at once, d]
    Buffer<double*> pointers_;  ///< [2, at once], into both
};

extern template class Compression<float>;
extern template class Compression<double>;

}  // namespace rankchain::cuda
