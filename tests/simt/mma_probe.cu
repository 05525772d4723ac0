// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Fragments filled by the table in the PTX ISA, "Matrix Fragments for mma.m16n8k8".
#include "kernels/mma.cuh"
#include "tests/simt/mma_probe.cuh"

namespace rankchain::test {
namespace {

template <class T>
__global__ void probe(const T* a, const T* b, const T* c, T* d) {
    const int group = static_cast<int>(threadIdx.x) >> 2;
    const int in_group = static_cast<int>(threadIdx.x) % 4;
    T fa[4], fb[2], fc[4];
    for (int i = 0; i < 4; ++i) {
        const int row = i == 0 || i == 2 ? group : group + 8;
        const int col = i == 0 || i == 1 ? in_group : in_group + 4;
        fa[i] = a[row * 8 + col];
    }
    for (int i = 0; i < 2; ++i)
        fb[i] = b[(i == 0 ? in_group : in_group + 4) * 8 + group];
    for (int i = 0; i < 4; ++i)
        fc[i] = c[(i < 2 ? group : group + 8) * 8 + in_group * 2 + (i & 1)];
    cuda::mma(fc, fa, fb[0], fb[1]);
    for (int i = 0; i < 4; ++i)
        d[(i < 2 ? group : group + 8) * 8 + in_group * 2 + (i & 1)] = fc[i];
}

template <class T>
cudaError_t launch(const T* a, const T* b, const T* c, T* d) {
    cudaLaunchConfig_t config{};
    config.gridDim = dim3(1);
    config.blockDim = dim3(32);
    return cudaLaunchKernelEx(&config, probe<T>, a, b, c, d);
}

}  // namespace

cudaError_t probe_mma(const float* a, const float* b, const float* c, float* d) {
    return launch(a, b, c, d);
}
cudaError_t probe_mma(const double* a, const double* b, const double* c, double* d) {
    return launch(a, b, c, d);
}

}  // namespace rankchain::test
