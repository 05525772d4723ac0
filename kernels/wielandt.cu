// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// One block a column; every number is written once and read at most twice.
#include "kernels/wielandt.cuh"

#include <climits>

namespace rankchain::cuda {

// Not tuned on a device yet.
struct SquareTile {
    static constexpr int threads = 128;
};

namespace {

/// R(i, j) of matrix b.
__device__ __forceinline__ double entry(const SquareBatch& r, std::int64_t b, std::int64_t i,
                                        std::int64_t j) {
    return r.triangular && i > j ? 0.0 : r.data[(b * r.n + j) * r.k + i];
}

__global__ void __launch_bounds__(SquareTile::threads) copy_kernel(SquareBatch r, double* out) {
    const std::int64_t b = blockIdx.x / r.n, j = blockIdx.x % r.n;
    for (std::int64_t i = threadIdx.x; i < r.n; i += SquareTile::threads)
        out[blockIdx.x * r.n + i] = entry(r, b, i, j);
}

__global__ void __launch_bounds__(SquareTile::threads) wielandt_kernel(SquareBatch r, double* out) {
    const std::int64_t size = 2 * r.n;
    const std::int64_t b = blockIdx.x / size, j = blockIdx.x % size;
    const bool left = j < r.n;
    for (std::int64_t i = threadIdx.x; i < size; i += SquareTile::threads) {
        double x = 0.0;
        if (left && i >= r.n) x = entry(r, b, j, i - r.n);
        if (!left && i < r.n) x = entry(r, b, i, j - r.n);
        out[blockIdx.x * size + i] = x;
    }
}

__global__ void __launch_bounds__(SquareTile::threads)
    pointers_kernel(double* data, std::int64_t stride, std::int64_t count, double** out) {
    const std::int64_t i = std::int64_t{blockIdx.x} * SquareTile::threads + threadIdx.x;
    if (i < count) out[i] = data + i * stride;
}

template <class... P, class... A>
cudaError_t launch(void (*kernel)(P...), std::int64_t blocks, cudaStream_t stream, A... arguments) {
    if (blocks == 0) return cudaSuccess;
    if (blocks < 0 || blocks > INT_MAX) return cudaErrorInvalidValue;
    cudaLaunchConfig_t config{};
    config.gridDim = dim3(static_cast<unsigned>(blocks));
    config.blockDim = dim3(SquareTile::threads);
    config.stream = stream;
    const cudaError_t status = cudaLaunchKernelEx(&config, kernel, arguments...);
    if (status != cudaSuccess) (void)cudaGetLastError();  // reported here, so cleared
    return status;
}

}  // namespace

cudaError_t copy_squares(const SquareBatch& squares, double* out, cudaStream_t stream) {
    return launch(copy_kernel, squares.count * squares.n, stream, squares, out);
}

cudaError_t wielandt(const SquareBatch& squares, double* out, cudaStream_t stream) {
    return launch(wielandt_kernel, 2 * squares.count * squares.n, stream, squares, out);
}

cudaError_t make_pointers(double* data, std::int64_t stride, std::int64_t count, double** out,
                          cudaStream_t stream) {
    return launch(pointers_kernel, (count + SquareTile::threads - 1) / SquareTile::threads, stream,
                  data, stride, count, out);
}

}  // namespace rankchain::cuda
