// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// H in shared memory as the B operands of tensor-core products, float32 split in two.
//
// A lane's quad of weights, columns 16 kb + 4 t .. + 3 of w, fills its slots of two products over
// eight k each. So product h of block kb sums over k = 16 kb + 4 t + 2 h + s, t = 0 .. 3, s = 0, 1,
// with s = 0 in slot t and s = 1 in slot t + 4: a permutation of the columns of w and the rows of H
// alike, which a sum does not see. Rows 2 h and 2 h + 1 of a quad lie side by side, so that a lane
// loads an operand, 16 bytes, at once; and stores one at once, since a lane's rows of z are two
// such rows (lanes.cuh).
#pragma once

#include "host/arith/config.hpp"
#include "kernels/lanes.cuh"
#include "kernels/mma.cuh"

#include <cstddef>

namespace rankchain::cuda {

/// A lane's operand B, 16 bytes: two numbers of H, each mma's two registers side by side.
template <class T>
struct Operand;

template <>
struct alignas(16) Operand<float> {
    float hi[2], lo[2];

    __device__ __forceinline__ void put(int s, float v) {
        const SplitFloat x = split(v);
        hi[s] = x.hi;
        lo[s] = x.lo;
    }
    __device__ __forceinline__ float& raw(int s) { return hi[s]; }
    __device__ __forceinline__ float raw(int s) const { return hi[s]; }
    __device__ __forceinline__ void multiply_add(float (&c)[4], const float (&a)[4]) const {
        mma(c, a, hi[0], hi[1]);
        mma(c, a, to_grid(lo[0]), to_grid(lo[1]));
    }
};

template <>
struct alignas(16) Operand<double> {
    double v[2];

    __device__ __forceinline__ void put(int s, double x) { v[s] = x; }
    __device__ __forceinline__ double& raw(int s) { return v[s]; }
    __device__ __forceinline__ double raw(int s) const { return v[s]; }
    __device__ __forceinline__ void multiply_add(double (&c)[4], const double (&a)[4]) const {
        mma(c, a, v[0], v[1]);
    }
};

template <class Number, int tiles_>
class TensorHidden {
  public:
    using T = Number;
    static constexpr int tiles = tiles_;

    template <class Memory>
    __host__ __device__ TensorHidden(Memory& memory, int rows, int warps, bool residual)
        : h_(memory.template take<Operand<T>>(static_cast<std::size_t>(rows) * 4 * tiles)),
          warps_(warps) {
        // Split, a number is no longer what it was.
        if (sizeof(T) == 4 && residual) {
            own_ = memory.template take<Quad>(static_cast<std::size_t>(warps) * own_of_warp);
        }
    }

    __device__ void place(int k, int n, T v) {
        h_[operand(k, n)].put(k % 2, v);
        const int warp = k / warp_rows, lane = 4 * (k % warp_rows / 2) + n % 8 / 2;
        if (own_ != nullptr && warp < warps_) {
            own_[warp * own_of_warp + n / 8 * warp_lanes + lane].v[k % 2 * 2 + n % 2] = v;
        }
    }

    template <class Rows>
    __device__ __forceinline__ void add_product(const Place& at, const Rows& rows, int blocks,
                                                T (&z)[tiles][4]) const {
        const Operand<T>* tile[2] = {h_ + swizzled(at.lane, 0),
                                     h_ + tiles * warp_lanes + swizzled(at.lane, 1)};
        RANKCHAIN_ROLLED
        for (int kb = 0; kb < blocks; ++kb) {
            float w[2][4];
            rows.quad(kb, w);
            RANKCHAIN_UNROLL
            for (int h = 0; h < 2; ++h) {
                const T a[4] = {w[0][2 * h], w[1][2 * h], w[0][2 * h + 1], w[1][2 * h + 1]};
                RANKCHAIN_UNROLL
                for (int j = 0; j < tiles; ++j) {
                    const Operand<T> b = tile[h][j * warp_lanes];
                    b.multiply_add(z[j], a);
                }
                tile[h] += 2 * tiles * warp_lanes;
            }
        }
    }

    __device__ __forceinline__ void own(const Place& at, int j, T (&v)[4]) const {
        if constexpr (sizeof(T) == 4) {
            const Quad q = own_[at.warp * own_of_warp + j * warp_lanes + at.lane];
            for (int i = 0; i < 4; ++i)
                v[i] = q.v[i];
        } else {
            load(at, j, v);
        }
    }

    __device__ __forceinline__ void put(const Place& at, int j, const T (&v)[4]) {
        RANKCHAIN_UNROLL
        for (int c = 0; c < 2; ++c) {
            Operand<T> b;
            b.put(0, v[c]);
            b.put(1, v[2 + c]);
            h_[operand(at, c) + j * warp_lanes] = b;
        }
        if (own_ != nullptr) {
            own_[at.warp * own_of_warp + j * warp_lanes + at.lane] = {v[0], v[1], v[2], v[3]};
        }
    }

    __device__ __forceinline__ T& slot(const Place& at, int j, int q) {
        return h_[operand(at, q % 2) + j * warp_lanes].raw(q / 2);
    }
    __device__ __forceinline__ void park(const Place& at, int j, const T (&v)[4]) {
        for (int c = 0; c < 2; ++c) {
            Operand<T>& b = h_[operand(at, c) + j * warp_lanes];
            b.raw(0) = v[c];
            b.raw(1) = v[2 + c];
        }
    }
    __device__ __forceinline__ void load(const Place& at, int j, T (&v)[4]) const {
        for (int c = 0; c < 2; ++c) {
            const Operand<T>& b = h_[operand(at, c) + j * warp_lanes];
            v[c] = b.raw(0);
            v[2 + c] = b.raw(1);
        }
    }

  private:
    struct alignas(16) Quad {
        T v[4];
    };
    static constexpr int own_of_warp = tiles * warp_lanes;

    // Where the operand of a lane lies among the 32 of its tile: loads, eight lanes at a time, meet
    // every bank of shared memory once; so do stores.
    static __device__ __forceinline__ int swizzled(int lane, int h) {
        return lane ^ (lane >> 3) ^ (4 * h);
    }

    // Of row k, column n; which of its two numbers is k % 2.
    static __device__ __forceinline__ int operand(int k, int n) {
        const int h = k / 2 % 2, lane = 4 * (n % 8) + k % warp_rows / 4;
        const int tile = (k / warp_rows * 2 + h) * tiles + n / 8;
        return tile * warp_lanes + swizzled(lane, h);
    }

    // Of both of the thread's own rows, column c of tile 0.
    static __device__ __forceinline__ int operand(const Place& at, int c) {
        return operand(at.first_row, at.first_column() + c);
    }

    Operand<T>* h_;
    Quad* own_ = nullptr;  ///< [warps, tiles, lanes]
    int warps_;
};

}  // namespace rankchain::cuda
