// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Launches that make random matrices [B, rows, cols] from Philox blocks, four neighbours of a row
// at a time: which threads make which rows, and which matrices have counters.
#pragma once

#include "host/arith/counter.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include <cuda_runtime.h>
#include <nvtx3/nvtx3.hpp>

namespace rankchain::cuda {

// A block of threads covers some rows of one draw: up to `quads` threads along a row, each with
// four neighbouring elements at a time, the rest across rows. Not tuned on a device yet.
struct RowTile {
    static constexpr int threads = 256;
    static constexpr int quads = 64;
    static constexpr std::int64_t draws_in_grid = 65535;  // the limit of gridDim.y
};

/// Whether every element of the matrices has a counter: blocks of `elements` below 2^32, draws
/// below 2^56. `Batch` is of draws, rows, cols and first_draw.
template <class Batch>
bool has_counters(const Batch& batch, std::int64_t elements) {
    constexpr std::int64_t blocks = std::int64_t{1} << 32;
    if (batch.draws < 0 || batch.rows < 0 || batch.cols < 0) return false;
    if (batch.rows > blocks || batch.cols > blocks) return false;
    const std::int64_t in_row = arith::row_blocks(batch.cols, elements);
    if (in_row > 0 && batch.rows > blocks / in_row) return false;
    const auto draws = static_cast<std::uint64_t>(batch.draws);
    return draws <= arith::draw_limit && batch.first_draw <= arith::draw_limit - draws;
}

/// Enqueues kernel(batch, out): row blockIdx.x * blockDim.y + threadIdx.y, quads from threadIdx.x
/// by blockDim.x, draws from blockIdx.y by gridDim.y. `what` is the name in profiles.
template <class Batch, class Out>
cudaError_t make_rows(const char* what, void (*kernel)(Batch, Out*), const Batch& batch, Out* out,
                      cudaStream_t stream) {
    const std::int64_t quads = arith::row_blocks(batch.cols, 4);
    unsigned along = 1;
    while (along < RowTile::quads && along < quads)
        along *= 2;
    const unsigned across = RowTile::threads / along;

    cudaLaunchConfig_t config{};
    config.blockDim = dim3(along, across);
    config.gridDim = dim3(static_cast<unsigned>((batch.rows + across - 1) / across),
                          static_cast<unsigned>(std::min(batch.draws, RowTile::draws_in_grid)));
    config.stream = stream;

    char range[96];
    (void)std::snprintf(range, sizeof range, "%s [%lld, %lld, %lld]", what,
                        static_cast<long long>(batch.draws), static_cast<long long>(batch.rows),
                        static_cast<long long>(batch.cols));
    const nvtx3::scoped_range nvtx(range);
    const cudaError_t status = cudaLaunchKernelEx(&config, kernel, batch, out);
    if (status != cudaSuccess) (void)cudaGetLastError();  // reported here, so cleared
    return status;
}

}  // namespace rankchain::cuda
