// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The layers of one draw in one block: H in shared memory, Z in registers, W from registers. Device
// memory sees d_in N + d N numbers a draw, whatever the number of layers.
//
// Hidden   how H lies in shared memory and is multiplied (hidden_*.cuh)
// Rows     where weights come from (weight_rows.cuh)
#pragma once

#include "kernels/activate.cuh"
#include "kernels/chain_fused.cuh"
#include "kernels/lanes.cuh"
#include "kernels/normalize.cuh"
#include "kernels/shared_memory.cuh"
#include "kernels/weight_rows.cuh"

#include <cmath>
#include <cstdio>
#include <limits>

#include <nvtx3/nvtx3.hpp>

namespace rankchain::cuda {

constexpr __host__ __device__ int padded_rows(int rows) {
    return (rows + warp_rows - 1) / warp_rows * warp_rows;
}

/// Rows of H in shared memory: X may be taller than the layers.
template <class T>
constexpr __host__ __device__ int hidden_rows(const FusedChain<T>& chain) {
    const int input = chain.from == 0 ? chain.first.cols : chain.rows;
    return padded_rows(input > chain.rows ? input : chain.rows);
}

template <class T>
constexpr __host__ __device__ bool has_residual(const FusedChain<T>& chain) {
    return chain.from == 0 ? chain.first.residual || (chain.to > 1 && chain.rest.residual)
                           : chain.rest.residual;
}

template <class T>
inline constexpr T not_a_number = std::numeric_limits<T>::quiet_NaN();

/// ln of a product of many scales as mantissa and exponent.
struct LogScale {
    double mantissa, exponent;

    __device__ void multiply(const NormFaults& faults) {
        int e = 0;
        mantissa = std::frexp(mantissa * faults.scale, &e);
        exponent += e + faults.scale_exponent;
    }
    __device__ double log() const { return std::log(mantissa) + exponent * 0.6931471805599453; }
};

/// What is kept of a draw beside H, and what its threads tell each other at the end.
struct DrawScratch {
    LogScale* log_scale;  ///< [2], of `none`: of H, and of H one layer before the last
    unsigned* failed;     ///< [warps]
    int* degenerate;      ///< [warps]

    template <class Memory>
    __host__ __device__ DrawScratch(Memory& memory, int warps)
        : log_scale(memory.template take<LogScale>(2)),
          failed(memory.template take<unsigned>(static_cast<std::size_t>(warps))),
          degenerate(memory.template take<int>(static_cast<std::size_t>(warps))) {}
};

/// Everything in shared memory, in order.
template <class Hidden>
struct Carved {
    using T = typename Hidden::T;
    Hidden hidden;
    NormScratch<T> norm;
    DrawScratch draw;

    template <class Memory>
    __host__ __device__ Carved(Memory& memory, const FusedChain<T>& chain, int warps)
        : hidden(memory, hidden_rows(chain), warps, has_residual(chain)),
          norm(memory, chain.norm, warps, 8 * Hidden::tiles),
          draw(memory, warps) {}
};

/// Faults over the layers so far. What fails is NaN from then on in the whole draw, so that no
/// thread counts anything beyond the layer after the first one to fail.
struct DrawFaults {
    static constexpr unsigned none = 0xffffffffU;
    unsigned failed = none;  ///< first layer to fail, less one
    unsigned counted = 0;    ///< last layer with degenerate rows, less one
    int before = 0, total = 0;

    __device__ __forceinline__ void note(unsigned layer, bool finite, int degenerate) {
        if (!finite && failed == none) failed = layer;
        if (degenerate > 0) {
            before = total;
            counted = layer;
            total += degenerate;
        }
    }
};

/// H_0, or the H of an earlier launch, with zeros about it.
template <class Hidden>
__device__ void load_hidden(const FusedChain<typename Hidden::T>& chain, const Place& at,
                            std::int64_t draw, Hidden& hidden) {
    constexpr int width = 8 * Hidden::tiles;
    const int rows = chain.from == 0 ? chain.first.cols : chain.rows;
    const auto* const from = chain.input + draw * chain.input_stride;
    RANKCHAIN_ROLLED
    for (int i = at.thread; i < hidden_rows(chain) * width; i += at.threads) {
        const int k = i / width, n = i % width;
        const bool there = k < rows && n < chain.cols;
        hidden.place(k, n, there ? from[k * chain.cols + n] : typename Hidden::T(0));
    }
}

template <class T, int tiles>
__device__ void write_out(const FusedChain<T>& chain, const Place& at, std::int64_t draw,
                          const T (&z)[tiles][4], T* to) {
    to += draw * (std::int64_t{chain.rows} * chain.cols) + at.first_column();
    RANKCHAIN_UNROLL
    for (int h = 0; h < 2; ++h) {
        T* const row = to + at.row(h) * chain.cols;
        RANKCHAIN_UNROLL
        for (int j = 0; j < tiles; ++j) {
            for (int c = 0; c < 2; ++c) {
                if (at.live[h] && at.has(j, c, chain.cols)) row[8 * j + c] = z[j][2 * h + c];
            }
        }
    }
}

/// z = factor z, + H where residual; zero in rows beyond d.
template <class Hidden>
__device__ __forceinline__ void scale_and_add(const LayerNumbers<typename Hidden::T>& layer,
                                              const Place& at, const Hidden& hidden,
                                              typename Hidden::T (&z)[Hidden::tiles][4]) {
    using T = typename Hidden::T;
    const T factor[2] = {at.live[0] ? layer.factor : T(0), at.live[1] ? layer.factor : T(0)};
    if (layer.residual) {
        RANKCHAIN_UNROLL
        for (int j = 0; j < Hidden::tiles; ++j) {
            for (int h = 0; h < 2; ++h) {
                T h0, h1;
                hidden.own(at, j, h, h0, h1);
                z[j][2 * h] = std::fma(factor[h], z[j][2 * h], h0);
                z[j][2 * h + 1] = std::fma(factor[h], z[j][2 * h + 1], h1);
            }
        }
    } else {
        RANKCHAIN_UNROLL
        for (int j = 0; j < Hidden::tiles; ++j) {
            for (int q = 0; q < 4; ++q)
                z[j][q] *= factor[q / 2];
        }
    }
}

/// The block's draw through the layers of the launch.
template <class Hidden, class Rows>
__device__ __forceinline__ void run_chain(const FusedChain<typename Hidden::T>& chain) {
    using T = typename Hidden::T;
    constexpr int tiles = Hidden::tiles;
    const std::int64_t draw = blockIdx.x;
    if (chain.failed_layer[draw] >= 0) return;

    const Place at(chain.rows);
    Carver carver(dynamic_shared);
    Carved<Hidden> shared(carver, chain, at.warps);
    Hidden& hidden = shared.hidden;
    const NormNumbers<T> norm(chain);
    DrawFaults faults;
    LogScale* const log_scale = shared.draw.log_scale;
    if (at.thread == 0) log_scale[0] = log_scale[1] = {1.0, 0.0};

    load_hidden(chain, at, draw, hidden);
    __syncthreads();

    const auto from = static_cast<unsigned>(chain.from), to = static_cast<unsigned>(chain.to);
    for (unsigned l = from; l < to; ++l) {  // layer l + 1
        const LayerNumbers<T> layer = l == 0 ? chain.first : chain.rest;
        const bool last = l + 1 == to;
        T z[tiles][4] = {};
        {
            const float* const given =
                chain.given == nullptr
                    ? nullptr
                    : chain.given + draw * (std::int64_t{chain.rows} * layer.cols);
            const WeightsOf weights{chain.seed, chain.first_draw + static_cast<std::uint64_t>(draw),
                                    l + 1,      layer.cols,
                                    chain.law,  given};
            const Rows rows(weights, at);
            hidden.add_product(at, rows, padded_rows(layer.cols) / warp_rows, z);
        }
        scale_and_add(layer, at, hidden, z);
        NormFaults now;
        // Norm and activation in the chain's order, each once in the code.
        RANKCHAIN_ROLLED
        for (int step = 0; step < 2; ++step) {
            if ((step == 0) != chain.act_first) {
                normalize(norm, at, shared.norm, z, now);
                continue;
            }
            if (last && chain.preactivation != nullptr) {
                write_out(chain, at, draw, z, chain.preactivation);
            }
            // tanh and sign would make a finite number of an infinite one.
            if (chain.act_first) now.finite = row_finite(0, z) && row_finite(1, z);
            __syncthreads();  // nobody reads the old H any more
            activate(chain.act, at, hidden, z);
        }
        faults.note(l, now.finite, now.degenerate);
        if (chain.norm == Norm::none && at.thread == 0) {
            log_scale[1] = log_scale[0];
            log_scale[0].multiply(now);
        }
        if (any_lane(!now.finite)) {
            each([](T) { return not_a_number<T>; }, z);
        }
        if (last) {
            write_out(chain, at, draw, z, chain.output);
            break;
        }
        RANKCHAIN_UNROLL
        for (int j = 0; j < tiles; ++j) {
            for (int h = 0; h < 2; ++h)
                hidden.put(at, j, h, z[j][2 * h], z[j][2 * h + 1]);
        }
        __syncthreads();  // the new H is there
    }

    const unsigned failed = over_block(Least(), at, faults.failed, shared.draw.failed);
    const int counted = faults.counted >= failed ? faults.before : faults.total;
    const int degenerate = over_block(Sum(), at, counted, shared.draw.degenerate);
    if (at.thread != 0) return;
    chain.degenerate_rows[draw] += degenerate;
    if (failed != DrawFaults::none) {
        chain.failed_layer[draw] = static_cast<std::int64_t>(failed) + 1;
        return;
    }
    if (chain.log_scale_before != nullptr) {
        chain.log_scale_before[draw] = chain.log_scale[draw] + log_scale[1].log();
    }
    chain.log_scale[draw] += log_scale[0].log();
}

/// Blocks that registers should leave room for on a multiprocessor; 0 leaves it to the compiler,
/// which spills where z is smallest. (ptxas 13.0, 2026-11; not tuned on a device yet.)
template <class Hidden>
inline constexpr int least_blocks = sizeof(typename Hidden::T) * Hidden::tiles <= 16 ? 1 : 0;

/// Blocks of 32 threads for every 16 rows of d, one a draw.
template <class Hidden, class Rows>
__global__ void __launch_bounds__(fused_limit / warp_rows * warp_lanes, least_blocks<Hidden>)
    chain_kernel(const FusedChain<typename Hidden::T> chain) {
    run_chain<Hidden, Rows>(chain);
}

template <class Hidden>
std::size_t carved_bytes(const FusedChain<typename Hidden::T>& chain) {
    CarvedBytes bytes;
    const Carved<Hidden> carved(bytes, chain, padded_rows(chain.rows) / warp_rows);
    return bytes.bytes();
}

template <class Hidden, class Rows>
cudaError_t launch_chain(const FusedChain<typename Hidden::T>& chain, cudaStream_t stream) {
    cudaLaunchConfig_t config{};
    config.blockDim = dim3(static_cast<unsigned>(padded_rows(chain.rows) / warp_rows * warp_lanes));
    config.gridDim = dim3(static_cast<unsigned>(chain.draws));
    config.dynamicSmemBytes = carved_bytes<Hidden>(chain);
    config.stream = stream;

    char range[96];
    (void)std::snprintf(range, sizeof range, "chain [%lld, %d, %d] layers %lld to %lld",
                        static_cast<long long>(chain.draws), chain.rows, chain.cols,
                        static_cast<long long>(chain.from + 1), static_cast<long long>(chain.to));
    const nvtx3::scoped_range nvtx(range);
    const auto kernel = chain_kernel<Hidden, Rows>;
    cudaError_t status = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                              static_cast<int>(config.dynamicSmemBytes));
    if (status == cudaSuccess) status = cudaLaunchKernelEx(&config, kernel, chain);
    if (status != cudaSuccess) (void)cudaGetLastError();  // reported here, so cleared
    return status;
}

}  // namespace rankchain::cuda
