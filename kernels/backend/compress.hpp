// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include <cublas_v2.h>
#include <cuda_runtime.h>

namespace rankchain::cuda {

class Memory;

/// K [d, d], lower triangular, with H = K Q^T and Q [N, d] of orthonormal columns (N >= d):
/// docs/numerics.md, "Compression of linear chains"; when, host/cpu/compress.hpp. The R of cuBLAS's
/// Householder QR of H^T in float64.
template <class T>
class Compression {
  public:
    /// For H [., rows, cols]. Takes need() bytes of `memory`, which must outlive
    /// it. `handle` computes on `stream`.
    /// Errors   OutOfMemory; DeviceError.
    Compression(Memory& memory, cublasHandle_t handle, cudaStream_t stream, std::int64_t rows,
                std::int64_t cols);
    ~Compression();
    Compression(Compression&&) noexcept;
    Compression& operator=(Compression&&) noexcept;

    /// Bytes of device memory the constructor takes.
    [[nodiscard]] static std::int64_t need(std::int64_t rows, std::int64_t cols);

    /// k [draws, rows, rows], contiguous, from h [draws, rows, cols], contiguous. With `center`, of
    /// H with its rows' means taken out first.
    ///
    /// Alias    k may be h: each draw's K lies before the H of the draws after it.
    /// Order    run_to_run, whatever the number of draws.
    /// Stream   enqueued; does not synchronise.
    void compress(const T* h, T* k, std::int64_t draws, bool center);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

extern template class Compression<float>;
extern template class Compression<double>;

}  // namespace rankchain::cuda
