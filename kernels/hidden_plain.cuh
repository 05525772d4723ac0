// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// H in shared memory as it is, row by row, and its product by fused multiply-add: obviously right,
// and the reference for the tensor cores.
#pragma once

#include "host/arith/config.hpp"
#include "kernels/lanes.cuh"

#include <cmath>
#include <cstddef>

namespace rankchain::cuda {

template <class T>
struct alignas(2 * sizeof(T)) Pair {
    T x, y;
};

template <class Number, int tiles_>
class PlainHidden {
  public:
    using T = Number;
    static constexpr int tiles = tiles_;

    /// For `rows` rows, a multiple of 16.
    template <class Memory>
    __host__ __device__ PlainHidden(Memory& memory, int rows, int /*warps*/, bool /*residual*/)
        : h_(memory.template take<T>(static_cast<std::size_t>(rows) * stride)) {}

    /// Element (k, n), by whichever thread has it.
    __device__ void place(int k, int n, T v) { h_[k * stride + n] = v; }

    /// z += w H over the first 16 blocks columns of w.
    template <class Rows>
    __device__ __forceinline__ void add_product(const Place& at, const Rows& rows, int blocks,
                                                T (&z)[tiles][4]) const {
        RANKCHAIN_ROLLED
        for (int kb = 0; kb < blocks; ++kb) {
            float w[2][4];
            rows.quad(kb, w);
            RANKCHAIN_ROLLED
            for (int k = 0; k < 16; ++k) {
                // Selected, not indexed, so that w stays in registers.
                const int from = at.lane - at.t + k / 4;
                const T w0 = __shfl_sync(all_lanes, chosen(w[0], k % 4), from);
                const T w1 = __shfl_sync(all_lanes, chosen(w[1], k % 4), from);
                const T* const row = h_ + (16 * kb + k) * stride + 2 * at.t;
                RANKCHAIN_UNROLL
                for (int j = 0; j < tiles; ++j) {
                    const auto h = *reinterpret_cast<const Pair<T>*>(row + 8 * j);
                    z[j][0] = std::fma(w0, h.x, z[j][0]);
                    z[j][1] = std::fma(w0, h.y, z[j][1]);
                    z[j][2] = std::fma(w1, h.x, z[j][2]);
                    z[j][3] = std::fma(w1, h.y, z[j][3]);
                }
            }
        }
    }

    /// The thread's own H of tile j, where it was carved with `residual`.
    __device__ __forceinline__ void own(const Place& at, int j, T (&v)[4]) const { load(at, j, v); }
    __device__ __forceinline__ void put(const Place& at, int j, const T (&v)[4]) { park(at, j, v); }

    // Places for the thread's own z while H is not in use.
    __device__ __forceinline__ T& slot(const Place& at, int j, int q) {
        return (h_ + at.row(q / 2) * stride + at.first_column())[8 * j + q % 2];
    }
    __device__ __forceinline__ void park(const Place& at, int j, const T (&v)[4]) {
        for (int h = 0; h < 2; ++h)
            *pair(at, j, h) = {v[2 * h], v[2 * h + 1]};
    }
    __device__ __forceinline__ void load(const Place& at, int j, T (&v)[4]) const {
        for (int h = 0; h < 2; ++h) {
            const Pair<T> p = *pair(at, j, h);
            v[2 * h] = p.x;
            v[2 * h + 1] = p.y;
        }
    }

  private:
    // Every other row eight numbers apart modulo the banks: the pairs of a half-warp fall into all
    // of them.
    static constexpr int stride = 8 * tiles + 4;

    static __device__ __forceinline__ float chosen(const float (&w)[4], int e) {
        return e < 2 ? (e == 0 ? w[0] : w[1]) : (e == 2 ? w[2] : w[3]);
    }

    __device__ __forceinline__ Pair<T>* pair(const Place& at, int j, int h) const {
        return reinterpret_cast<Pair<T>*>(h_ + at.row(h) * stride + at.first_column()) + 4 * j;
    }

    T* h_;
};

}  // namespace rankchain::cuda
