// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/chain_fused.cuh"

#include <cstdint>
#include <memory>

#include <cublas_v2.h>
#include <cuda_runtime.h>

namespace rankchain::cuda {

class Memory;

/// Upper bounds of the chains that a LargeChain is to advance.
struct LargeShape {
    std::int64_t rows = 0;        ///< d
    std::int64_t input_rows = 0;  ///< columns of w_1; d where no launch begins at layer 0
    std::int64_t cols = 0;        ///< columns carried, at most: N
    std::int64_t draws = 0;       ///< B
};

/// Chains of any size, a layer at a time: weights into a buffer, a cuBLAS product, one kernel for
/// the rest (kernels/chain_large.cuh). A sub-batch of draws goes through these three while its
/// weights and products are in the second-level cache; its size depends on d, d_in and N alone, and
/// every product is of that many matrices, so that results do not depend on B.
template <class T>
class LargeChain {
  public:
    /// Takes need(shape) bytes of `memory`, which must outlive it. `handle` computes on `stream`,
    /// and in pedantic mode from now on. Errors   OutOfMemory; DeviceError.
    LargeChain(Memory& memory, cublasHandle_t handle, cudaStream_t stream, const LargeShape& shape);
    ~LargeChain();
    LargeChain(LargeChain&&) noexcept;
    LargeChain& operator=(LargeChain&&) noexcept;

    /// Bytes of device memory the constructor takes.
    [[nodiscard]] static std::int64_t need(const LargeShape& shape);

    /// As advance_chain() of kernels/chain_fused.cuh with Arithmetic::plain, for any size: H_l for
    /// l = from + 1 .. to. Output may be input where their strides agree.
    ///
    /// Sums     products in T by cuBLAS (no TF32); every order fixed by (d, k, cols).
    /// Errors   InvalidArgument where a size exceeds the shape or given weights are for more than
    ///          one layer; DeviceError.
    /// Stream   enqueued; does not synchronise.
    void advance(const FusedChain<T>& chain);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

extern template class LargeChain<float>;
extern template class LargeChain<double>;

}  // namespace rankchain::cuda
