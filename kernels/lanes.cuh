// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Who holds what of a [d, N] matrix spread over a block, and sums over its parts.
//
// Warp w has rows 16 w .. 16 w + 15. Lane (g, t) = (lane / 4, lane % 4) has rows 2 g and 2 g + 1 of
// them and columns 8 j + 2 t, 8 j + 2 t + 1 for j = 0 .. tiles - 1: the accumulator of mma m16n8,
// whose rows g and g + 8 stand for 2 g and 2 g + 1 (any order does, if the rows of w have the same;
// in this one a thread's two rows of H are one operand). In an array z[tiles][4], z[j][2 h + c] is
// row 2 g + h, column 8 j + 2 t + c. Four lanes, a quad, share a row.
#pragma once

#include "host/arith/config.hpp"

#include <cstdint>

#include <cuda_runtime.h>

namespace rankchain::cuda {

inline constexpr int warp_rows = 16;
inline constexpr int warp_lanes = 32;
inline constexpr unsigned all_lanes = 0xffffffffU;

/// One thread's part of a matrix, and of the block's warps those that share the matrix.
struct Place {
    int warps, threads;  ///< that share it
    int team;            ///< which of the block's matrices it is
    int thread, warp;    ///< among those
    int lane, g, t;
    int first_row;
    bool live[2];  ///< whether that row is one of the d

    /// One matrix a block.
    __device__ explicit Place(int rows)
        : Place(rows, static_cast<int>(blockDim.x), 0, static_cast<int>(threadIdx.x)) {}

    /// As many matrices of that many rows as the block has warps for.
    static __device__ Place several(int rows) {
        const auto thread = static_cast<int>(threadIdx.x);
        if (rows > warp_rows) return Place(rows);
        return {rows, warp_lanes, thread / warp_lanes, thread % warp_lanes};
    }

    /// Of z[.][2 h], z[.][2 h + 1]. (No array: it may be asked for in a loop.)
    __device__ __forceinline__ int row(int h) const { return first_row + h; }
    /// Column of z[j][c] is first_column() + 8 j + c; the compiler keeps one number and adds the
    /// rest in the instructions.
    __device__ __forceinline__ int first_column() const { return 2 * t; }
    __device__ __forceinline__ bool has(int j, int c, int cols) const {
        return 8 * j + c < cols - first_column();
    }

    /// Waits for all that share the matrix.
#ifdef SIMT_HOST
    void sync(int line = __builtin_LINE()) const {
        warps > 1 ? __syncthreads(line) : __syncwarp(all_lanes, line);
    }
#else
    __device__ __forceinline__ void sync() const {
        warps > 1 ? __syncthreads() : __syncwarp(all_lanes);
    }
#endif

  private:
    __device__ Place(int rows, int sharing, int which, int index)
        : warps(sharing / warp_lanes),
          threads(sharing),
          team(which),
          thread(index),
          warp(index / warp_lanes),
          lane(index % warp_lanes),
          g(lane / 4),
          t(lane % 4),
          first_row(warp_rows * warp + 2 * g),
          live{first_row < rows, first_row + 1 < rows} {}
};

struct Sum {
    template <class T>
    __device__ __forceinline__ T operator()(T a, T b) const {
        return a + b;
    }
};

/// NaN if one of the two is.
struct Largest {
    template <class T>
    __device__ __forceinline__ T operator()(T a, T b) const {
        return (b > a || b != b) ? b : a;
    }
};

struct Least {
    template <class T>
    __device__ __forceinline__ T operator()(T a, T b) const {
        return b < a ? b : a;
    }
};

/// Over the four lanes of a row, the same in each of them.
template <class Op, class T>
__device__ __forceinline__ T over_quad(Op op, T v) {
    v = op(v, __shfl_xor_sync(all_lanes, v, 1));
    return op(v, __shfl_xor_sync(all_lanes, v, 2));
}

/// Over the eight lanes that share columns, the same in each of them.
template <class Op, class T>
__device__ __forceinline__ T over_rows(Op op, T v) {
    v = op(v, __shfl_xor_sync(all_lanes, v, 4));
    v = op(v, __shfl_xor_sync(all_lanes, v, 8));
    return op(v, __shfl_xor_sync(all_lanes, v, 16));
}

/// Over all that share the matrix, the same in each thread, in an order that the number of warps
/// fixes. `scratch` has one element a warp and must not be in use on either side of the nearest
/// barriers.
template <class Op, class T>
__device__ __forceinline__ T over_block(Op op, const Place& at, T v, T* scratch) {
    v = over_rows(op, over_quad(op, v));
    if (at.lane == 0) scratch[at.warp] = v;
    at.sync();
    v = scratch[0];
    RANKCHAIN_ROLLED
    for (int w = 1; w < at.warps; ++w)
        v = op(v, scratch[w]);
    return v;
}

/// Whether any lane of the warp says so.
__device__ __forceinline__ bool any_lane(bool says) {
    return __ballot_sync(all_lanes, says ? 1 : 0) != 0;
}

}  // namespace rankchain::cuda
