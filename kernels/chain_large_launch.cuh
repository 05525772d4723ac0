// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What the kernels behind chain_large.cuh share.
#pragma once

#include "host/arith/activation.hpp"
#include "kernels/chain_large.cuh"
#include "kernels/chain_lines.cuh"
#include "kernels/sine.cuh"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <utility>

#include <nvtx3/nvtx3.hpp>

namespace rankchain::cuda {

/// Bytes of a block's lines that are kept on chip between passes. (Below the 48 KiB that need no
/// asking, and seven blocks a multiprocessor; 2026-11, not tuned on a device yet.)
inline constexpr int staged_bytes = 32 << 10;
template <class T>
inline constexpr std::int64_t staged_of_thread = staged_bytes / line_threads / int{sizeof(T)};

template <class T>
__device__ __forceinline__ T activate_one(Act act, T x) {
    switch (act) {
        case Act::linear:
            break;
        case Act::relu:
            return arith::Relu{}(x);
        case Act::leaky_relu:
            return arith::LeakyRelu{}(x);
        case Act::tanh:
            return arith::Tanh{}(x);
        case Act::gelu:
            return arith::Gelu{}(x);
        case Act::sin:
            return Sine{}(x);
        case Act::sign:
            return arith::Sign{}(x);
    }
    return x;
}

/// Blocks of line_threads threads, numbered along one dimension: the others end at 65535.
template <class... P, class... A>
cudaError_t launch_large(const char* name, void (*kernel)(P...), std::int64_t blocks,
                         std::size_t shared_bytes, cudaStream_t stream, A&&... arguments) {
    if (blocks < 1 || blocks > std::numeric_limits<std::int32_t>::max()) {
        return cudaErrorInvalidValue;
    }
    cudaLaunchConfig_t config{};
    config.blockDim = dim3(line_threads);
    config.gridDim = dim3(static_cast<unsigned>(blocks));
    config.dynamicSmemBytes = shared_bytes;
    config.stream = stream;
    char range[96];
    (void)std::snprintf(range, sizeof range, "%s, %lld blocks", name,
                        static_cast<long long>(blocks));
    const nvtx3::scoped_range nvtx(range);
    const cudaError_t status = cudaLaunchKernelEx(&config, kernel, std::forward<A>(arguments)...);
    if (status != cudaSuccess) (void)cudaGetLastError();  // reported here, so cleared
    return status;
}

/// Blocks for n elements, one a thread; each thread goes on where there are more of them.
inline std::int64_t blocks_over(std::int64_t n) {
    constexpr std::int64_t most = 4096;
    return std::min((n + line_threads - 1) / line_threads, most);
}

/// finish_layer() of norms of rows, columns and the whole.
template <class T>
cudaError_t finish_rows(const LargeLayer<T>& layer, cudaStream_t stream);
template <class T>
cudaError_t finish_columns(const LargeLayer<T>& layer, cudaStream_t stream);
template <class T>
cudaError_t finish_whole(const LargeLayer<T>& layer, cudaStream_t stream);

}  // namespace rankchain::cuda
