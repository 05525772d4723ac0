// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Chains on tensor cores, float32: chain_kernel.cuh on hidden_tensor.cuh.
#include "kernels/chain_tensor.cuh"

namespace rankchain::cuda {

ChainKernel<float> tensor_kernel(const FusedChain<float>& chain) {
    return tensor_kernel_of_size(chain);
}

}  // namespace rankchain::cuda
