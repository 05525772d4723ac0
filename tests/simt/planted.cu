// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// A small kernel with mistakes to choose from: what the checks of this folder must find.
#include "tests/simt/planted.hpp"

namespace rankchain::test {

extern __shared__ __align__(16) unsigned char planted_shared[];

namespace {

constexpr int threads = 64;

__global__ void neighbours(Planted bug, float* out) {
    float* const row = reinterpret_cast<float*>(planted_shared);
    const int k = static_cast<int>(threadIdx.x);
    if (!(bug == Planted::never_written && k == 5)) row[k] = static_cast<float>(k);
    if (bug == Planted::divergent_barrier) {
        if (k == 7) {
            __syncthreads();
        } else {
            __syncthreads();
        }
    } else if (bug != Planted::missing_barrier) {
        __syncthreads();
    }
    const float sum = row[(k + 1) % threads] + row[(k + threads - 1) % threads];
    const int block = bug == Planted::blocks_collide ? 0 : static_cast<int>(blockIdx.x);
    out[block * threads + k] = sum;
}

}  // namespace

cudaError_t run_planted(Planted bug, float* out) {
    cudaLaunchConfig_t config{};
    config.gridDim = dim3(2);
    config.blockDim = dim3(threads);
    config.dynamicSmemBytes = threads * sizeof(float);
    return cudaLaunchKernelEx(&config, neighbours, bug, out);
}

}  // namespace rankchain::test
