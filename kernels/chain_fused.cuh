// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Whole chains on chip: the layers of a launch never touch device memory. For sizes to 128; larger
// ones take a product, a weights and a normalisation kernel each (not here).
#pragma once

#include "host/arith/counter.hpp"
#include "kernels/work.hpp"

#include <cstddef>
#include <cstdint>

#include <cuda_runtime.h>

namespace rankchain::cuda {

// `Normalization`, `Activation` of <rankchain/network.hpp>, in C++17 and in the same order.
enum class Norm { batch, batch_center, batch_scale, layer, rms, none };
enum class Act { linear, relu, leaky_relu, tanh, gelu, sin, sign };

/// What multiplies.
enum class Arithmetic {
    plain,   ///< fused multiply-add in T, over k = 0, 1, ... in turn: the CPU backend's own sums
    tensor,  ///< tensor cores: float32 as two tf32 products, float64 as itself
};

/// Z = factor (w H) + H where residual, else Z = factor (w H); w [d, cols].
template <class T>
struct LayerNumbers {
    int cols = 0;
    T factor = T(1);
    bool residual = false;  ///< only where cols == d
};

/// H_l for l = from + 1 .. to, of `draws` consecutive draws: Chunk::advance (host/ops.hpp).
///
/// Shapes   input [B, first.cols or d, cols], `input_stride` numbers from draw to draw (0: one X
/// for
///          all); output and preactivation [B, d, cols]; records [B]. Row-major, contiguous, on the
///          device.
/// Alias    output may be input, where their strides agree; nothing else may overlap.
template <class T>
struct FusedChain {
    std::int64_t draws = 0;  ///< B
    int rows = 0;            ///< d
    int cols = 0;            ///< columns carried: N, or fewer where `compressed`
    int batch = 0;           ///< N, what means over a row divide by
    /// H is K [d, cols] with H = K Q^T: rows that the norm would centre have mean zero already.
    bool compressed = false;

    std::int64_t from = 0;  ///< the layer of `input`
    std::int64_t to = 0;    ///< at most 2^32 - 1
    LayerNumbers<T> first;  ///< of layer 1
    LayerNumbers<T> rest;   ///< of the others

    arith::Law law = arith::Law::gaussian;
    std::uint64_t seed = 0;
    std::uint64_t first_draw = 0;
    /// Not null: w [B, d, cols of the layer] as it stands here, in place of `law`; one layer only.
    const float* given = nullptr;

    Norm norm = Norm::batch;
    Act act = Act::linear;
    bool act_first = false;  ///< order act-norm
    T eps = T(0);

    const T* input = nullptr;
    std::int64_t input_stride = 0;
    T* output = nullptr;
    T* preactivation = nullptr;  ///< P of layer `to`, or null

    /// What is known of each draw before, and after. A draw with failed_layer >= 0 is left alone;
    /// one that fails has the layer there and no meaning in its numbers.
    std::int64_t* failed_layer = nullptr;
    std::int64_t* degenerate_rows = nullptr;
    double* log_scale = nullptr;         ///< of H, added to
    double* log_scale_before = nullptr;  ///< set to that of H of layer to - 1; may be null
};

/// Bytes of shared memory a block of this chain takes. What a device gives a block
/// (cudaDevAttrMaxSharedMemoryPerBlockOptin) decides whether it can run there.
template <class T>
std::size_t shared_bytes(const FusedChain<T>& chain, Arithmetic arithmetic);

/// Whether advance_chain() accepts this chain on a device with so much shared memory a block.
template <class T>
bool can_advance(const FusedChain<T>& chain, Arithmetic arithmetic, std::size_t shared_limit);

/// Errors   cudaErrorInvalidValue for sizes beyond fused_limit, counters beyond theirs, given
///          weights with `tensor` or for more than one layer; else what the launch returned.
/// Stream   enqueued on `stream`; does not synchronise.
/// Order    run_to_run: every sum's order is fixed by (d, cols), whatever B or the division of the
///          way into launches.
template <class T>
cudaError_t advance_chain(const FusedChain<T>& chain, Arithmetic arithmetic, cudaStream_t stream);

}  // namespace rankchain::cuda
