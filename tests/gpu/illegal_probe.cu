// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// A mistake that a kernel can make and CUDA has no way back from.
#include "tests/gpu/illegal_probe.cuh"

namespace rankchain::test {
namespace {

// Volatile, so that no compiler leaves the access out.
__global__ void touch(volatile int* at) {
    *at = *at + 1;
}

}  // namespace

cudaError_t read_illegal_address() {
    cudaLaunchConfig_t config{};
    config.gridDim = dim3(1);
    config.blockDim = dim3(1);
    return cudaLaunchKernelEx(&config, touch, static_cast<volatile int*>(nullptr));
}

}  // namespace rankchain::test
