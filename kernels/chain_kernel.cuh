// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The layers of a draw on chip: H in shared memory, Z in registers, W from registers. Device memory
// sees d_in N + d N numbers a draw, whatever the number of layers. A block has one draw, a warp for
// every 16 rows of d, or, where a draw is one warp, several.
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

/// A layer's numbers and what follows from its columns.
template <class T>
struct LaunchLayer {
    LayerNumbers<T> numbers;
    int row_quads;  ///< Philox blocks of a row of w, of four elements each
    int blocks;     ///< of 16 columns

    explicit LaunchLayer(const LayerNumbers<T>& layer)
        : numbers(layer),
          row_quads(static_cast<int>(arith::row_blocks(layer.cols, 4))),
          blocks(padded_rows(layer.cols) / warp_rows) {}
};

/// What a launch passes, in constant memory: the chain, and numbers that every thread would make
/// again.
template <class T>
struct ChainLaunch {
    FusedChain<T> chain;
    LaunchLayer<T> first, rest;
    arith::PhiloxKeys keys;

    explicit ChainLaunch(const FusedChain<T>& of)
        : chain(of), first(of.first), rest(of.rest), keys(arith::philox_keys(of.seed)) {}
};

/// ln of one layer's scale. They are added up layer by layer, so that the sum does not depend on
/// how the way is divided into launches.
__device__ inline double log_of(const WholeScale& by) {
    return std::log(by.scale) + by.exponent * 0.6931471805599453;
}

/// What is kept of a draw beside H, and what its threads tell each other at the end.
struct DrawScratch {
    static constexpr std::size_t most_warps = fused_limit / warp_rows;
    double* log_scale;  ///< [2], of `none`: of H, and of H one layer before the last
    unsigned* failed;   ///< [warps]
    int* degenerate;    ///< [warps]

    template <class Memory>
    __host__ __device__ explicit DrawScratch(Memory& memory)
        : log_scale(memory.template take<double>(2)),
          failed(memory.template take<unsigned>(most_warps)),
          degenerate(memory.template take<int>(most_warps)) {}
};

/// Everything of a draw in shared memory, in order: first what has one size, so that a thread keeps
/// few addresses.
template <class Hidden>
struct Carved {
    using T = typename Hidden::T;
    DrawScratch draw;
    NormScratch<T> norm;
    Hidden hidden;

    template <class Memory>
    __host__ __device__ Carved(Memory& memory, const FusedChain<T>& chain, int warps)
        : draw(memory),
          norm(memory, chain.norm, warps, 8 * Hidden::tiles),
          hidden(memory, hidden_rows(chain), warps, has_residual(chain)) {}
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

/// z = factor z, + H where residual.
template <class Hidden>
__device__ __forceinline__ void scale_and_add(const LayerNumbers<typename Hidden::T>& layer,
                                              const Place& at, const Hidden& hidden,
                                              typename Hidden::T (&z)[Hidden::tiles][4]) {
    using T = typename Hidden::T;
    if (layer.residual) {
        RANKCHAIN_UNROLL
        for (int j = 0; j < Hidden::tiles; ++j) {
            T own[4];
            hidden.own(at, j, own);
            for (int q = 0; q < 4; ++q)
                z[j][q] = std::fma(layer.factor, z[j][q], own[q]);
        }
    } else if (layer.factor != T(1)) {
        RANKCHAIN_UNROLL
        for (int j = 0; j < Hidden::tiles; ++j) {
            for (int q = 0; q < 4; ++q)
                z[j][q] *= layer.factor;
        }
    }
}

/// act(z) where H was, after what is to be seen of z has been written.
template <class Hidden>
__device__ __forceinline__ void activate_step(const FusedChain<typename Hidden::T>& chain,
                                              const Place& at, std::int64_t draw, bool last,
                                              Hidden& hidden,
                                              typename Hidden::T (&z)[Hidden::tiles][4]) {
    if (last && chain.preactivation != nullptr) write_out(chain, at, draw, z, chain.preactivation);
    at.sync();  // nobody reads the old H any more
    activate(chain.act, at, hidden, z);
}

/// The thread's draw through the layers of the launch.
template <class Hidden, class Rows>
__device__ __forceinline__ void run_chain(const ChainLaunch<typename Hidden::T>& launch) {
    using T = typename Hidden::T;
    const FusedChain<T>& chain = launch.chain;
    constexpr int tiles = Hidden::tiles;
    const Place at = Place::several(chain.rows);
    const std::int64_t draw =
        std::int64_t{blockIdx.x} * (static_cast<int>(blockDim.x) / at.threads) + at.team;
    if (draw >= chain.draws || chain.failed_layer[draw] >= 0) return;

    Carver carver(dynamic_shared);
    Carved<Hidden> shared(carver, chain, at.warps);
    RANKCHAIN_ROLLED
    for (int team = 0; team < at.team; ++team)
        shared = Carved<Hidden>(carver, chain, at.warps);
    Hidden& hidden = shared.hidden;
    const NormNumbers<T> norm(chain);
    Faults faults;
    double* const log_scale = shared.draw.log_scale;
    if (at.thread == 0) log_scale[0] = log_scale[1] = chain.log_scale[draw];

    load_hidden(chain, at, draw, hidden);
    at.sync();

    const auto from = static_cast<unsigned>(chain.from), to = static_cast<unsigned>(chain.to);
    for (unsigned l = from; l < to; ++l) {  // layer l + 1
        const LaunchLayer<T>& layer = l == 0 ? launch.first : launch.rest;
        const bool last = l + 1 == to;
        T z[tiles][4] = {};
        {
            const int cols = layer.numbers.cols;
            const float* const given = chain.given == nullptr
                                           ? nullptr
                                           : chain.given + draw * (std::int64_t{chain.rows} * cols);
            const WeightsOf weights{
                chain.seed,      chain.first_draw + static_cast<std::uint64_t>(draw),
                l + 1,           cols,
                layer.row_quads, chain.law,
                given,           launch.keys};
            const Rows rows(weights, at);
            hidden.add_product(at, rows, layer.blocks, z);
        }
        scale_and_add(layer.numbers, at, hidden, z);
        if (chain.act_first) {
            // tanh and sign would make a finite number of an infinite one.
            const bool finite =
                (row_finite(0, z) || !at.live[0]) && (row_finite(1, z) || !at.live[1]);
            activate_step(chain, at, draw, last, hidden, z);
            faults.note(l, finite, 0);
            spoil_failed(finite, z);
        }
        if (norm.norm == Norm::none) {
            const WholeScale scale = normalize_whole(norm, at, l, shared.norm, z, faults);
            if (at.thread == 0) {
                log_scale[1] = log_scale[0];
                log_scale[0] += log_of(scale);
            }
        } else if (norm.norm == Norm::layer || norm.norm == Norm::rms) {
            normalize_columns(norm, at, l, hidden, shared.norm, z, faults);
        } else {
            normalize_rows(norm, at, l, z, faults);
        }
        if (!chain.act_first) activate_step(chain, at, draw, last, hidden, z);
        if (last) {
            write_out(chain, at, draw, z, chain.output);
            break;
        }
        RANKCHAIN_UNROLL
        for (int j = 0; j < tiles; ++j)
            hidden.put(at, j, z[j]);
        at.sync();  // the new H is there
    }

    const unsigned failed = over_block(Least(), at, faults.failed, shared.draw.failed);
    const int degenerate = over_block(Sum(), at, faults.degenerate(failed), shared.draw.degenerate);
    if (at.thread != 0) return;
    chain.degenerate_rows[draw] += degenerate;
    if (failed != Faults::none) {
        chain.failed_layer[draw] = static_cast<std::int64_t>(failed) + 1;
        return;
    }
    if (chain.log_scale_before != nullptr) chain.log_scale_before[draw] = log_scale[1];
    chain.log_scale[draw] = log_scale[0];
}

/// Tunables, not yet tuned on a device (ptxas 13.0, 2026-11).
struct Tile {
    /// Draws of a block where a draw is one warp. A multiprocessor holds 32 blocks, so blocks of
    /// one warp would leave half of its 64 warps empty where registers allow more (64 or fewer a
    /// thread); four a block also take a quarter of the block launches, and of the 1 KB of shared
    /// memory that a block costs beside its own. More would keep a finished draw's place longer.
    static constexpr int small_draws = 4;
    /// Shared memory of such a block, at most (one draw may take more): four blocks, 16 warps of
    /// the 128 registers that the kernels take, have room on a multiprocessor of sm_80 or later.
    static constexpr std::size_t small_bytes = 40 << 10;
};

/// Blocks that registers should leave room for on a multiprocessor. (Left to itself the compiler
/// takes two of the largest, so 128 registers, and spills.)
inline constexpr int least_blocks = 1;

template <class Hidden, class Rows>
__global__ void __launch_bounds__(fused_limit / warp_rows * warp_lanes, least_blocks)
    chain_kernel(const __grid_constant__ ChainLaunch<typename Hidden::T> launch) {
    run_chain<Hidden, Rows>(launch);
}

/// Shared memory of a block of that many draws.
template <class Hidden>
std::size_t bytes_of(const FusedChain<typename Hidden::T>& chain, int draws) {
    CarvedBytes bytes;
    for (int draw = 0; draw < draws; ++draw)
        (void)Carved<Hidden>(bytes, chain, padded_rows(chain.rows) / warp_rows);
    return bytes.bytes();
}

/// Draws of a block.
template <class Hidden>
int block_draws(const FusedChain<typename Hidden::T>& chain) {
    int draws = chain.rows <= warp_rows ? Tile::small_draws : 1;
    while (draws > 1 && bytes_of<Hidden>(chain, draws) > Tile::small_bytes)
        draws /= 2;
    return draws;
}

template <class Hidden>
std::size_t carved_bytes(const FusedChain<typename Hidden::T>& chain) {
    return bytes_of<Hidden>(chain, block_draws<Hidden>(chain));
}

template <class Hidden, class Rows>
cudaError_t launch_chain(const FusedChain<typename Hidden::T>& chain, cudaStream_t stream) {
    const int draws = block_draws<Hidden>(chain);
    cudaLaunchConfig_t config{};
    config.blockDim =
        dim3(static_cast<unsigned>(draws * padded_rows(chain.rows) / warp_rows * warp_lanes));
    config.gridDim = dim3(static_cast<unsigned>((chain.draws + draws - 1) / draws));
    config.dynamicSmemBytes = bytes_of<Hidden>(chain, draws);
    config.stream = stream;

    char range[96];
    (void)std::snprintf(range, sizeof range, "chain [%lld, %d, %d] layers %lld to %lld",
                        static_cast<long long>(chain.draws), chain.rows, chain.cols,
                        static_cast<long long>(chain.from + 1), static_cast<long long>(chain.to));
    const nvtx3::scoped_range nvtx(range);
    const auto kernel = chain_kernel<Hidden, Rows>;
    cudaError_t status = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                              static_cast<int>(config.dynamicSmemBytes));
    if (status == cudaSuccess) {
        status = cudaLaunchKernelEx(&config, kernel, ChainLaunch<typename Hidden::T>(chain));
    }
    if (status != cudaSuccess) (void)cudaGetLastError();  // reported here, so cleared
    return status;
}

}  // namespace rankchain::cuda
