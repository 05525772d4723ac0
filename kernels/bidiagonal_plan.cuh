// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// How a block holds a matrix A [k, n], k >= n, and what its threads share while A is brought to
// bidiagonal form: functions of the shape, which the host finds.
//
// The threads of a block hold A cyclically: thread (r, c) = (t % down, t / down) has the entries
// (r + down a, c + across b), in registers where 8 x 4 of them are enough, else in shared memory.
// So a warp has whole columns, and what is left of A stays spread over all threads.
#pragma once

#include "kernels/lanes.cuh"

#include <cstdint>

namespace rankchain::cuda {

/// How a block holds A.
struct FormGrid {
    static constexpr int rows_held = 8;  ///< of a thread, in registers
    static constexpr int cols_held = 4;  ///< of a thread, in registers; at once, in shared memory
    static constexpr int most_threads = 512;

    int n, k;
    int down_bits = 2;
    int down, across;
    bool resident;   ///< in registers
    int rows;        ///< of a thread
    int col_groups;  ///< of `cols_held` columns, of a thread
    int long_side;   ///< lengths of vectors, so that no thread need look where they end
    int short_side;
    int threads, warps;  ///< of the block
    int row_warps;       ///< those with rows of a vector, a thread each

    /// The smallest block whose registers hold A; else one that has it in shared memory.
    FormGrid(int cols, int all_rows) : n(cols), k(all_rows) {
        while (down_bits < 5 && (rows_held << down_bits) < k)
            ++down_bits;
        const int columns = warp_lanes >> down_bits;  // of a warp
        across = ((n + cols_held - 1) / cols_held + columns - 1) / columns * columns;
        resident = k <= rows_held << down_bits && across << down_bits <= most_threads;
        if (!resident) {
            down_bits = 5;
            across = 8;
        }
        down = 1 << down_bits;
        threads = down * across;
        warps = threads / warp_lanes;
        rows = resident ? rows_held : (k + down - 1) / down;
        col_groups = (n + cols_held * across - 1) / (cols_held * across);
        long_side = down * rows;
        row_warps = warps < long_side / warp_lanes ? warps : long_side / warp_lanes;
        short_side = across * cols_held * col_groups;
    }
};

/// What the threads share: numbers in one array of shared memory. Where they lie is found on the
/// host, so that on the device it is constants, not registers.
struct FormLayout {
    int uw;           ///< [long side, 2]
    int x, next;      ///< [long side]
    int partial;      ///< [warps, long side]: A r of a warp's columns
    int zv;           ///< [short side, 2]: what is due; y and r of the step before
    int product;      ///< [short side]: A^T x
    int row;          ///< [short side]: row s of A
    int norms;        ///< [warps], as far as they have rows: of x
    int beta, gamma;  ///< [4]: what a step needs to know of the left and the right reflection
    int squares;      ///< [2 n - 1]: d_1^2, f_1^2, d_2^2, ...
    int frobenius;    ///< [2]: ||A||_F, and the power of two that made A of H
    int top;          ///< [2]: sigma_1 lies between both
    int entries;      ///< [n, k], where registers do not hold A
    std::int64_t size;

    explicit FormLayout(const FormGrid& grid) : size(0) {
        const auto take = [this](std::int64_t numbers) {
            const auto at = static_cast<int>(size);
            size += (numbers + 1) / 2 * 2;
            return at;
        };
        const std::int64_t rows = grid.long_side;
        const std::int64_t cols = grid.short_side;
        uw = take(2 * rows);
        x = take(rows);
        next = take(rows);
        partial = take(rows * grid.warps);
        zv = take(2 * cols);
        product = take(cols);
        row = take(cols);
        norms = take(grid.warps);
        beta = take(4);
        gamma = take(4);
        squares = take(2 * std::int64_t{grid.n});
        frobenius = take(2);
        top = take(2);
        entries = take(grid.resident ? 0 : std::int64_t{grid.n} * grid.k);
    }
};

/// What a launch passes.
struct FormPlan {
    FormGrid grid;
    FormLayout layout;

    FormPlan(int cols, int rows) : grid(cols, rows), layout(grid) {}
};

}  // namespace rankchain::cuda
