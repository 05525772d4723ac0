// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Random weights of one layer for B draws, out [B, rows, cols]: Philox block -> four elements, by
// the formulas of host/arith/formula.inl. Writes 4 B rows cols bytes (8 widened), reads none.
#include "host/arith/weights.hpp"
#include "kernels/made_rows.cuh"
#include "kernels/weights.cuh"

namespace rankchain::cuda {

namespace {

using arith::Law;

/// Elements 4 quad .. 4 quad + 3 of row i. A quad of signs makes the whole block of 128 again:
/// writing four floats still costs more than the Philox call.
template <Law law>
__device__ __forceinline__ void make_quad(const arith::PhiloxRun& run, std::int64_t cols,
                                          std::int64_t i, std::int64_t quad, float (&x)[4]) {
    if constexpr (law == Law::rademacher) {
        std::uint32_t r[4];
        const std::int64_t block = i * arith::row_blocks(cols, 128) + quad / 32;
        arith::philox<arith::Scalar>(run, static_cast<std::uint32_t>(block), r[0], r[1], r[2],
                                     r[3]);
        const int word = static_cast<int>(quad % 32) / 8;
        // Selected, not indexed: r stays in registers.
        const std::uint32_t low = word == 0 ? r[0] : r[1], high = word == 2 ? r[2] : r[3];
        const std::uint32_t bits = (word < 2 ? low : high) >> (4 * static_cast<int>(quad % 8));
        for (int k = 0; k < 4; ++k)
            x[k] = arith::sign<arith::Scalar>(bits << (31 - k));
    } else {
        const std::int64_t block = i * arith::row_blocks(cols, 4) + quad;
        arith::elements<law>(run, static_cast<std::uint32_t>(block), x);
    }
}

/// `whole`: every quad is four elements and 16-byte aligned.
template <Law law, bool whole, class Out>
__global__ void __launch_bounds__(RowTile::threads) weights_kernel(WeightBatch w, Out* out) {
    const std::int64_t i = std::int64_t{blockIdx.x} * blockDim.y + threadIdx.y;
    if (i >= w.rows) return;
    const std::int64_t quads = arith::row_blocks(w.cols, 4);
    for (std::int64_t b = blockIdx.y; b < w.draws; b += gridDim.y) {
        const arith::PhiloxRun run = arith::matrix_run(
            w.seed, w.first_draw + static_cast<std::uint64_t>(b), w.layer, w.stream);
        Out* const row = out + (b * w.rows + i) * w.cols;
        for (std::int64_t quad = threadIdx.x; quad < quads; quad += blockDim.x) {
            float x[4];
            make_quad<law>(run, w.cols, i, quad, x);
            if constexpr (whole) {
                reinterpret_cast<float4*>(row)[quad] = make_float4(x[0], x[1], x[2], x[3]);
            } else {
                for (int k = 0; k < 4; ++k) {
                    if (4 * quad + k < w.cols) row[4 * quad + k] = static_cast<Out>(x[k]);
                }
            }
        }
    }
}

template <Law law, class Out>
cudaError_t launch(const WeightBatch& w, Out* out, cudaStream_t stream) {
    auto kernel = weights_kernel<law, false, Out>;
    if constexpr (sizeof(Out) == 4) {
        const bool whole = w.cols % 4 == 0 && reinterpret_cast<std::uintptr_t>(out) % 16 == 0;
        if (whole) kernel = weights_kernel<law, true, Out>;
    }
    return make_rows("weights", kernel, w, out, stream);
}

template <class Out>
cudaError_t make(const WeightBatch& w, Out* out, cudaStream_t stream) {
    if (!has_counters(w, arith::block_elements(w.law))) return cudaErrorInvalidValue;
    if (w.draws == 0 || w.rows == 0 || w.cols == 0) return cudaSuccess;
    switch (w.law) {
        case Law::gaussian:
            return launch<Law::gaussian>(w, out, stream);
        case Law::uniform:
            return launch<Law::uniform>(w, out, stream);
        case Law::uniform_positive:
            return launch<Law::uniform_positive>(w, out, stream);
        case Law::half_normal:
            return launch<Law::half_normal>(w, out, stream);
        case Law::rademacher:
            return launch<Law::rademacher>(w, out, stream);
        case Law::bits:  // words as they stand are no numbers to widen
            if constexpr (sizeof(Out) == 4) {
                return launch<Law::bits>(w, out, stream);
            } else {
                return cudaErrorInvalidValue;
            }
    }
    return cudaErrorInvalidValue;
}

}  // namespace

cudaError_t make_weights(const WeightBatch& w, float* out, cudaStream_t stream) {
    return make(w, out, stream);
}
cudaError_t make_weights(const WeightBatch& w, double* out, cudaStream_t stream) {
    return make(w, out, stream);
}

}  // namespace rankchain::cuda
