// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// One block some columns; every number is written once and read at most twice.
#include "kernels/wielandt.cuh"

#include <climits>

namespace rankchain::cuda {

// Not tuned on a device yet.
struct SquareTile {
    static constexpr int threads = 256;
    static constexpr std::int64_t numbers = 4096;  ///< a block writes, or one column
};

namespace {

/// Columns that a block of columns of `size` takes.
__host__ __device__ inline std::int64_t columns_a_block(std::int64_t size) {
    return size < SquareTile::numbers ? SquareTile::numbers / size : 1;
}

/// R(i, j) of matrix b.
__device__ __forceinline__ double entry(const SquareBatch& r, std::int64_t b, std::int64_t i,
                                        std::int64_t j) {
    return r.triangular && i > j ? 0.0 : r.data[(b * r.n + j) * r.k + i];
}

/// [[0, R], [R^T, 0]] at (i, j).
__device__ __forceinline__ double doubled(const SquareBatch& r, std::int64_t b, std::int64_t i,
                                          std::int64_t j) {
    if ((i < r.n) == (j < r.n)) return 0.0;
    return i < r.n ? entry(r, b, i, j - r.n) : entry(r, b, j, i - r.n);
}

/// out [count, size, size], size = n or 2n: columns first .. of them all, one after the other.
__global__ void __launch_bounds__(SquareTile::threads)
    assemble_kernel(SquareBatch r, std::int64_t size, double* out) {
    const std::int64_t first = blockIdx.x * columns_a_block(size);
    const std::int64_t left = r.count * size - first;
    const std::int64_t columns = left < columns_a_block(size) ? left : columns_a_block(size);
    for (std::int64_t e = threadIdx.x; e < columns * size; e += SquareTile::threads) {
        const std::int64_t column = first + e / size, i = e % size;
        const std::int64_t b = column / size, j = column % size;
        out[first * size + e] = size == r.n ? entry(r, b, i, j) : doubled(r, b, i, j);
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

cudaError_t assemble(const SquareBatch& squares, std::int64_t size, double* out,
                     cudaStream_t stream) {
    if (squares.n < 1) return cudaErrorInvalidValue;
    const std::int64_t columns = columns_a_block(size);
    return launch(assemble_kernel, (squares.count * size + columns - 1) / columns, stream, squares,
                  size, out);
}

}  // namespace

cudaError_t copy_squares(const SquareBatch& squares, double* out, cudaStream_t stream) {
    return assemble(squares, squares.n, out, stream);
}

cudaError_t wielandt(const SquareBatch& squares, double* out, cudaStream_t stream) {
    return assemble(squares, 2 * squares.n, out, stream);
}

cudaError_t make_pointers(double* data, std::int64_t stride, std::int64_t count, double** out,
                          cudaStream_t stream) {
    return launch(pointers_kernel, (count + SquareTile::threads - 1) / SquareTile::threads, stream,
                  data, stride, count, out);
}

}  // namespace rankchain::cuda
