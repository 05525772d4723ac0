// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "kernels/bidiagonal.cuh"
#include "kernels/bidiagonal_kernel.cuh"

#include <algorithm>
#include <climits>
#include <cstdio>
#include <limits>

#include <nvtx3/nvtx3.hpp>

namespace rankchain::cuda {
namespace {

// Beyond, not even the vectors fit any block.
constexpr std::int64_t most_side = 1 << 15;

bool valid(std::int64_t rows, std::int64_t cols) {
    return rows >= 1 && cols >= 1 && rows <= most_side && cols <= most_side;
}

FormPlan plan_of(std::int64_t rows, std::int64_t cols) {
    return {static_cast<int>(std::min(rows, cols)), static_cast<int>(std::max(rows, cols))};
}

std::size_t bytes_of(const FormPlan& plan) {
    CarvedBytes carve;
    carve.take<double>(static_cast<std::size_t>(plan.layout.size));
    return carve.bytes();
}

template <class T>
using FormKernel = void (*)(CountBatch<T>, FormPlan);

template <class T>
FormKernel<T> kernel_of(const FormGrid& grid) {
    if (!grid.resident) return bidiagonal_kernel<T, 32, false>;
    switch (grid.down) {
        case 4:
            return bidiagonal_kernel<T, 4, true>;
        case 8:
            return bidiagonal_kernel<T, 8, true>;
        case 16:
            return bidiagonal_kernel<T, 16, true>;
        default:
            return bidiagonal_kernel<T, 32, true>;
    }
}

}  // namespace

std::size_t bidiagonal_bytes(std::int64_t rows, std::int64_t cols) {
    if (!valid(rows, cols)) return std::numeric_limits<std::size_t>::max();
    return bytes_of(plan_of(rows, cols));
}

bool has_bidiagonal_counts(std::int64_t rows, std::int64_t cols, std::size_t shared_limit) {
    return bidiagonal_bytes(rows, cols) <= shared_limit;
}

template <class T>
cudaError_t count_bidiagonal(const CountBatch<T>& batch, cudaStream_t stream) {
    if (batch.h.count == 0) return cudaSuccess;
    if (!valid(batch.h.rows, batch.h.cols) || batch.h.count < 0 || batch.ranks < 0 ||
        batch.ranks > INT_MAX / 2) {
        return cudaErrorInvalidValue;
    }
    const FormPlan plan = plan_of(batch.h.rows, batch.h.cols);
    const std::size_t bytes = bytes_of(plan);
    if (batch.h.count > INT_MAX || bytes > INT_MAX) return cudaErrorInvalidValue;
    cudaLaunchConfig_t config{};
    config.gridDim = dim3(static_cast<unsigned>(batch.h.count));
    config.blockDim = dim3(static_cast<unsigned>(plan.grid.threads));
    config.dynamicSmemBytes = bytes;
    config.stream = stream;

    char range[96];
    (void)std::snprintf(range, sizeof range, "bidiagonal [%lld, %lld, %lld]",
                        static_cast<long long>(batch.h.count), static_cast<long long>(batch.h.rows),
                        static_cast<long long>(batch.h.cols));
    const nvtx3::scoped_range nvtx(range);
    const FormKernel<T> kernel = kernel_of<T>(plan.grid);
    cudaError_t status = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                              static_cast<int>(bytes));
    if (status == cudaSuccess) status = cudaLaunchKernelEx(&config, kernel, batch, plan);
    if (status != cudaSuccess) (void)cudaGetLastError();  // reported here, so cleared
    return status;
}

template cudaError_t count_bidiagonal(const CountBatch<float>&, cudaStream_t);
template cudaError_t count_bidiagonal(const CountBatch<double>&, cudaStream_t);

}  // namespace rankchain::cuda
