// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The kernels that chain_fused.cu chooses from, each compiled in a file of its own.
#pragma once

#include "kernels/chain_fused.cuh"

#include <cstddef>

namespace rankchain::cuda {

/// One kernel and what it takes.
template <class T>
struct ChainKernel {
    cudaError_t (*launch)(const FusedChain<T>& chain, cudaStream_t stream);
    std::size_t (*bytes)(const FusedChain<T>& chain);
};

/// The kernel for that many columns, to fused_limit.
ChainKernel<float> plain_kernel(const FusedChain<float>& chain);
ChainKernel<double> plain_kernel(const FusedChain<double>& chain);
ChainKernel<float> tensor_kernel(const FusedChain<float>& chain);
ChainKernel<double> tensor_kernel(const FusedChain<double>& chain);

}  // namespace rankchain::cuda
