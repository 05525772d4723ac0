// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <cuda_runtime.h>

namespace rankchain::cuda {

/// Generated inputs of consecutive draws. docs/numerics.md, "Randomness".
struct InputBatch {
    std::uint64_t seed = 0;
    std::uint64_t first_draw = 0;
    std::int64_t draws = 0;  ///< B
    std::int64_t rows = 0;
    std::int64_t cols = 0;         ///< N
    bool duplicate_pairs = false;  ///< column 2k+1 is column 2k + 1e-3 times its own normal
};

/// X of draw first_draw + b in out[b], as fill_input() of host/cpu/weights.hpp makes it in float64,
/// rounded to T.
///
/// Shapes   out [B, rows, N] on the device, row-major, contiguous.
/// Errors   cudaErrorInvalidValue if a size is negative, rows * ceil(N / 4) exceeds 2^32 or a draw
///          reaches 2^56; else what the launch returned.
/// Stream   enqueued on `stream`; does not synchronise.
/// Order    gpu_to_gpu, and the bits of the CPU backend.
template <class T>
cudaError_t make_input(const InputBatch& input, T* out, cudaStream_t stream);

}  // namespace rankchain::cuda
