// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// A block a row: reads h once where it is not centred, twice where it is, and writes 8 bytes an
// element; then reads d (d + 1) / 2 numbers of R a draw and writes d d. Memory bandwidth limits
// both; a chain has them once.
#include "kernels/chain_large_launch.cuh"
#include "kernels/chain_lines.cuh"
#include "kernels/compress.cuh"
#include "kernels/shared_memory.cuh"

#include <algorithm>

namespace rankchain::cuda {
namespace {

template <class T>
__global__ void __launch_bounds__(line_threads)
    widen_rows_kernel(const T* h, double* a, std::int64_t cols, bool center) {
    const T* const row = h + blockIdx.x * cols;
    double* const to = a + blockIdx.x * cols;
    double mean = 0;
    if (center) {
        Carver carver(dynamic_shared);
        BlockRow<double> block(carver.take<double>(BlockRow<double>::scratch), 0, 0);
        for (std::int64_t j = threadIdx.x; j < cols; j += line_threads)
            mean += static_cast<double>(row[j]);
        mean = block.reduce(Sum(), mean) / static_cast<double>(cols);
    }
    for (std::int64_t j = threadIdx.x; j < cols; j += line_threads)
        to[j] = static_cast<double>(row[j]) - mean;
}

template <class T>
__global__ void __launch_bounds__(line_threads)
    take_r_kernel(const double* a, T* k, std::int64_t size, std::int64_t rows, std::int64_t cols) {
    const std::int64_t threads = std::int64_t{gridDim.x} * line_threads;
    for (std::int64_t e = std::int64_t{blockIdx.x} * line_threads + threadIdx.x; e < size;
         e += threads) {
        const std::int64_t row = e / rows;  // of all draws
        const std::int64_t j = e - row * rows;
        k[e] = j <= row % rows ? static_cast<T>(a[row * cols + j]) : T(0);
    }
}

}  // namespace

template <class T>
cudaError_t widen_rows(const T* h, double* a, std::int64_t draws, std::int64_t rows,
                       std::int64_t cols, bool center, cudaStream_t stream) {
    if (draws == 0) return cudaSuccess;
    CarvedBytes bytes;
    (void)bytes.take<double>(BlockRow<double>::scratch);
    return launch_large("widen rows", widen_rows_kernel<T>, draws * rows, bytes.bytes(), stream, h,
                        a, cols, center);
}

template <class T>
cudaError_t take_r(const double* a, T* k, std::int64_t draws, std::int64_t rows, std::int64_t cols,
                   cudaStream_t stream) {
    if (draws == 0) return cudaSuccess;
    const std::int64_t size = draws * rows * rows;
    return launch_large("take R", take_r_kernel<T>, blocks_over(size), 0, stream, a, k, size, rows,
                        cols);
}

template cudaError_t widen_rows(const float*, double*, std::int64_t, std::int64_t, std::int64_t,
                                bool, cudaStream_t);
template cudaError_t widen_rows(const double*, double*, std::int64_t, std::int64_t, std::int64_t,
                                bool, cudaStream_t);
template cudaError_t take_r(const double*, float*, std::int64_t, std::int64_t, std::int64_t,
                            cudaStream_t);
template cudaError_t take_r(const double*, double*, std::int64_t, std::int64_t, std::int64_t,
                            cudaStream_t);

}  // namespace rankchain::cuda
