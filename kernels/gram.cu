// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// H -> W, and sums over Gram matrices: one block a matrix. Reads H once or twice, writes 8 bytes a
// number; reads G once.
#include "kernels/gram.cuh"
#include "kernels/gram_device.cuh"
#include "kernels/lanes.cuh"
#include "kernels/shared_memory.cuh"

#include <cmath>

namespace rankchain::cuda {

// Not tuned on a device yet. The number of threads is part of the order of every sum.
struct GramTile {
    static constexpr int threads = 256;
    static constexpr int warps = threads / warp_lanes;
};

namespace {

/// Memory for `sums` reductions over the block.
struct Scratch {
    double* values;

    __device__ explicit Scratch(int sums) {
        Carver carve(dynamic_shared);
        values = carve.take<double>(static_cast<std::size_t>(sums) * GramTile::warps);
    }
    /// Of reduction number i.
    __device__ double* of(int i) const { return values + i * GramTile::warps; }
};

template <class T>
__global__ void __launch_bounds__(GramTile::threads)
    widen_kernel(WidenBatch<T> batch, double* tall, int* exponent) {
    const Place at(0);
    const Scratch scratch(1);
    const std::int64_t i = blockIdx.x;
    const std::int64_t draw = draw_of(batch, i);
    const std::int64_t size = batch.rows * batch.cols;
    const T* const h = matrix_of(batch, draw);
    double* const w = tall + i * size;
    const WideScale scale = scale_of(batch, at, draw, scratch.of(0));
    const bool by_rows = batch.rows <= batch.cols;
    std::int64_t row = at.thread / batch.cols;
    std::int64_t col = at.thread % batch.cols;
    const std::int64_t rows_a_step = GramTile::threads / batch.cols;
    const std::int64_t cols_a_step = GramTile::threads % batch.cols;
    for (std::int64_t e = at.thread; e < size; e += GramTile::threads) {
        w[by_rows ? e : col * batch.rows + row] = scale(h[e]);
        row += rows_a_step;
        col += cols_a_step;
        if (col >= batch.cols) {
            col -= batch.cols;
            ++row;
        }
    }
    if (exponent != nullptr && at.thread == 0) exponent[i] = scale.power;
}

__global__ void __launch_bounds__(GramTile::threads)
    gram_sums_kernel(const double* gram, std::int64_t n, std::int64_t batch, GramSums* sums) {
    const Place at(0);
    const Scratch scratch(4);
    const Sum sum;
    const double* const g = gram + blockIdx.x * n * n;
    double trace = 0, squares = 0, above = 0;
    for (std::int64_t i = at.warp; i < n; i += GramTile::warps) {
        const double* const line = g + i * n;
        if (at.lane == 0) {
            trace += line[i];
            squares += line[i] * line[i];
        }
        for (std::int64_t j = i + 1 + at.lane; j < n; j += warp_lanes)
            above += line[j] * line[j];
    }
    trace = over_block(sum, at, trace, scratch.of(0));
    squares = over_block(sum, at, squares, scratch.of(1));
    above = over_block(sum, at, above, scratch.of(2));

    const double share = 1.0 / static_cast<double>(batch);
    double deviations = 0;
    for (std::int64_t i = at.thread; i < n; i += GramTile::threads) {
        const double deviation = g[i * n + i] / trace - share;
        deviations += deviation * deviation;
    }
    deviations = over_block(sum, at, deviations, scratch.of(3));
    if (at.thread == 0)
        sums[blockIdx.x] = sums_of(trace, squares, 2.0 * above, deviations, n, batch);
}

__global__ void __launch_bounds__(GramTile::threads)
    inverse_norms_kernel(const double* tall, std::int64_t rows, std::int64_t cols, double* inverse,
                         CosineSums* sums) {
    const Place at(0);
    const Scratch scratch(1);
    const bool by_rows = rows <= cols;
    const std::int64_t down = by_rows ? cols : 1;  // from element to element of a column
    const std::int64_t across = by_rows ? 1 : rows;
    const double* const w = tall + blockIdx.x * rows * cols;
    double directed = 0;
    for (std::int64_t j = at.thread; j < cols; j += GramTile::threads) {
        double square = 0;
        for (std::int64_t i = 0; i < rows; ++i) {
            const double x = w[j * across + i * down];
            square += x * x;
        }
        if (square > 0) directed += 1;
        inverse[blockIdx.x * cols + j] = square > 0 ? 1.0 / sqrt(square) : 0.0;
    }
    directed = over_block(Sum(), at, directed, scratch.of(0));
    if (at.thread == 0) sums[blockIdx.x] = {0.0, directed};
}

__global__ void __launch_bounds__(GramTile::threads)
    add_cosines_kernel(const double* products, std::int64_t cols, std::int64_t first,
                       std::int64_t panel, const double* inverse, CosineSums* sums) {
    const Place at(0);
    const Scratch scratch(1);
    const std::int64_t left = cols - first;
    const double* const p = products + blockIdx.x * left * panel;
    const double* const norm = inverse + blockIdx.x * cols + first;
    double sum = 0;
    for (std::int64_t i = 1 + at.warp; i < left; i += GramTile::warps) {
        const std::int64_t pairs = i < panel ? i : panel;
        double row = 0;
        for (std::int64_t j = at.lane; j < pairs; j += warp_lanes)
            row += fabs(p[i * panel + j]) * norm[j];
        sum += row * norm[i];
    }
    sum = over_block(Sum(), at, sum, scratch.of(0));
    if (at.thread == 0) sums[blockIdx.x].sum += sum;
}

/// A block a matrix, with memory for `sums` reductions.
template <class... P, class... A>
cudaError_t launch(void (*kernel)(P...), std::int64_t count, int sums, cudaStream_t stream,
                   A... arguments) {
    if (count == 0) return cudaSuccess;
    if (count < 0 || count > INT_MAX) return cudaErrorInvalidValue;
    CarvedBytes carve;
    carve.take<double>(static_cast<std::size_t>(sums) * GramTile::warps);
    cudaLaunchConfig_t config{};
    config.gridDim = dim3(static_cast<unsigned>(count));
    config.blockDim = dim3(GramTile::threads);
    config.dynamicSmemBytes = carve.bytes();
    config.stream = stream;
    const cudaError_t status = cudaLaunchKernelEx(&config, kernel, arguments...);
    if (status != cudaSuccess) (void)cudaGetLastError();  // reported here, so cleared
    return status;
}

}  // namespace

template <class T>
cudaError_t widen(const WidenBatch<T>& batch, double* tall, int* exponent, cudaStream_t stream) {
    if (batch.rows < 1 || batch.cols < 1) return cudaErrorInvalidValue;
    return launch(widen_kernel<T>, batch.count, 1, stream, batch, tall, exponent);
}

template cudaError_t widen(const WidenBatch<float>&, double*, int*, cudaStream_t);
template cudaError_t widen(const WidenBatch<double>&, double*, int*, cudaStream_t);

cudaError_t gram_sums(const double* gram, std::int64_t count, std::int64_t n, std::int64_t batch,
                      GramSums* sums, cudaStream_t stream) {
    return launch(gram_sums_kernel, count, 4, stream, gram, n, batch, sums);
}

cudaError_t inverse_norms(const double* tall, std::int64_t count, std::int64_t rows,
                          std::int64_t cols, double* inverse, CosineSums* sums,
                          cudaStream_t stream) {
    return launch(inverse_norms_kernel, count, 1, stream, tall, rows, cols, inverse, sums);
}

cudaError_t add_cosines(const double* products, std::int64_t count, std::int64_t cols,
                        std::int64_t first, std::int64_t panel, const double* inverse,
                        CosineSums* sums, cudaStream_t stream) {
    return launch(add_cosines_kernel, count, 1, stream, products, cols, first, panel, inverse,
                  sums);
}

}  // namespace rankchain::cuda
