// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/arith/weights.hpp"
#include "tests/simt/radius_probe.cuh"

namespace rankchain::test {
namespace {

constexpr unsigned threads = 128;

__global__ void radius_kernel(const std::uint32_t* words, float* radius, std::int64_t count) {
    const std::int64_t i = std::int64_t{blockIdx.x} * threads + threadIdx.x;
    using arith::Scalar;
    if (i < count) radius[i] = Scalar::sqrt(arith::minus_two_log<Scalar>(words[i]));
}

}  // namespace

cudaError_t probe_radius(const std::uint32_t* words, float* radius, std::int64_t count) {
    cudaLaunchConfig_t config{};
    config.gridDim = dim3(static_cast<unsigned>((count + threads - 1) / threads));
    config.blockDim = dim3(threads);
    return cudaLaunchKernelEx(&config, radius_kernel, words, radius, count);
}

}  // namespace rankchain::test
