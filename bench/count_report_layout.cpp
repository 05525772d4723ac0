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
// memory: 128 bytes a clock, lanes that read one number counted once. Five thresholds; with all
// singular values 54 halvings by a thread each.
//
// By panels (kernels/tridiagonal_panels.cu) instructions are counted in the loops of the same SASS:
// 7 and 6 a tile of G for its rows and columns, 133 a tile column and pair of rows at the end of a
// panel, and the rest by hand as above. Device memory: what of the tiles is not in shared memory,
// at 3 TB/s, as if nothing stayed in the second-level cache.
#include "kernels/bidiagonal_plan.cuh"
#include "kernels/tridiagonal_panels.cu"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace rankchain::cuda {

SIMT_DYNAMIC_SHARED(dynamic_shared, 16);  // no kernel is run

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
    double memory = 0;      ///< bytes of device memory
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

/// All singular values of a bidiagonal form.
void add_bisection(Cost& cost, double n) {
    const double warps = ceil_div(n, warp_lanes);
    for (int halving = 0; halving < 54; ++halving) {
        cost.fp64 += warps * 2 * n * 12;
        cost.issue += warps * (2 * n * 30 + 10);
        cost.shared += warps * 2 * n;
    }
}

/// A matrix by panels, from G.
Cost panels(int n) {
    const PanelPlan plan = plan_of(n, std::size_t{227} << 10);
    Cost cost;
    cost.bytes = bytes_of(plan);
    cost.warps = plan.warps;
    cost.flops = 4.0 / 3 * n * n * n + shifts * n * 3.0;
    const double warps = plan.warps;
    constexpr double tile_bytes = PanelTile::numbers * sizeof(double);
    for (int s = 0; s < n; ++s) {
        const int panel = s / PanelTile::side;
        const double before = s % PanelTile::side;
        const double blocks = plan.blocks - panel;
        const double row_warps = ceil_div(PanelTile::side * blocks, warp_lanes);
        // The column and its norm; a root and a quotient in every warp.
        cost.fp64 += row_warps * (1 + 2 * before) + warps * (25 + warps);
        cost.issue += row_warps * (30 + 5 * before) + warps * (250 + 2 * warps);
        cost.shared += row_warps * (4 + 10 * before) + warps * (warps / 4 + 20);
        // The product: every tile is met twice, but those of the diagonal.
        const double tiles = blocks * blocks;
        cost.fp64 += 2 * tiles + 11 * blocks;
        cost.issue += 6.5 * tiles + 150 * blocks;
        cost.shared += 5.5 * tiles + 40 * blocks;
        cost.fp64 += 2 * before * (row_warps + 5);
        cost.issue += 2 * before * (5 * row_warps + 50);
        cost.shared += 2 * before * (8 * row_warps + 10);
        // What the panel has made due, the dot product, w.
        cost.fp64 += row_warps * (5 + 2 * before) + warps * (12 + 2 * warps);
        cost.issue += row_warps * (45 + 5 * before) + warps * (150 + 4 * warps);
        cost.shared += row_warps * (14 + 8 * before) + warps * (warps / 2 + 20);
        cost.barriers += 5;
        double far = 0;
        for (int col = panel; col < plan.far; ++col)
            far += plan.blocks - col;
        cost.memory += 2 * far * tile_bytes;
        if (s % PanelTile::side + 1 < PanelTile::side || s + 1 == n) continue;
        const double left = blocks - 1;
        const double pairs = left * left / 4 + left;
        cost.fp64 += pairs * 2 * 16;  // a product of 16 x 8 x 8 in the time of 16 instructions
        cost.issue += pairs * 133 + warps * 60;
        cost.shared += pairs * (2 * 8 + 2 * 8);
        cost.memory += 2 * far * tile_bytes;
        cost.barriers += 1;
    }
    add_sturm(cost, n);
    return cost;
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

void print_bounds(const Cost& cost, bool by_panels = false) {
    const double issue = 4 * clocks_a_second / cost.issue;
    const double fp64 = 2 * clocks_a_second / cost.fp64;
    const double shared = clocks_a_second / cost.shared;
    const double memory = cost.memory > 0 ? 3e12 / cost.memory : HUGE_VAL;
    const double least = std::min({issue, fp64, shared, memory});
    std::printf(" %.2e | %.2e | %.2e |", issue, fp64, shared);
    if (by_panels && cost.memory > 0) std::printf(" %.2e |", memory);
    if (by_panels && !(cost.memory > 0)) std::printf(" |");
    std::printf(" %s |", least == issue    ? "issue"
                         : least == fp64   ? "float64"
                         : least == shared ? "shared memory"
                                           : "device memory");
}

void print_panels(int n) {
    const Cost cost = panels(n);
    std::printf("| %d | %.3g | %.1f | %.3g | %.3g | %.3g | %.3g | %.0f |", n, cost.flops,
                static_cast<double>(cost.bytes) / 1024, cost.issue, cost.fp64, 128 * cost.shared,
                cost.memory, cost.barriers);
    print_bounds(cost, true);
    std::printf("\n");
}

void print_bisection(int n) {
    Cost cost = bidiagonal(n, n);
    add_bisection(cost, n);
    std::printf("| %d | %.3g | %.3g |", n, cost.issue, cost.fp64);
    print_bounds(cost);
    std::printf("\n");
}

void print(int n, const Cost& cost, double goal) {
    const int matrices = std::min<int>(
        {warps_of_registers / cost.warps, static_cast<int>((227 << 10) / (cost.bytes + 1024)), 32});
    std::printf("| %d | %.3g | %d | %.1f | %d | %.3g | %.3g | %.3g | %.0f |", n, cost.flops,
                cost.warps, static_cast<double>(cost.bytes) / 1024, matrices, cost.issue, cost.fp64,
                128 * cost.shared, cost.barriers);
    print_bounds(cost);
    std::printf(" %.0e |\n", goal);
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
    std::printf(
        "\n| n, all singular values | instructions | float64 instructions | issue | float64 | "
        "shared memory | least |\n|---|---|---|---|---|---|---|\n");
    for (const int n : {32, 64, 128})
        print_bisection(n);
    std::printf(
        "\n| n, by panels | flops | shared memory, KiB | instructions | float64 instructions | "
        "shared memory, bytes moved | device memory, bytes | barriers | issue | float64 | shared "
        "memory | device memory | least "
        "|\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (const int n : {129, 192, 256, 384, 512})
        print_panels(n);
}
