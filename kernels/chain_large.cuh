// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What follows the product in a layer of any size: scale, residual, norm and activation of draws
// whose w H a library has computed. The products are backend/large.hpp's.
#pragma once

#include "kernels/chain_fused.cuh"

#include <cstdint>

#include <cuda_runtime.h>

namespace rankchain::cuda {

/// What a layer did to a draw; all zero between layers.
struct LayerFaults {
    unsigned not_finite;  ///< how many threads met such a number
    unsigned degenerate;  ///< rows, columns or matrices
};

/// What `none` multiplies a matrix by: factor 2^-exponent.
struct LargeScale {
    double factor;
    std::int64_t exponent;
};

/// A part of ||Z||_F^2: squares 4^exponent.
struct WholePart {
    double squares;
    std::int64_t exponent;
};

/// Parts that a matrix of d N numbers is taken in, each by one block of threads.
inline constexpr std::int64_t whole_parts_limit = 256;

/// The rest of one layer: H_l from w_l H_{l-1}. What it counts and when it fails:
/// host/cpu/normalize.hpp.
///
/// Shapes   product, output and preactivation [B, d, cols], input [B, d, cols] with `input_stride`
///          numbers from draw to draw; row-major, contiguous, on the device. faults, whole [B];
///          parts [B, whole_parts_limit].
/// Alias    output may be input where their strides agree. `product` is worked in.
template <class T>
struct LargeLayer {
    std::int64_t draws = 0;  ///< B
    int rows = 0;            ///< d
    int cols = 0;            ///< columns carried
    int batch = 0;           ///< N, what means over a row divide by
    bool compressed = false;
    T factor = T(1);
    bool residual = false;

    Norm norm = Norm::batch;
    Act act = Act::linear;
    bool act_first = false;
    T eps = T(0);

    T* product = nullptr;
    const T* input = nullptr;  ///< H_{l-1}; read where `residual`
    std::int64_t input_stride = 0;
    T* output = nullptr;
    T* preactivation = nullptr;  ///< P_l, or null

    const std::int64_t* failed_layer = nullptr;  ///< a draw with one >= 0 is left alone
    LayerFaults* faults = nullptr;
    WholePart* parts = nullptr;   ///< of `none`
    LargeScale* whole = nullptr;  ///< of `none`
};

/// Errors   cudaErrorInvalidValue for more blocks than a grid holds; else what a launch returned.
/// Stream   enqueued on `stream`; does not synchronise.
/// Sums     in T, means and variances in two passes, about each line's first element and scaled by
///          a power of two; `none` adds up parts in float64.
/// Order    run_to_run: fixed by (d, cols), whatever B.
template <class T>
cudaError_t finish_layer(const LargeLayer<T>& layer, cudaStream_t stream);

/// After finish_layer(): what the layer did, into the records of the draws (FusedChain).
struct LayerRecords {
    std::int64_t draws = 0;
    std::int64_t layer = 0;
    LayerFaults* faults = nullptr;      ///< read, and then zero again
    const LargeScale* whole = nullptr;  ///< of `none`; null: nothing to add to log_scale
    std::int64_t* failed_layer = nullptr;
    std::int64_t* degenerate_rows = nullptr;
    double* log_scale = nullptr;
    double* log_scale_before = nullptr;  ///< set, where not null
};
cudaError_t record_layer(const LayerRecords& records, cudaStream_t stream);

/// to[i] = from[i], i < n.
cudaError_t widen(const float* from, double* to, std::int64_t n, cudaStream_t stream);

}  // namespace rankchain::cuda
