// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// H in shared memory as the B operands of tensor-core products, float32 split in two.
//
// A lane's quad of weights, columns 16 kb + 4 t .. + 3 of w, fills its slots of two products over
// eight k each. So product h of block kb sums over k = 16 kb + 4 t + 2 h + s, t = 0 .. 3, s = 0, 1,
// with s = 0 in slot t and s = 1 in slot t + 4: a permutation of the columns of w and the rows of H
// alike, which a sum does not see. Rows 2 h and 2 h + 1 of a quad lie side by side, so that a lane
// loads an operand, 16 bytes, at once.
#pragma once

#include "host/arith/config.hpp"
#include "kernels/hidden_plain.cuh"
#include "kernels/lanes.cuh"
#include "kernels/mma.cuh"

#include <cstddef>

namespace rankchain::cuda {

/// A number of H as an operand: 8 bytes.
template <class T>
struct Operand;

template <>
struct Operand<float> {
    using type = SplitFloat;
    static __device__ __forceinline__ type of(float v) { return split(v); }
    static __device__ __forceinline__ float& raw(type& v) { return v.hi; }
};

template <>
struct Operand<double> {
    using type = double;
    static __device__ __forceinline__ type of(double v) { return v; }
    static __device__ __forceinline__ double& raw(type& v) { return v; }
};

template <class Number, int tiles_>
class TensorHidden {
  public:
    using T = Number;
    static constexpr int tiles = tiles_;

    template <class Memory>
    __host__ __device__ TensorHidden(Memory& memory, int rows, int warps, bool residual)
        : h_(memory.template take<Cell>(static_cast<std::size_t>(rows) * 8 * tiles)),
          warps_(warps) {
        // Split, a number is no longer what it was.
        if (sizeof(T) == 4 && residual) {
            own_ = memory.template take<Pair<T>>(static_cast<std::size_t>(warps) * own_of_warp);
        }
    }

    __device__ void place(int k, int n, T v) {
        h_[cell(k, n)] = Operand<T>::of(v);
        const int warp = k / warp_rows, lane = 4 * (k % 8) + n % 8 / 2;
        if (own_ != nullptr && warp < warps_) {
            Pair<T>& pair = own_[warp * own_of_warp + (n / 8 * 2 + k / 8 % 2) * warp_lanes + lane];
            (n % 2 == 0 ? pair.x : pair.y) = v;
        }
    }

    template <class Rows>
    __device__ __forceinline__ void add_product(const Place& at, const Rows& rows, int blocks,
                                                T (&z)[tiles][4]) const {
        const auto* const operands = reinterpret_cast<const Pair<Cell>*>(h_);
        const Pair<Cell>* const first[2] = {operands + swizzled(at.lane, 0),
                                            operands + swizzled(at.lane, 1)};
        RANKCHAIN_ROLLED
        for (int kb = 0; kb < blocks; ++kb) {
            float w[2][4];
            rows.quad(kb, w);
            RANKCHAIN_UNROLL
            for (int h = 0; h < 2; ++h) {
                const T a[4] = {w[0][2 * h], w[1][2 * h], w[0][2 * h + 1], w[1][2 * h + 1]};
                const Pair<Cell>* const tile = first[h] + (2 * kb + h) * tiles * warp_lanes;
                RANKCHAIN_UNROLL
                for (int j = 0; j < tiles; ++j) {
                    const Pair<Cell> b = tile[j * warp_lanes];
                    multiply_add(z[j], a, b.x, b.y);
                }
            }
        }
    }

    __device__ __forceinline__ void own(const Place& at, int j, int h, T& v0, T& v1) const {
        if constexpr (sizeof(T) == 4) {
            const Pair<T> v = own_[at.warp * own_of_warp + (2 * j + h) * warp_lanes + at.lane];
            v0 = v.x;
            v1 = v.y;
        } else {
            v0 = h_[cell(at, h, 0) + j * tile_cells];
            v1 = h_[cell(at, h, 1) + j * tile_cells];
        }
    }

    __device__ __forceinline__ void put(const Place& at, int j, int h, T v0, T v1) {
        h_[cell(at, h, 0) + j * tile_cells] = Operand<T>::of(v0);
        h_[cell(at, h, 1) + j * tile_cells] = Operand<T>::of(v1);
        if (own_ != nullptr) {
            own_[at.warp * own_of_warp + (2 * j + h) * warp_lanes + at.lane] = {v0, v1};
        }
    }

    __device__ __forceinline__ T& slot(const Place& at, int j, int q) {
        return Operand<T>::raw(h_[cell(at, q / 2, q % 2) + j * tile_cells]);
    }

  private:
    using Cell = typename Operand<T>::type;
    static_assert(sizeof(Cell) == 8, "the swizzle is for 8 bytes");
    static constexpr int tile_cells = 2 * warp_lanes;           // of one operand, all lanes
    static constexpr int own_of_warp = 2 * tiles * warp_lanes;  // pairs

    // Where the operand of a lane lies among the 32 of its tile: loads, eight lanes at a time, and
    // stores, sixteen cells at a time, meet every bank of shared memory once.
    static __device__ __forceinline__ int swizzled(int lane, int h) {
        return lane ^ (lane >> 3) ^ (4 * h);
    }

    static __device__ __forceinline__ int cell(int k, int n) {
        const int h = k / 2 % 2, lane = 4 * (n % 8) + k % warp_rows / 4;
        const int tile = (k / warp_rows * 2 + h) * tiles + n / 8;
        return tile * tile_cells + 2 * swizzled(lane, h) + k % 2;
    }

    // Of the thread's own row h, column c of tile 0.
    static __device__ __forceinline__ int cell(const Place& at, int h, int c) {
        return cell(at.row(h), at.first_column() + c);
    }

    Cell* h_;
    Pair<T>* own_ = nullptr;  ///< [warps, tiles, 2, lanes]
    int warps_;
};

}  // namespace rankchain::cuda
