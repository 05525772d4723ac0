// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// H -> A -> bidiagonal form -> counts, a block a matrix: of one warp where n and k are at most 32,
// of which registers let 16 live on a multiprocessor. Reads H twice, the second time from cache;
// writes 8 bytes a rank, and a singular value.
#pragma once

#include "host/arith/count_error.hpp"
#include "kernels/bidiagonal.cuh"
#include "kernels/bidiagonal_form.cuh"
#include "kernels/gram_device.cuh"
#include "kernels/shared_memory.cuh"
#include "kernels/sturm.cuh"

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace rankchain::cuda {

/// A of H, scaled; zero where there is none.
template <int threads_down, class T, bool resident>
__device__ __forceinline__ void load_entries(const WidenBatch<T>& batch, std::int64_t draw,
                                             const Place& at, const FormGrid& grid,
                                             const WideScale& scale,
                                             FormEntries<resident>& entries) {
    const T* const h = matrix_of(batch, draw);
    // Columns of A are rows of H where those are the longer ones.
    const bool by_rows = batch.rows <= batch.cols;
    const int down = by_rows ? 1 : grid.n;
    const int across = by_rows ? grid.k : 1;
    const int r = at.thread % threads_down, c = at.thread / threads_down;
    for (int g = 0; g < entries.groups; ++g) {
        RANKCHAIN_UNROLL
        for (int a = 0; a < entries.rows; ++a) {
            RANKCHAIN_UNROLL
            for (int b = FormGrid::cols_held * g; b < FormGrid::cols_held * (g + 1); ++b) {
                const int i = r + threads_down * a, j = c + grid.across * b;
                const bool there = i < grid.k && j < grid.n;
                entries.put(a, b, there ? scale(h[i * down + j * across]) : 0.0);
            }
        }
    }
}

/// Singular values of B that are >= x, n where x <= 0.
__device__ __forceinline__ int golub_kahan_count(int n, const double* squares, double x) {
    const int count = sturm_count(
        2 * n, [](int) { return 0.0; }, squares, x);
    return count < n ? count : n;
}

/// Where sigma_1 of B lies, by one warp.
__device__ inline void find_top(int n, const double* squares, double frobenius, double width,
                                int lane, double* top) {
    // ||B||_F^2 / n <= sigma_1^2 <= ||B||_F^2.
    double low = frobenius * (0.5 / n), high = 2.0 * frobenius;
    largest_counted([=](double x) { return golub_kahan_count(n, squares, x); }, width, lane, low,
                    high);
    if (lane == 0) {
        top[0] = low;
        top[1] = high;
    }
}

/// Number i of the singular values of B, descending, from below. All numbers of one matrix halve
/// the same intervals, and as counts are monotone they come out in order.
__device__ inline double bisected_value(int n, const double* squares, double frobenius, int i) {
    double low = 0.0, high = 2.0 * frobenius;
    RANKCHAIN_ROLLED
    for (int halving = 0; halving < 54; ++halving) {
        const double x = 0.5 * (low + high);
        const bool above = x > 0.0 && golub_kahan_count(n, squares, x) > i;
        low = above ? x : low;
        high = above ? high : x;
    }
    return low;
}

/// One end of the interval that holds a rank: the count at it is sure to be on that side.
template <class T>
__device__ inline double threshold_of(const CountBatch<T>& batch, const FormGrid& grid, double tau,
                                      int power, double frobenius, const double* top, bool upper) {
    const auto error = [&](double x) {
        return arith::bidiagonal_error(grid.n, grid.k, frobenius, x);
    };
    double x = 0;
    if (tau == tau) {
        x = sqrt(arith::gram_threshold(tau, power, batch.batch));
    } else {
        const double e = error(0.0);
        const double sigma = upper ? top[1] + e : top[0] - e;
        x = sigma > 0 ? sigma * batch.resolution : 0.0;
    }
    return upper ? x + error(x) : x - error(x);
}

/// down: that of plan.grid.
template <class T, int down, bool resident>
__global__ void __launch_bounds__(FormGrid::most_threads, 1)
    bidiagonal_kernel(const __grid_constant__ CountBatch<T> batch,
                      const __grid_constant__ FormPlan plan) {
    const FormGrid& grid = plan.grid;
    const Place at(0);
    const auto number = static_cast<int>(blockIdx.x);
    Carver carve(dynamic_shared);
    double* const memory = carve.take<double>(static_cast<std::size_t>(plan.layout.size));

    const std::int64_t draw = draw_of(batch.h, number);
    const WideScale scale = scale_of(batch.h, at, draw, memory + plan.layout.norms);
    if (at.thread == 0) {
        if (batch.exponent != nullptr) batch.exponent[number] = scale.power;
        memory[plan.layout.frobenius + 1] = scale.known() ? scale.power : 0;
    }
    FormEntries<resident> entries(at, plan, memory);
    load_entries<down>(batch.h, draw, at, grid, scale, entries);
    Bidiagonalisation<down, resident>(at, plan, memory, entries).run();
    at.sync();

    const double* const squares = memory + plan.layout.squares;
    double* const top = memory + plan.layout.top;
    const double frobenius = memory[plan.layout.frobenius];
    const auto power = static_cast<int>(memory[plan.layout.frobenius + 1]);
    const auto ranks = static_cast<int>(batch.ranks);
    bool needs_top = batch.lambda_1 != nullptr;
    for (int q = 0; q < ranks; ++q)
        needs_top = needs_top || !(batch.taus[q] == batch.taus[q]);
    if (needs_top) {
        // A numerical rank hardly ever needs sigma_1 well.
        const double width = batch.lambda_1 != nullptr ? 0.0 : 0x1p-12;
        if (at.warp == 0) find_top(grid.n, squares, frobenius, width, at.lane, top);
        at.sync();
    }
    // The counts at both ends are side by side in RankEnds.
    int* const ends = reinterpret_cast<int*>(batch.ends + batch.ranks * number);
    for (int s = at.thread; s < 2 * ranks; s += grid.threads) {
        const double x =
            threshold_of(batch, grid, batch.taus[s / 2], power, frobenius, top, s % 2 == 0);
        ends[s] = golub_kahan_count(grid.n, squares, x);
    }
    if (batch.values != nullptr) {
        for (int i = at.thread; i < grid.n; i += grid.threads) {
            batch.values[std::int64_t{number} * grid.n + i] =
                bisected_value(grid.n, squares, frobenius, i);
        }
    }
    if (batch.form != nullptr) {
        for (int i = at.thread; i < 2 * grid.n; i += grid.threads)
            batch.form[std::int64_t{number} * 2 * grid.n + i] =
                i + 1 < 2 * grid.n ? squares[i] : frobenius;
    }
    if (at.thread == 0 && batch.lambda_1 != nullptr) batch.lambda_1[number] = top[0] * top[0];
}

}  // namespace rankchain::cuda
