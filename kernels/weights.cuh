// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/arith/counter.hpp"

#include <cstdint>

#include <cuda_runtime.h>

namespace rankchain::cuda {

/// The weights of one layer of consecutive draws. docs/numerics.md, "Randomness".
struct WeightBatch {
    arith::Law law = arith::Law::gaussian;
    std::uint64_t seed = 0;
    std::uint64_t first_draw = 0;
    std::uint32_t layer = 0;
    arith::Stream stream = arith::Stream::weights;
    std::int64_t draws = 0;  ///< B
    std::int64_t rows = 0;
    std::int64_t cols = 0;
};

/// out[b, i, j] = element (i, j) of draw first_draw + b, before scale.
///
/// Shapes   out [B, rows, cols] on the device, row-major, contiguous.
/// Errors   cudaErrorInvalidValue if a size is negative, rows * ceil(cols / 4) (128 for
///          `rademacher`) exceeds 2^32 or a draw reaches 2^56; else what the launch returned.
/// Stream   enqueued on `stream`; does not synchronise.
/// Order    gpu_to_gpu, and the bits of host/cpu/weights.hpp.
cudaError_t make_weights(const WeightBatch& w, float* out, cudaStream_t stream);
/// The same numbers, widened; cudaErrorInvalidValue for `bits`.
cudaError_t make_weights(const WeightBatch& w, double* out, cudaStream_t stream);

}  // namespace rankchain::cuda
