// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What counting the ranks of one matrix costs a block, from the loops of the kernels as they are
// laid out for its shape, and the bound that follows. For count_report.sh; compiled against
// tests/simt/shim.
//
// FP64: float64 instructions of warps, those on rows and columns that are done but share a block of
// registers with others included; two a clock and multiprocessor (64 lanes). A root is 9 of them, a
// reciprocal 6, a pivot of a Sturm count 12 (a quotient, a difference, two comparisons): counted in
// SASS for sm_90. Issue: all instructions of warps, four a clock; what a row of registers, a step
// and a reflection take besides their float64 ones, by hand from the same SASS, rounded up. Shared
// memory: 128 bytes a clock, lanes that read one number counted once. Five thresholds.
#include "kernels/bidiagonal_plan.cuh"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace rankchain::cuda {
namespace {

constexpr double clocks_a_second = 132 * 1.755e9;  // H100 SXM, assumed
constexpr int warps_of_registers = 65536 / (128 * warp_lanes);
constexpr int shifts = 10;

struct Cost {
    double flops = 0;   ///< of the textbook: what every method of this kind needs
    double fp64 = 0;    ///< instructions of warps
    double issue = 0;   ///< instructions of warps
    double shared = 0;  ///< clocks of shared memory
    double barriers = 0;
    std::size_t bytes = 0;  ///< of shared memory
    int warps = 0;          ///< a matrix
};

double ceil_div(double a, double b) {
    return static_cast<double>((static_cast<std::int64_t>(a) + static_cast<std::int64_t>(b) - 1) /
                               static_cast<std::int64_t>(b));
}

/// `size` pivots of each shift, one warp.
void add_sturm(Cost& cost, double size) {
    cost.fp64 += size * 12;
    cost.issue += size * 30;
    cost.shared += size;
}

Cost bidiagonal(int n, int k) {
    const FormGrid grid(n, k);
    Cost cost;
    cost.bytes = static_cast<std::size_t>(FormLayout(grid).size) * sizeof(double);
    cost.warps = grid.warps;
    const double side = n;
    const double length = k;
    cost.flops = 8 * (side * side * length / 2 - side * side * side / 6) + shifts * 2 * side * 3;
    if (!grid.resident) return cost;
    const double warps = grid.warps;
    const double down = grid.down;
    const double row_warps = grid.row_warps;
    const double rows_a_thread = ceil_div(grid.long_side, grid.threads);
    // Distinct numbers that a warp reads at once, 16 and 8 bytes each.
    const double wide = ceil_div(16 * down, 128);
    const double narrow = ceil_div(8 * down, 128);
    for (int s = 0; s < n; ++s) {
        // next_column: the sums over warps, w and x; its norm.
        cost.fp64 += row_warps * (rows_a_thread * (warps + 6) + 5);
        cost.issue +=
            row_warps * (rows_a_thread * (4.5 * warps + 45) + 55) + (warps - row_warps) * 15;
        cost.shared += row_warps * rows_a_thread * (2 * (warps + 3) + 8);
        // reflect_column: the warps' norms, a root, a quotient.
        cost.fp64 += row_warps + 25;
        cost.issue += 3 * row_warps + 110;
        cost.shared += warps + 6;
        cost.barriers += 1;
        if (s + 1 == n) break;
        const int dead_cols = (s + 1) / grid.across;
        const double cols =
            dead_cols >= FormGrid::cols_held / 2 ? FormGrid::cols_held / 2.0 : FormGrid::cols_held;
        const double rows = FormGrid::rows_held - s / grid.down;
        const double rows_after = FormGrid::rows_held - (s + 1) / grid.down;
        // update.
        double stages = 1;  // of sums beyond the first four lanes
        for (int lanes = 4; lanes < grid.down; lanes *= 2)
            ++stages;
        cost.fp64 += warps * (3 * rows * cols + 2 + stages);
        cost.issue += warps * (rows * (4 * cols + 6) + 90);
        cost.shared += warps * (rows * (wide + narrow) + 3 * cols + 1);
        // finish_row.
        cost.fp64 += ceil_div(side, warp_lanes) * 3;
        cost.issue += ceil_div(side, warp_lanes) * 35 + warps * 15;
        cost.shared += ceil_div(side, warp_lanes) * 8;
        // reflect_row.
        cost.fp64 += ceil_div(side, warp_lanes) * 2 + 2 * 5 + 26;
        cost.issue += ceil_div(side, warp_lanes) * 12 + 160;
        cost.shared += ceil_div(side, warp_lanes) * 4 + 6;
        // multiply_row.
        const double shares = grid.down == 4 ? 7 : (grid.down == 8 ? 6 : (grid.down == 16 ? 4 : 0));
        cost.fp64 += warps * (rows_after * cols + shares);
        cost.issue += warps * (rows_after * (cols + 2) + 8 * shares + 70);
        cost.shared += warps * (cols + 2 * rows_after * down / warp_lanes) + FormGrid::rows_held;
        cost.barriers += 3;
    }
    add_sturm(cost, 2 * side);
    return cost;
}

void print(int n, const Cost& cost, double goal) {
    const int matrices = std::min<int>(
        {warps_of_registers / cost.warps, static_cast<int>((227 << 10) / (cost.bytes + 1024)), 32});
    const double issue = 4 * clocks_a_second / cost.issue;
    const double fp64 = 2 * clocks_a_second / cost.fp64;
    const double shared = clocks_a_second / cost.shared;
    const double least = std::min({issue, fp64, shared});
    std::printf("| %d | %.3g | %d | %.1f | %d | %.3g | %.3g | %.3g | %.0f |", n, cost.flops,
                cost.warps, static_cast<double>(cost.bytes) / 1024, matrices, cost.issue, cost.fp64,
                128 * cost.shared, cost.barriers);
    std::printf(" %.2e | %.2e | %.2e | %s | %.0e |\n", issue, fp64, shared,
                least == issue ? "issue" : (least == fp64 ? "float64" : "shared memory"), goal);
}

}  // namespace
}  // namespace rankchain::cuda

int main() {
    using namespace rankchain::cuda;
    std::printf(
        "| n | flops | warps | shared memory, KiB | matrices a multiprocessor | instructions | "
        "float64 "
        "instructions | shared memory, bytes moved | barriers | issue | float64 | shared memory | "
        "least "
        "| goal |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    print(32, bidiagonal(32, 32), 3e7);
    print(64, bidiagonal(64, 64), 5e6);
    print(128, bidiagonal(128, 128), 6e5);
}
