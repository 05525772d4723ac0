// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Instances and launches of tridiagonal_kernel.cuh.
#include "kernels/tridiagonal_kernel.cuh"

#include <algorithm>
#include <climits>
#include <cstdio>

#include <nvtx3/nvtx3.hpp>

namespace rankchain::cuda {
namespace {

template <int A, class T>
cudaError_t launch(const CountBatch<T>& batch, cudaStream_t stream) {
    CarvedBytes bytes;
    (void)TridiagonalShared<A>(bytes);
    cudaLaunchConfig_t config{};
    config.gridDim = dim3(static_cast<unsigned>(batch.h.count));
    config.blockDim = dim3(Grid<A>::threads);
    config.dynamicSmemBytes = bytes.bytes();
    config.stream = stream;
    const auto kernel = tridiagonal_kernel<A, T>;
    cudaError_t status = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                              static_cast<int>(config.dynamicSmemBytes));
    if (status == cudaSuccess) status = cudaLaunchKernelEx(&config, kernel, batch);
    if (status != cudaSuccess) (void)cudaGetLastError();  // reported here, so cleared
    return status;
}

}  // namespace

template <class T>
cudaError_t count_tridiagonal(const CountBatch<T>& batch, cudaStream_t stream) {
    const std::int64_t n = std::min(batch.h.rows, batch.h.cols);
    if (batch.h.count == 0) return cudaSuccess;
    if (n < 1 || n > tridiagonal_limit || batch.h.count < 0 || batch.h.count > INT_MAX ||
        batch.ranks < 0) {
        return cudaErrorInvalidValue;
    }
    char range[96];
    (void)std::snprintf(range, sizeof range, "counts [%lld, %lld, %lld]",
                        static_cast<long long>(batch.h.count), static_cast<long long>(batch.h.rows),
                        static_cast<long long>(batch.h.cols));
    const nvtx3::scoped_range nvtx(range);
    if (n <= Grid<1>::side) return launch<1>(batch, stream);
    if (n <= Grid<2>::side) return launch<2>(batch, stream);
    if (n <= Grid<3>::side) return launch<3>(batch, stream);
    return launch<4>(batch, stream);
}

template cudaError_t count_tridiagonal(const CountBatch<float>&, cudaStream_t);
template cudaError_t count_tridiagonal(const CountBatch<double>&, cudaStream_t);

}  // namespace rankchain::cuda
