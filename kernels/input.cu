// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Gaussian inputs of B draws, out [B, rows, N]: Philox block -> four normals, every second of them
// replaced where columns come in near-equal pairs. Writes sizeof(T) B rows N bytes, reads none.
#include "host/arith/counter.hpp"
#include "host/arith/weights.hpp"
#include "kernels/input.cuh"

#include <algorithm>
#include <cstdio>

#include <nvtx3/nvtx3.hpp>

namespace rankchain::cuda {

// As in weights.cu: threads along a row take four neighbours each, the rest stand across rows. Made
// once a chunk, so not tuned.
struct InputTile {
    static constexpr int threads = 256;
    static constexpr int quads = 64;
    static constexpr std::int64_t draws_in_grid = 65535;  // the limit of gridDim.y
};

namespace {

/// a + 1e-3 b in float64, each operation rounded.
__device__ __forceinline__ double near_copy(float a, float b) {
#ifdef __CUDA_ARCH__
    return __dadd_rn(static_cast<double>(a), __dmul_rn(1e-3, static_cast<double>(b)));
#else
    return static_cast<double>(a) + 1e-3 * static_cast<double>(b);
#endif
}

template <class T>
__global__ void __launch_bounds__(InputTile::threads) input_kernel(InputBatch input, T* out) {
    const std::int64_t i = std::int64_t{blockIdx.x} * blockDim.y + threadIdx.y;
    if (i >= input.rows) return;
    const std::int64_t quads = arith::row_blocks(input.cols, 4);
    for (std::int64_t b = blockIdx.y; b < input.draws; b += gridDim.y) {
        const arith::PhiloxRun run = arith::matrix_run(
            input.seed, input.first_draw + static_cast<std::uint64_t>(b), 0, arith::Stream::input);
        T* const row = out + (b * input.rows + i) * input.cols;
        for (std::int64_t quad = threadIdx.x; quad < quads; quad += blockDim.x) {
            float x[4];
            arith::elements<arith::Law::gaussian>(run, static_cast<std::uint32_t>(i * quads + quad),
                                                  x);
            for (int k = 0; k < 4; ++k) {
                const std::int64_t j = 4 * quad + k;
                if (j >= input.cols) break;
                row[j] = input.duplicate_pairs && k % 2 == 1
                             ? static_cast<T>(near_copy(x[k - 1], x[k]))
                             : static_cast<T>(x[k]);
            }
        }
    }
}

bool valid(const InputBatch& input) {
    constexpr std::int64_t blocks = std::int64_t{1} << 32;
    if (input.draws < 0 || input.rows < 0 || input.cols < 0) return false;
    if (input.rows > blocks || input.cols > blocks) return false;
    const std::int64_t in_row = arith::row_blocks(input.cols, 4);
    if (in_row > 0 && input.rows > blocks / in_row) return false;
    const auto draws = static_cast<std::uint64_t>(input.draws);
    return draws <= arith::draw_limit && input.first_draw <= arith::draw_limit - draws;
}

}  // namespace

template <class T>
cudaError_t make_input(const InputBatch& input, T* out, cudaStream_t stream) {
    if (!valid(input)) return cudaErrorInvalidValue;
    if (input.draws == 0 || input.rows == 0 || input.cols == 0) return cudaSuccess;
    const std::int64_t quads = arith::row_blocks(input.cols, 4);
    unsigned along = 1;
    while (along < InputTile::quads && along < quads)
        along *= 2;
    const unsigned across = InputTile::threads / along;

    cudaLaunchConfig_t config{};
    config.blockDim = dim3(along, across);
    config.gridDim = dim3(static_cast<unsigned>((input.rows + across - 1) / across),
                          static_cast<unsigned>(std::min(input.draws, InputTile::draws_in_grid)));
    config.stream = stream;

    char range[96];
    (void)std::snprintf(range, sizeof range, "input [%lld, %lld, %lld]",
                        static_cast<long long>(input.draws), static_cast<long long>(input.rows),
                        static_cast<long long>(input.cols));
    const nvtx3::scoped_range nvtx(range);
    const cudaError_t status = cudaLaunchKernelEx(&config, input_kernel<T>, input, out);
    if (status != cudaSuccess) (void)cudaGetLastError();  // reported here, so cleared
    return status;
}

template cudaError_t make_input(const InputBatch&, float*, cudaStream_t);
template cudaError_t make_input(const InputBatch&, double*, cudaStream_t);

}  // namespace rankchain::cuda
