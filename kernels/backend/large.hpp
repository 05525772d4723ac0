// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/backend/memory.hpp"
#include "kernels/chain_fused.cuh"
#include "kernels/chain_large.cuh"

#include <cstdint>

#include <cublas_v2.h>

namespace rankchain::cuda {

/// The chains that a LargeChain is to advance: all of this d, and at most of these sizes.
struct LargeShape {
    std::int64_t rows = 0;        ///< d
    std::int64_t input_rows = 0;  ///< columns of w_1; d where no launch begins at layer 0
    std::int64_t cols = 0;        ///< columns carried: N
    /// Bytes of weights, products and H that a sub-batch may take, one draw's at least: what the
    /// second-level cache holds (50 MB on an H100), less what passes by. (2026-11, not tuned on a
    /// device yet.)
    std::int64_t budget = std::int64_t{32} << 20;
};

/// Chains of any size, a layer at a time: weights into a buffer, a cuBLAS product, one kernel for
/// the rest (kernels/chain_large.cuh). A sub-batch of draws goes through its layers alone, while
/// its weights, products and H are in the second-level cache. How many draws that is depends on the
/// shape alone, and every product is of that many matrices, so that results do not depend on B: the
/// last sub-batch is filled up with zeros in a place of its own.
template <class T>
class LargeChain {
  public:
    /// Takes need(shape) bytes of `memory`, which must outlive it. `handle` computes on `stream`,
    /// in pedantic mode (no TF32). Errors   OutOfMemory; DeviceError.
    LargeChain(Memory& memory, cublasHandle_t handle, cudaStream_t stream, const LargeShape& shape);

    /// Bytes of device memory the constructor takes.
    [[nodiscard]] static std::int64_t need(const LargeShape& shape);
    /// Draws of a sub-batch.
    [[nodiscard]] static std::int64_t draws_at_once(const LargeShape& shape);

    /// As advance_chain() of kernels/chain_fused.cuh with Arithmetic::plain, for any size: H_l for
    /// l = from + 1 .. to.
    ///
    /// Sums     products in T by cuBLAS (no TF32); every order fixed by the shape and `cols`.
    /// Errors   InvalidArgument where the chain is not of the shape or given weights are for more
    ///          than one layer; DeviceError.
    /// Stream   enqueued; does not synchronise.
    void advance(const FusedChain<T>& chain);

  private:
    void advance_some(const FusedChain<T>& chain, std::int64_t first, std::int64_t count);
    void multiply(const T* w, std::int64_t w_cols, const T* h, std::int64_t h_stride, int cols);
    const T* weights(const FusedChain<T>& chain, std::int64_t layer, std::int64_t cols,
                     std::int64_t first, std::int64_t count);

    cublasHandle_t handle_;
    cudaStream_t stream_;
    LargeShape shape_;
    std::int64_t at_once_;
    Buffer<T> weights_;  ///< [at once, d, columns of w]
    Buffer<T> product_;  ///< [at once, d, N]
    Buffer<T> last_;     ///< [at once, rows of H, N]: H of the last sub-batch, and zeros
    Buffer<LayerFaults> faults_;
    Buffer<WholePart> parts_;
    Buffer<LargeScale> whole_;
};

extern template class LargeChain<float>;
extern template class LargeChain<double>;

}  // namespace rankchain::cuda
