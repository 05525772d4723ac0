// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Gaussian inputs of B draws, out [B, rows, N]: Philox block -> four normals, every second of them
// replaced where columns come in near-equal pairs. Writes sizeof(T) B rows N bytes, reads none.
#include "host/arith/counter.hpp"
#include "host/arith/weights.hpp"
#include "kernels/input.cuh"
#include "kernels/made_rows.cuh"

namespace rankchain::cuda {

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
__global__ void __launch_bounds__(RowTile::threads) input_kernel(InputBatch input, T* out) {
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

}  // namespace

template <class T>
cudaError_t make_input(const InputBatch& input, T* out, cudaStream_t stream) {
    if (!has_counters(input, 4)) return cudaErrorInvalidValue;
    if (input.draws == 0 || input.rows == 0 || input.cols == 0) return cudaSuccess;
    return make_rows("input", input_kernel<T>, input, out, stream);
}

template cudaError_t make_input(const InputBatch&, float*, cudaStream_t);
template cudaError_t make_input(const InputBatch&, double*, cudaStream_t);

}  // namespace rankchain::cuda
