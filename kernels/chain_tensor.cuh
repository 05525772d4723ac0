// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The choice among the tensor-core kernels of one precision.
#pragma once

#include "kernels/chain_instances.cuh"
#include "kernels/chain_kernel.cuh"
#include "kernels/hidden_tensor.cuh"

namespace rankchain::cuda {

template <class T, int tiles>
ChainKernel<T> tensor_kernel_of_law(const FusedChain<T>& chain) {
    using Hidden = TensorHidden<T, tiles>;
    switch (chain.law) {
        case arith::Law::gaussian:
            return {launch_chain<Hidden, GaussianRows>, carved_bytes<Hidden>};
        case arith::Law::rademacher:
            return {launch_chain<Hidden, SignRows>, carved_bytes<Hidden>};
        default:
            return {launch_chain<Hidden, AnyRows>, carved_bytes<Hidden>};
    }
}

template <class T>
ChainKernel<T> tensor_kernel_of_size(const FusedChain<T>& chain) {
    if (chain.cols <= 32) return tensor_kernel_of_law<T, 4>(chain);
    if (chain.cols <= 64) return tensor_kernel_of_law<T, 8>(chain);
    return tensor_kernel_of_law<T, 16>(chain);
}

}  // namespace rankchain::cuda
