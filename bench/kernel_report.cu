// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The chain kernels with every run-time choice made (batch normalisation, linear, no residual, d =
// N), so that what is left in the layer loop is what a layer executes. For kernel_report.sh to
// count; never run.
#include "kernels/chain_kernel.cuh"
#include "kernels/hidden_plain.cuh"
#include "kernels/hidden_tensor.cuh"

namespace rankchain::cuda {

template <class Hidden, class Rows>
__global__ void __launch_bounds__(fused_limit / warp_rows * warp_lanes, least_blocks<Hidden>)
    counted(FusedChain<typename Hidden::T> chain) {
    constexpr int d = 8 * Hidden::tiles;
    chain.rows = chain.cols = chain.batch = d;
    chain.compressed = false;
    chain.first = chain.rest = {d, chain.rest.factor, false};
    chain.given = nullptr;
    chain.preactivation = nullptr;
    chain.norm = Norm::batch;
    chain.act = Act::linear;
    chain.act_first = false;
    run_chain<Hidden, Rows>(chain);
}

template __global__ void counted<TensorHidden<float, 4>, GaussianRows>(FusedChain<float>);
template __global__ void counted<TensorHidden<float, 8>, GaussianRows>(FusedChain<float>);
template __global__ void counted<TensorHidden<float, 16>, GaussianRows>(FusedChain<float>);
template __global__ void counted<TensorHidden<float, 8>, SignRows>(FusedChain<float>);
template __global__ void counted<TensorHidden<double, 4>, GaussianRows>(FusedChain<double>);
template __global__ void counted<TensorHidden<double, 8>, GaussianRows>(FusedChain<double>);
template __global__ void counted<TensorHidden<double, 16>, GaussianRows>(FusedChain<double>);

}  // namespace rankchain::cuda
