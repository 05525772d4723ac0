// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// A [k, n], k >= n, to bidiagonal form by Householder reflections from both sides, on chip, spread
// over the threads of a block as bidiagonal_plan.cuh says.
//
// Step s, with x = column s, as host/cpu/bidiagonal_lanes.cpp but for the first entries of x and r,
// whose shares are added apart, so that no product waits for a norm:
//
//   A -= u z^T + w v^T, A^T x       what is due, and the product with the next left reflection
//   y = beta (A^T x + c_x a_s)      I - beta x' x'^T, x' = x + c_x e_1; a_s is row s of A
//   r = a_s - x'_1 y                row s after it
//   A r                             the product with the next right reflection
//   w = gamma (A r + c_r a - x (y . v)), v = r + c_r e_1, a = column s + 1 of A
//   x = a - x y_1 - w v_1           the next column
//
// 4 fused multiply-adds an entry, n^2 k / 2 - n^3 / 6 entries in all the steps; four barriers a
// step.
#pragma once

#include "host/arith/config.hpp"
#include "kernels/bidiagonal_entries.cuh"
#include "kernels/bidiagonal_plan.cuh"
#include "kernels/lanes.cuh"

#include <cmath>

namespace rankchain::cuda {

/// Two numbers that are read at once.
struct alignas(16) FormPair {
    double first, second;
};

/// Of the sums v[0 .. 2 half - 1] of two lanes, the first half for the one without the bit of
/// `mask`, the other half for the one with it, in v[0 .. half - 1].
template <int half, int size>
__device__ __forceinline__ void share_sums(double (&v)[size], int lane, int mask) {
    const bool upper = (lane & mask) != 0;
    RANKCHAIN_UNROLL
    for (int q = 0; q < half; ++q) {
        const double other = __shfl_xor_sync(all_lanes, upper ? v[q] : v[q + half], mask);
        v[q] = (upper ? v[q + half] : v[q]) + other;
    }
}

/// Over a warp, the same in each lane.
__device__ __forceinline__ double over_warp(double v) {
    return over_rows(Sum(), over_quad(Sum(), v));
}

/// What x = (x_1, ...) becomes, told by its norm: x' = x + shift e_1, I - beta x' x'^T.
struct Reflection {
    double square;  ///< ||x||^2; 0 where x was dropped
    double beta, shift, first;

    /// An x of a norm below 2^-450 is dropped (docs/numerics.md).
    __device__ __forceinline__ Reflection(double norm2, double x_1) {
        square = norm2 >= 0x1p-900 ? norm2 : 0.0;
        const double norm = sqrt(square);
        const double sum = fabs(x_1) + norm;
        shift = copysign(norm, x_1);
        first = copysign(sum, x_1);
        beta = square > 0 ? 1.0 / (norm * sum) : 0.0;
    }
};

/// squares and frobenius of the entries that the threads of `at` have. What was stored before must
/// be seen by all; what this stores is not yet when it returns.
template <int down, bool resident>
class Bidiagonalisation {
  public:
    __device__ Bidiagonalisation(const Place& at, const FormPlan& plan, double* memory,
                                 FormEntries<resident>& entries)
        : at_(at),
          grid_(plan.grid),
          layout_(plan.layout),
          memory_(memory),
          e_(entries),
          r_(at.thread % down),
          c_(at.thread / down) {}

    __device__ void run() {
        const Place& at = at_;
        begin();
        at.sync();
        for (int s = 0;; ++s) {
            next_column(s - 1);
            at.sync();
            if (at.warp == 0) reflect_column(s);
            if (s + 1 == grid_.n) break;
            if (++within_ == grid_.across) {
                within_ = 0;
                ++dead_cols_;
            }
            if (resident && dead_cols_ >= held / 2) {
                update<held / 2>(s);
            } else {
                update<0>(s);
            }
            at.sync();
            finish_row(s);
            at.sync();
            if (at.warp == 0) reflect_row(s);
            store_column();
            if (resident && dead_cols_ >= held / 2) {
                multiply_row<held / 2>(s);
            } else {
                multiply_row<0>(s);
            }
            at.sync();
        }
        if (at.thread == 0) own(layout_.frobenius)[0] = sqrt(total_);
    }

  private:
    static constexpr int held = FormGrid::cols_held;

    __device__ __forceinline__ double* own(int place) const { return memory_ + place; }
    __device__ __forceinline__ FormPair* pairs(int place) const {
        return reinterpret_cast<FormPair*>(memory_ + place);
    }

    /// As if after step -1: nothing due, column 0 next.
    __device__ void begin() {
        for (int i = at_.thread; i < grid_.long_side; i += grid_.threads) {
            own(layout_.x)[i] = 0.0;
            for (int warp = 0; warp < grid_.warps; ++warp)
                own(layout_.partial)[warp * grid_.long_side + i] = 0.0;
        }
        for (int j = at_.thread; j < grid_.short_side; j += grid_.threads)
            pairs(layout_.zv)[j] = {0.0, 0.0};
        if (at_.thread == 0) {
            for (int i = 0; i < 4; ++i)
                own(layout_.gamma)[i] = 0.0;
        }
        store_column();
    }

    /// The first column that is not done to `next`.
    __device__ __forceinline__ void store_column() {
        if (c_ != within_) return;
        double* const next = own(layout_.next) + r_;
        for (int g = 0; g < e_.groups; ++g) {
            RANKCHAIN_UNROLL
            for (int b = held * g; b < held * g + held; ++b) {
                if (b != dead_cols_) continue;
                RANKCHAIN_UNROLL
                for (int a = 0; a < e_.rows; ++a)
                    next[down * a] = e_.get(a, b);
            }
        }
    }

    /// w of step s and x of the next, row by row.
    __device__ __forceinline__ void next_column(int s) {
        const double* const of = own(layout_.gamma);
        const double gamma = of[0], shift = of[1], dot = of[2], v_1 = of[3];
        const double y_1 = pairs(layout_.zv)[s + 1].first;
        double square = 0;
        for (int i = at_.thread; i < grid_.long_side; i += grid_.threads) {
            const double before = own(layout_.x)[i];
            double w = 0, x = 0;
            if (i > s) {
                double product = 0;
                for (int warp = 0; warp < grid_.warps; ++warp)
                    product += own(layout_.partial)[warp * grid_.long_side + i];
                const double a = own(layout_.next)[i];
                w = gamma * std::fma(-before, dot, std::fma(shift, a, product));
                x = std::fma(-w, v_1, std::fma(-before, y_1, a));
            }
            pairs(layout_.uw)[i] = {before, w};
            own(layout_.x)[i] = x;
            square = std::fma(x, x, square);
        }
        if (at_.warp >= grid_.row_warps) return;
        square = over_warp(square);
        if (at_.lane == 0) own(layout_.norms)[at_.warp] = square;
    }

    /// The left reflection, by one warp.
    __device__ __forceinline__ void reflect_column(int s) {
        double norm2 = 0;
        for (int warp = 0; warp < grid_.row_warps; ++warp)
            norm2 += own(layout_.norms)[warp];
        const Reflection left(norm2, own(layout_.x)[s]);
        total_ += left.square;
        if (at_.lane != 0) return;
        own(layout_.squares)[2 * s] = left.square;
        double* const to = own(layout_.beta);
        to[0] = left.beta;
        to[1] = left.shift;
        to[2] = left.first;
    }

    /// A -= u z^T + w v^T; A^T x to `product`, row s to `row`. Columns before `first` are done.
    template <int first>
    __device__ __forceinline__ void update(int s) {
        const int dead_rows = s / down;
        const FormPair* const uw = pairs(layout_.uw) + r_;
        const double* const x = own(layout_.x) + r_;
        RANKCHAIN_ROLLED
        for (int g = 0; g < e_.groups; ++g) {
            if (!resident && held * (g + 1) <= dead_cols_) continue;
            const int column = c_ + grid_.across * held * g;
            FormPair zv[held];
            double sum[held];
            RANKCHAIN_UNROLL
            for (int b = first; b < held; ++b)
                zv[b] = pairs(layout_.zv)[column + grid_.across * b];
            RANKCHAIN_UNROLL
            for (int b = 0; b < held; ++b)
                sum[b] = 0;
            // From below, so that one comparison a row ends it.
            RANKCHAIN_UNROLL
            for (int a = e_.rows - 1; a >= 0; --a) {
                if (a < dead_rows) break;
                const FormPair due = uw[down * a];
                const double x_i = x[down * a];
                RANKCHAIN_UNROLL
                for (int b = first; b < held; ++b) {
                    const double once = std::fma(-due.first, zv[b].first, e_.get(a, held * g + b));
                    const double entry = std::fma(-due.second, zv[b].second, once);
                    e_.put(a, held * g + b, entry);
                    sum[b] = std::fma(entry, x_i, sum[b]);
                }
                if (a == dead_rows && r_ == s % down) {
                    RANKCHAIN_UNROLL
                    for (int b = first; b < held; ++b)
                        own(layout_.row)[column + grid_.across * b] = e_.get(a, held * g + b);
                }
            }
            // The lanes of a column are neighbours.
            share_sums<2>(sum, at_.lane, 1);
            share_sums<1>(sum, at_.lane, 2);
            RANKCHAIN_UNROLL
            for (int mask = 4; mask < down; mask *= 2)
                sum[0] += __shfl_xor_sync(all_lanes, sum[0], mask);
            if (r_ < 4)
                own(layout_.product)[column + grid_.across * (2 * (r_ % 2) + r_ / 2)] = sum[0];
        }
    }

    /// y and r.
    __device__ __forceinline__ void finish_row(int s) {
        const double* const of = own(layout_.beta);
        const double beta = of[0], shift = of[1], x_1 = of[2];
        for (int j = at_.thread; j < grid_.n; j += grid_.threads) {
            double y = 0, r = 0;
            if (j > s) {
                const double row = own(layout_.row)[j];
                y = beta * std::fma(shift, row, own(layout_.product)[j]);
                r = std::fma(-x_1, y, row);
            }
            pairs(layout_.zv)[j] = {y, r};
        }
    }

    /// The right reflection, by one warp.
    __device__ __forceinline__ void reflect_row(int s) {
        double norm2 = 0, dot = 0;
        for (int j = s + 1 + at_.lane; j < grid_.n; j += warp_lanes) {
            const FormPair yr = pairs(layout_.zv)[j];
            norm2 = std::fma(yr.second, yr.second, norm2);
            dot = std::fma(yr.first, yr.second, dot);
        }
        norm2 = over_warp(norm2);
        dot = over_warp(dot);
        const FormPair next = pairs(layout_.zv)[s + 1];
        const Reflection right(norm2, next.second);
        total_ += right.square;
        if (at_.lane != 0) return;
        own(layout_.squares)[2 * s + 1] = right.square;
        double* const to = own(layout_.gamma);
        to[0] = s + 2 == grid_.n ? 0.0 : right.beta;  // one entry needs no reflection
        to[1] = right.shift;
        to[2] = std::fma(right.shift, next.first, dot);
        to[3] = right.first;
    }

    /// A r to `partial`. Columns before `first` are done.
    template <int first>
    __device__ __forceinline__ void multiply_row(int s) {
        const int dead_rows = (s + 1) / down;
        double* const partial = own(layout_.partial) + at_.warp * grid_.long_side + r_;
        const auto load = [&](int g, double(&r)[held]) {
            RANKCHAIN_UNROLL
            for (int b = first; b < held; ++b)
                r[b] = pairs(layout_.zv)[c_ + grid_.across * (held * g + b)].second;
        };
        const auto add = [&](int a, int g, const double(&r)[held], double& sum) {
            RANKCHAIN_UNROLL
            for (int b = first; b < held; ++b)
                sum = std::fma(e_.get(a, held * g + b), r[b], sum);
        };
        double r[held];
        if constexpr (resident) {
            double sum[FormGrid::rows_held];
            load(0, r);
            RANKCHAIN_UNROLL
            for (int a = 0; a < e_.rows; ++a)
                sum[a] = 0;
            RANKCHAIN_UNROLL
            for (int a = e_.rows - 1; a >= 0; --a) {
                if (a < dead_rows) break;
                add(a, 0, r, sum[a]);
            }
            // Of the 32 / down columns of a warp.
            int row = 0;
            if constexpr (down < 32) {
                share_sums<4>(sum, at_.lane, 16);
                row += (at_.lane & 16) != 0 ? 4 * down : 0;
            }
            if constexpr (down < 16) {
                share_sums<2>(sum, at_.lane, 8);
                row += (at_.lane & 8) != 0 ? 2 * down : 0;
            }
            if constexpr (down < 8) {
                share_sums<1>(sum, at_.lane, 4);
                row += (at_.lane & 4) != 0 ? down : 0;
            }
            RANKCHAIN_UNROLL
            for (int a = 0; a < e_.rows * down / warp_lanes; ++a)
                partial[row + down * a] = sum[a];
        } else {
            for (int a = dead_rows; a < e_.rows; ++a) {
                double sum = 0;
                for (int g = dead_cols_ / held; g < e_.groups; ++g) {
                    load(g, r);
                    add(a, g, r, sum);
                }
                partial[down * a] = sum;
            }
        }
    }

    const Place at_;
    const FormGrid& grid_;
    const FormLayout& layout_;
    double* memory_;
    FormEntries<resident>& e_;
    int r_, c_;
    int dead_cols_ = 0;  ///< blocks of `across` columns that are done, before the next step
    int within_ = 0;     ///< where in its block the first column is that is not
    double total_ = 0;
};

}  // namespace rankchain::cuda
