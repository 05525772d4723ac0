// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Chains on tensor cores, float64: chain_kernel.cuh on hidden_tensor.cuh.
#include "kernels/chain_tensor.cuh"

namespace rankchain::cuda {

ChainKernel<double> tensor_kernel(const FusedChain<double>& chain) {
    return tensor_kernel_of_size(chain);
}

}  // namespace rankchain::cuda
