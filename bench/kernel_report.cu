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
__global__ void __launch_bounds__(fused_limit / warp_rows * warp_lanes, least_blocks)
    counted(const __grid_constant__ ChainLaunch<typename Hidden::T> launch) {
    FusedChain<typename Hidden::T> chain = launch.chain;
    constexpr int d = 8 * Hidden::tiles;
    chain.rows = chain.cols = chain.batch = d;
    chain.compressed = false;
    chain.first = chain.rest = {d, 1, false};
    chain.given = nullptr;
    chain.preactivation = nullptr;
    chain.norm = Norm::batch;
    chain.act = Act::linear;
    chain.act_first = false;
    run_chain<Hidden, Rows>(chain, launch.keys);
}

template __global__ void counted<TensorHidden<float, 4>, GaussianRows>(
    const __grid_constant__ ChainLaunch<float>);
template __global__ void counted<TensorHidden<float, 8>, GaussianRows>(
    const __grid_constant__ ChainLaunch<float>);
template __global__ void counted<TensorHidden<float, 16>, GaussianRows>(
    const __grid_constant__ ChainLaunch<float>);
template __global__ void counted<TensorHidden<float, 8>, SignRows>(
    const __grid_constant__ ChainLaunch<float>);
template __global__ void counted<TensorHidden<double, 4>, GaussianRows>(
    const __grid_constant__ ChainLaunch<double>);
template __global__ void counted<TensorHidden<double, 8>, GaussianRows>(
    const __grid_constant__ ChainLaunch<double>);
template __global__ void counted<TensorHidden<double, 16>, GaussianRows>(
    const __grid_constant__ ChainLaunch<double>);

}  // namespace rankchain::cuda
