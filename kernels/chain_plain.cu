// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Chains by fused multiply-add, float32 and float64: chain_kernel.cuh on hidden_plain.cuh.
#include "kernels/chain_instances.cuh"
#include "kernels/chain_kernel.cuh"
#include "kernels/hidden_plain.cuh"

namespace rankchain::cuda {
namespace {

template <class T, int tiles>
ChainKernel<T> of_law(const FusedChain<T>& chain) {
    using Hidden = PlainHidden<T, tiles>;
    const bool signs = chain.given == nullptr && chain.law == arith::Law::rademacher;
    return {signs ? launch_chain<Hidden, SignRows> : launch_chain<Hidden, AnyRows>,
            carved_bytes<Hidden>};
}

template <class T>
ChainKernel<T> of_size(const FusedChain<T>& chain) {
    if (chain.cols <= 32) return of_law<T, 4>(chain);
    if (chain.cols <= 64) return of_law<T, 8>(chain);
    return of_law<T, 16>(chain);
}

}  // namespace

ChainKernel<float> plain_kernel(const FusedChain<float>& chain) {
    return of_size(chain);
}
ChainKernel<double> plain_kernel(const FusedChain<double>& chain) {
    return of_size(chain);
}

}  // namespace rankchain::cuda
