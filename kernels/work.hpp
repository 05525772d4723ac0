// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What the kernels ask of a device, counted: per layer of one draw, and per counted matrix. Over
// the ceilings that bench/ceilings measures it gives the bounds of the benchmark suite. C++17, no
// CUDA header. Counted is what the arithmetic needs at least; what a kernel does besides is its
// loss.
#pragma once

#include <cstdint>

namespace rankchain::cuda {

inline constexpr int fused_limit = 128;  ///< of chains on chip, for d, d_in and the columns carried

/// Each field has the ceiling of its name; 0 is not asked for, or not counted.
struct Work {
    double issue = 0;           ///< instructions of a warp, from sm_90 code; 0: not counted
    double wide_multiply = 0;   ///< IMAD.WIDE of a warp, some of `issue`
    double tf32_mma_flops = 0;  ///< 2 m n k of each mma.sync
    double float64_mma_flops = 0;
    double shared_bytes = 0;           ///< read and written, with every warp's own copy
    double l2_copy_bytes = 0;          ///< read and written beyond the multiprocessor
    double float32_product_flops = 0;  ///< of a library's product
    double float64_product_flops = 0;
    double float64_fma_flops = 0;  ///< outside tensor cores
};

inline double padded(std::int64_t size, std::int64_t tile) {
    return static_cast<double>((size + tile - 1) / tile * tile);
}

/// Philox: ten rounds of two wide multiplications for four words (host/arith/philox.hpp), a word a
/// normal or uniform weight, 128 signs a call.
inline double wide_multiplications(double weights, bool signs) {
    return 20 * weights / (signs ? 128 : 4) / 32;
}

/// kernels/chain_tensor.cuh, sizes to fused_limit: a warp has 16 rows and reads all of H from
/// shared memory, as two tf32 parts or as float64, 8 bytes a number; float32 takes two passes, as W
/// needs no split. H and W never leave the multiprocessor, but for H at the ends of a launch.
inline Work fused_layer(std::int64_t d, std::int64_t n, bool single, bool signs) {
    const double warps = padded(d, 16) / 16;
    const double numbers = padded(d, 8) * padded(n, 8);
    const double flops = 2 * 16 * warps * numbers;
    Work work;
    (single ? work.tf32_mma_flops : work.float64_mma_flops) = (single ? 2 : 1) * flops;
    work.shared_bytes = 8 * numbers * (warps + 1);
    work.wide_multiply = wide_multiplications(16 * warps * padded(d, 8), signs);
    // Counted from SASS, sm_90, nvcc 13.0, 2026-12-01 (bench/kernel_report.sh): batch
    // normalisation, linear, d = N, a warp.
    if (d == n && !(signs && !single)) {
        const double counted = d == 32    ? (signs ? 458 : (single ? 835 : 839))
                               : d == 64  ? (signs ? 843 : (single ? 1612 : 1598))
                               : d == 128 ? (signs ? 1882 : (single ? 3489 : 3430))
                                          : 0;
        work.issue = warps * counted;
    }
    return work;
}

/// kernels/backend/large.hpp: weights written and read once, Z written and read, H read and
/// written, all within the second-level cache; the product by cuBLAS.
inline Work large_layer(std::int64_t d, std::int64_t n, bool single, bool signs) {
    const auto rows = static_cast<double>(d);
    const auto cols = static_cast<double>(n);
    Work work;
    (single ? work.float32_product_flops : work.float64_product_flops) = 2 * rows * rows * cols;
    work.l2_copy_bytes = (2 * rows * rows + 4 * rows * cols) * (single ? 4 : 8);
    work.wide_multiply = wide_multiplications(rows * rows, signs);
    return work;
}

/// One matrix [rows, cols] counted through its Gram matrix: n^2 k operations for the half of it
/// that is needed and 4 n^3 / 3 for the tridiagonal form, n the smaller side; two shifts a
/// threshold, a quotient a row (some 10 operations, two counted), are next to nothing.
inline Work counted_matrix(std::int64_t rows, std::int64_t cols, std::int64_t thresholds) {
    const auto n = static_cast<double>(rows < cols ? rows : cols);
    const auto k = static_cast<double>(rows < cols ? cols : rows);
    Work work;
    work.float64_fma_flops =
        n * n * k + 4 * n * n * n / 3 + 2 * 2 * n * static_cast<double>(thresholds);
    return work;
}

}  // namespace rankchain::cuda
