// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The kernel behind tridiagonal.cuh. G never leaves the registers: A x A warps share it by tiles of
// 8 x 8, warp (p, q) having tile rows p, p + A, .. and tile columns q, q + A, .., four of each, and
// lane (g, t) row g and columns 2 t, 2 t + 1 of every tile, as the tensor cores that make G leave
// it. Cyclic, so that what a reflection leaves of G stays spread over all warps.
//
// Both triangles are kept: G x then needs no sums down the columns. Every step passes once over
// what is left of G, n^3 / 3 entries in all: the update that the last reflection makes due, and the
// product with the next one, 3 float64 operations an entry (in 4 of a warp's 16 tiles: 5). 32
// entries of a thread share 32 numbers of shared memory, and none is written but the sums. What is
// between two passes, two sums over n, a root and a quotient, is for one warp. Two barriers a step;
// where a matrix is one warp, none of the block's.
//
// What bounds the count is in bench/results/count_report_*.md.
#pragma once

#include "host/arith/count_error.hpp"
#include "kernels/gram_device.cuh"
#include "kernels/mma.cuh"
#include "kernels/shared_memory.cuh"
#include "kernels/sturm.cuh"
#include "kernels/tridiagonal.cuh"

#include <cstdint>

namespace rankchain::cuda {

inline constexpr int tile_side = 8;
inline constexpr int warp_tiles = 4;  ///< of a warp, in rows and in columns
inline constexpr int warp_side = tile_side * warp_tiles;

/// A x A warps: n <= side.
template <int A>
struct Grid {
    static constexpr int warps = A * A;
    static constexpr int side = warp_side * A;
    static constexpr int threads = warps * warp_lanes;
    /// G stands at the end of the grid: rows and columns skip .. skip + n - 1. What a small n
    /// leaves empty is then skipped as what is reflected already is.
    static __host__ __device__ constexpr int skip(int n) {
        return (side - n) / tile_side * tile_side;
    }
    /// 16 warps of 128 registers on a multiprocessor, whatever A is.
    static constexpr int least_blocks = A == 1 ? 16 : A == 2 ? 4 : 1;
};

/// Memory of one matrix.
template <int A>
struct TridiagonalShared {
    double* vectors;      ///< [3][side]: v and x in turn, w
    double* parts;        ///< [A][side]: of G x, by column of warps
    double* column;       ///< [side]: the next column to reflect, before the update that is due
    double* diagonal;     ///< [side]
    double* off_squares;  ///< [side]
    double* scratch;      ///< [2][warps]
    double* kept;         ///< tr(G), ||G||_F and the power of the scale, while G has the registers

    template <class C>
    __host__ __device__ explicit TridiagonalShared(C& carve) {
        constexpr std::size_t side = Grid<A>::side;
        vectors = carve.template take<double>(3 * side);
        parts = carve.template take<double>(A * side);
        column = carve.template take<double>(side);
        diagonal = carve.template take<double>(side);
        off_squares = carve.template take<double>(side);
        scratch = carve.template take<double>(2 * Grid<A>::warps);
        kept = carve.template take<double>(3);
    }
};

/// Over the warp, the same in every lane, in a fixed order.
template <class Op, class V>
__device__ __forceinline__ V over_warp(Op op, V v) {
    return over_rows(op, over_quad(op, v));
}

/// Rounded by itself: never contracted.
__device__ __forceinline__ double rounded_product(double a, double b) {
#ifdef __CUDA_ARCH__
    return __dmul_rn(a, b);
#else
    return a * b;
#endif
}

/// threadIdx.x, read again: in a loop that needs all registers what follows from it is computed
/// every time, which costs less than to keep it.
__device__ __forceinline__ int thread_again() {
#ifdef __CUDA_ARCH__
    int thread;
    asm volatile("mov.u32 %0, %%tid.x;" : "=r"(thread));
    return thread;
#else
    return static_cast<int>(threadIdx.x);
#endif
}

/// x, of which the compiler keeps no multiples either.
__device__ __forceinline__ std::int64_t again(std::int64_t x) {
#ifdef __CUDA_ARCH__
    asm volatile("" : "+l"(x));
#endif
    return x;
}

/// Of H, from the launch's parameters again.
struct Sides {
    bool by_rows;  ///< the rows are the smaller side
    int n;
    std::int64_t k;

    template <class T>
    __device__ __forceinline__ explicit Sides(const WidenBatch<T>& h) {
        const std::int64_t rows = again(h.rows), cols = again(h.cols);
        by_rows = rows <= cols;
        n = static_cast<int>(by_rows ? rows : cols);
        k = by_rows ? cols : rows;
    }
};

/// Where a thread is in the grid.
template <int A>
struct Spot {
    int warp, lane, warp_row, warp_col, g, t;

    __device__ __forceinline__ Spot() : Spot(thread_again()) {}
    __device__ __forceinline__ explicit Spot(int thread)
        : warp(thread / warp_lanes),
          lane(thread % warp_lanes),
          warp_row(warp / A),
          warp_col(warp % A),
          g(lane / 4),
          t(lane % 4) {}
    /// Waits for all that share the matrix.
#ifdef SIMT_HOST
    void sync(int line = __builtin_LINE()) const {
        A > 1 ? __syncthreads(line) : __syncwarp(all_lanes, line);
    }
#else
    __device__ __forceinline__ void sync() const {
        A > 1 ? __syncthreads() : __syncwarp(all_lanes);
    }
#endif
    __device__ __forceinline__ int tile_row(int r) const {
        return warp_row + A * r;
    }
    __device__ __forceinline__ int tile_col(int c) const {
        return warp_col + A * c;
    }
    __device__ __forceinline__ int row(int r) const {
        return tile_side * tile_row(r) + g;
    }
    __device__ __forceinline__ int col(int c) const {
        return tile_side * tile_col(c) + 2 * t;
    }
};

/// A thread's part of G.
template <int A>
struct Tiles {
    double a[warp_tiles / 2][warp_tiles][4];  ///< as mma leaves two tile rows

    __device__ __forceinline__ double& entry(int r, int c, int e) {
        return a[r / 2][c][2 * (r % 2) + e];
    }

    /// G = X X^T in its place, X [n, k] with element (i, j) at h[i down + j across], from scale(h).
    template <class T>
    __device__ __forceinline__ void form(const Spot<A>& at, const T* h, const WideScale& scale,
                                         int n, std::int64_t k, std::int64_t down,
                                         std::int64_t across) {
        RANKCHAIN_UNROLL
        for (int r = 0; r < warp_tiles; ++r) {
            RANKCHAIN_UNROLL
            for (int c = 0; c < warp_tiles; ++c)
                entry(r, c, 0) = entry(r, c, 1) = 0.0;
        }
        constexpr auto there_of = [](int place, int of) {
            return static_cast<unsigned>(place) < static_cast<unsigned>(of);
        };
        const int skip = Grid<A>::skip(n);
        // Of row(0) and of column tile 0 at this lane's k; rows and columns tile_down further
        // follow.
        const std::int64_t tile_down = tile_side * A * down;
        const T* left_from = h + (at.row(0) - skip) * down + at.t * across;
        const T* right_from = h + (tile_side * at.tile_col(0) + at.g - skip) * down + at.t * across;
        const auto number = [&](const T* from, bool there) { return there ? scale(*from) : 0.0; };
        RANKCHAIN_ROLLED
        for (std::int64_t first = at.t; first - at.t < k; first += 8) {
            const bool there[2] = {first < k, first + 4 < k};
            const std::int64_t tile = again(tile_down);
            double left[warp_tiles / 2][4];  // as mma takes them
            RANKCHAIN_UNROLL
            for (int r = 0; r < warp_tiles; ++r) {
                RANKCHAIN_UNROLL
                for (int half = 0; half < 2; ++half) {
                    left[r / 2][2 * half + r % 2] =
                        number(left_from + r * tile + half * 4 * across,
                               there[half] && there_of(at.row(r) - skip, n));
                }
            }
            RANKCHAIN_UNROLL
            for (int c = 0; c < warp_tiles; ++c) {
                if (tile_side * at.tile_col(c) < skip) continue;
                double right[2] = {left[c / 2][c % 2], left[c / 2][2 + c % 2]};
                if constexpr (A > 1) {
                    RANKCHAIN_UNROLL
                    for (int half = 0; half < 2; ++half) {
                        right[half] = number(
                            right_from + c * tile + half * 4 * across,
                            there[half] && there_of(tile_side * at.tile_col(c) + at.g - skip, n));
                    }
                }
                RANKCHAIN_UNROLL
                for (int r = 0; r < warp_tiles; r += 2) {
                    if (tile_side * at.tile_row(r + 1) >= skip)
                        mma(a[r / 2][c], left[r / 2], right[0], right[1]);
                }
            }
            left_from += 8 * across;
            right_from += 8 * across;
        }
    }

    /// G -= v w^T + w v^T for rows and columns from `from` on, and parts = G x, those columns' part
    /// of it; column = the updated column `from` of G. What is before `from` is not touched, or
    /// rubbish.
    ///
    /// Entries (i, j) and (j, i) get the same bits: below the diagonal (tile row after tile column)
    /// v_i w_j goes first, above it w_i v_j; where r = c either may be, and both products are
    /// rounded and added.
    __device__ __forceinline__ void pass(const Spot<A>& at, int from, const double* v,
                                         const double* w, const double* x, double* parts,
                                         double* column) {
        const int live = from / tile_side;
        double v_row[warp_tiles], w_row[warp_tiles], sum[warp_tiles];
        RANKCHAIN_UNROLL
        for (int r = 0; r < warp_tiles; ++r) {
            v_row[r] = v[at.row(r)];
            w_row[r] = w[at.row(r)];
            sum[r] = 0.0;
        }
        RANKCHAIN_UNROLL
        for (int c = 0; c < warp_tiles; ++c) {
            if (at.tile_col(c) < live) continue;
            double v_col[2], w_col[2], x_col[2];
            RANKCHAIN_UNROLL
            for (int e = 0; e < 2; ++e) {
                v_col[e] = v[at.col(c) + e];
                w_col[e] = w[at.col(c) + e];
                x_col[e] = x[at.col(c) + e];
            }
            RANKCHAIN_UNROLL
            for (int r = 0; r < warp_tiles; ++r) {
                if (at.tile_row(r) < live) continue;
                RANKCHAIN_UNROLL
                for (int e = 0; e < 2; ++e) {
                    double& g_ij = entry(r, c, e);
                    if (r > c) {
                        g_ij = fma(-w_row[r], v_col[e], fma(-v_row[r], w_col[e], g_ij));
                    } else if (r < c) {
                        g_ij = fma(-v_row[r], w_col[e], fma(-w_row[r], v_col[e], g_ij));
                    } else {
                        g_ij -= rounded_product(v_row[r], w_col[e]) +
                                rounded_product(w_row[r], v_col[e]);
                    }
                    sum[r] = fma(g_ij, x_col[e], sum[r]);
                }
            }
            if (at.tile_col(c) == live && (from - at.col(c)) / 2 == 0 && from >= at.col(c)) {
                const bool second = from != at.col(c);
                RANKCHAIN_UNROLL
                for (int r = 0; r < warp_tiles; ++r)
                    column[at.row(r)] = second ? entry(r, c, 1) : entry(r, c, 0);
            }
        }
        // Four rows, four lanes: each lane ends with the sum of one row.
        const bool odd = (at.t & 1) != 0;
        const double first = odd ? sum[1] : sum[0];
        const double third = odd ? sum[3] : sum[2];
        const double low = first + __shfl_xor_sync(all_lanes, odd ? sum[0] : sum[1], 1);
        const double high = third + __shfl_xor_sync(all_lanes, odd ? sum[2] : sum[3], 1);
        const bool upper = (at.t & 2) != 0;
        const double mine =
            (upper ? high : low) + __shfl_xor_sync(all_lanes, upper ? low : high, 2);
        parts[at.warp_col * Grid<A>::side + at.row(at.t)] = mine;
    }
};

/// Sums over G, in the lanes of warp 0.
template <int A>
__device__ __forceinline__ GramSums sum_up(int n, std::int64_t batch, Tiles<A>& tiles,
                                           const TridiagonalShared<A>& shared) {
    const Spot<A> at;
    double off = 0.0;
    RANKCHAIN_UNROLL
    for (int r = 0; r < warp_tiles; ++r) {
        RANKCHAIN_UNROLL
        for (int c = 0; c < warp_tiles; ++c) {
            RANKCHAIN_UNROLL
            for (int e = 0; e < 2; ++e) {
                const double g_ij = tiles.entry(r, c, e);
                if (r == c && at.row(r) == at.col(c) + e) {
                    shared.diagonal[at.row(r)] = g_ij;
                } else {
                    off = fma(g_ij, g_ij, off);
                }
            }
        }
    }
    const Sum sum;
    off = over_warp(sum, off);
    if (at.lane == 0) shared.scratch[Grid<A>::warps + at.warp] = off;
    at.sync();
    if (at.warp != 0) return {};
    off = 0.0;
    RANKCHAIN_ROLLED
    for (int warp = 0; warp < Grid<A>::warps; ++warp)
        off += shared.scratch[Grid<A>::warps + warp];
    const double* const diagonal = shared.diagonal + Grid<A>::skip(n);
    double trace = 0.0, squares = 0.0, deviations = 0.0;
    RANKCHAIN_ROLLED
    for (int i = at.lane; i < n; i += warp_lanes) {
        const double g_ii = diagonal[i];
        trace += g_ii;
        squares = fma(g_ii, g_ii, squares);
    }
    trace = over_warp(sum, trace);
    squares = over_warp(sum, squares);
    const double share = 1.0 / static_cast<double>(batch);
    RANKCHAIN_ROLLED
    for (int i = at.lane; i < n; i += warp_lanes) {
        const double deviation = diagonal[i] / trace - share;
        deviations = fma(deviation, deviation, deviations);
    }
    return sums_of(trace, squares, off, over_warp(sum, deviations), n, batch);
}

/// Between two passes, by one warp: w of the last reflection v, from G v; column s of T; and the
/// reflection x that follows from the rest of that column of G, with its beta in the place of v's.
template <int A>
__device__ __forceinline__ void reflect(const Spot<A>& at, int end, int s,
                                        const TridiagonalShared<A>& shared, const double* v_all,
                                        double* w_all, double* x_all, double& beta) {
    constexpr int side = Grid<A>::side;
    const Sum sum;
    // Of i = lane + 32 q.
    double v[A], w[A], dot = 0.0;
    RANKCHAIN_UNROLL
    for (int q = 0; q < A; ++q) {
        const int i = at.lane + warp_lanes * q;
        double product = shared.parts[i];
        RANKCHAIN_UNROLL
        for (int c = 1; c < A; ++c)
            product += shared.parts[c * side + i];
        // What is before row s is rubbish.
        v[q] = v_all[i];
        w[q] = i >= s ? product * beta : 0.0;
        dot = fma(w[q], v[q], dot);
    }
    const double share = 0.5 * beta * over_warp(sum, dot);
    const double v_s = v_all[s];
    double w_s = 0.0;
    RANKCHAIN_UNROLL
    for (int q = 0; q < A; ++q) {
        const int i = at.lane + warp_lanes * q;
        w[q] = fma(-share, v[q], w[q]);
        w_all[i] = w[q];
        if (i == s) w_s = w[q];
    }
    w_s = __shfl_sync(all_lanes, w_s, s % warp_lanes);

    // What is due to column s; from its part below the diagonal comes the next reflection.
    double x[A], norm2 = 0.0, first = 0.0;
    RANKCHAIN_UNROLL
    for (int q = 0; q < A; ++q) {
        const int i = at.lane + warp_lanes * q;
        const double updated = fma(-w[q], v_s, fma(-v[q], w_s, shared.column[i]));
        if (i == s) shared.diagonal[s] = updated;
        x[q] = i > s && i < end ? updated : 0.0;
        norm2 = fma(x[q], x[q], norm2);
        if (i == s + 1) first = x[q];
    }
    norm2 = over_warp(sum, norm2);
    norm2 = norm2 >= 0x1p-900 ? norm2 : 0.0;
    if (at.lane == 0) shared.off_squares[s] = norm2;
    first = __shfl_sync(all_lanes, first, (s + 1) % warp_lanes);
    const double norm = sqrt(norm2);
    const double length = fabs(first) + norm;
    // The last off-diagonal entry needs no reflection.
    beta = norm2 > 0 && s + 2 < end ? 1.0 / (norm * length) : 0.0;
    RANKCHAIN_UNROLL
    for (int q = 0; q < A; ++q) {
        const int i = at.lane + warp_lanes * q;
        x_all[i] = i == s + 1 ? copysign(length, first) : x[q];
    }
}

/// The diagonal of T and the squares beside it, and a zero, from G; docs/numerics.md,
/// "Reflections".
template <int A>
__device__ __forceinline__ void tridiagonalise(int n, Tiles<A>& tiles,
                                               const TridiagonalShared<A>& shared) {
    constexpr int side = Grid<A>::side;
    double* const w_all = shared.vectors + 2 * side;
    const int skip = Grid<A>::skip(n);
    {
        const Spot<A> at;
        for (int i = thread_again(); i < 3 * side; i += Grid<A>::threads)
            shared.vectors[i] = 0.0;
        at.sync();
        tiles.pass(at, skip, shared.vectors, w_all, shared.vectors, shared.parts, shared.column);
        at.sync();
    }
    double beta = 0.0;
    RANKCHAIN_ROLLED
    for (int s = skip; s < skip + n; ++s) {
        const Spot<A> at;
        const int even = (s & 1) * side;
        const double* const v_all = shared.vectors + even;
        double* const x_all = shared.vectors + side - even;
        if (at.warp == 0) reflect(at, skip + n, s, shared, v_all, w_all, x_all, beta);
        at.sync();
        if (s + 1 == skip + n) break;
        tiles.pass(at, s + 1, v_all, w_all, x_all, shared.parts, shared.column);
        at.sync();
    }
}

template <int A, class T>
__global__ void __launch_bounds__(Grid<A>::threads, Grid<A>::least_blocks)
    tridiagonal_kernel(const __grid_constant__ CountBatch<T> batch) {
    const Place at(0);
    Carver carve(dynamic_shared);
    const TridiagonalShared<A> shared(carve);
    const std::int64_t number = blockIdx.x;
    Tiles<A> tiles;
    {
        const Sides of(batch.h);
        const std::int64_t draw = draw_of(batch.h, number);
        const WideScale scale = scale_of(batch.h, at, draw, shared.scratch);
        tiles.form(Spot<A>(), matrix_of(batch.h, draw), scale, of.n, of.k,
                   of.by_rows ? batch.h.cols : 1, of.by_rows ? 1 : batch.h.cols);
        if (thread_again() == 0) {
            batch.exponent[number] = scale.power;
            shared.kept[2] = scale.known() ? scale.power : 0;
        }
        const GramSums sums = sum_up(of.n, batch.batch, tiles, shared);
        if (thread_again() == 0) {
            if (batch.sums != nullptr) batch.sums[number] = sums;
            shared.kept[0] = sums.trace;
            shared.kept[1] = sums.frobenius;
        }
    }
    if (batch.ends == nullptr && batch.lambda_1 == nullptr && batch.form == nullptr) return;

    tridiagonalise(Sides(batch.h).n, tiles, shared);
    const Sides of(batch.h);
    const int n = of.n;
    const int thread = thread_again();
    const double trace = shared.kept[0];
    const double frobenius = shared.kept[1];
    const double* const diagonal = shared.diagonal + Grid<A>::skip(n);
    const double* const off_squares = shared.off_squares + Grid<A>::skip(n);
    const auto count = [&](double x) {
        return sturm_count(
            n, [&](int i) { return diagonal[i]; }, off_squares, x);
    };
    RANKCHAIN_ROLLED
    for (std::int64_t shift = thread; shift < 2 * batch.ranks; shift += Grid<A>::threads) {
        const std::int64_t rank = shift / 2;
        const double x =
            arith::gram_threshold(batch.taus[rank], static_cast<int>(shared.kept[2]), batch.batch);
        const double e = arith::gram_error(n, of.k, trace, frobenius, x);
        const int found = count(shift % 2 == 0 ? x + e : x - e);
        RankEnds& ends = batch.ends[number * batch.ranks + rank];
        (shift % 2 == 0 ? ends.low : ends.high) = found;
    }
    if (batch.lambda_1 != nullptr && thread < warp_lanes) {
        double low = 0.0, high = 0.0;
        bracket_largest(trace, frobenius, low, high);
        largest_counted(count, 0.0, thread, low, high);
        if (thread == 0) batch.lambda_1[number] = low;
    }
    if (batch.form != nullptr) {
        double* const form = batch.form + number * 2 * n;
        for (int i = thread; i < n; i += Grid<A>::threads) {
            form[i] = diagonal[i];
            form[n + i] = off_squares[i];
        }
    }
}

}  // namespace rankchain::cuda
