// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Ranks by Sturm counts on the tridiagonal form of Gram matrices that registers do not hold
// (tridiagonal.cuh takes the others), a panel of columns at a time.
#pragma once

#include "kernels/counts.cuh"

#include <cstddef>
#include <cstdint>

#include <cuda_runtime.h>

namespace rankchain::cuda {

/// The largest n that count_panels() takes. Beyond, a matrix is work enough for a whole device.
inline constexpr std::int64_t panels_limit = 512;

/// Gram matrices and the ranks asked of each; results of number i in its place.
struct PanelBatch {
    const double* gram = nullptr;  ///< [count, n, n], of which entries (i, j), j <= i, are read
    double* tiles = nullptr;       ///< [count, panel_numbers()] to work in
    std::int64_t count = 0;
    std::int64_t n = 0;
    std::int64_t k = 0;              ///< products in an entry of G
    std::int64_t batch = 0;          ///< N
    const int* exponent = nullptr;   ///< [count], as widen() gave it
    const GramSums* sums = nullptr;  ///< [count], as gram_sums() gave them
    const double* taus = nullptr;    ///< [ranks], of soft ranks
    std::int64_t ranks = 0;

    RankEnds* ends = nullptr;    ///< [count, ranks]
    double* lambda_1 = nullptr;  ///< [count], the largest eigenvalue of G, or null: not wanted
    double* form = nullptr;      ///< [count, 2 n] the tridiagonal form itself, or null
};

/// Does count_panels() take matrices of n rows where a block can have so many bytes of shared
/// memory?
bool has_panel_counts(std::int64_t n, std::size_t shared_limit);

/// Numbers of PanelBatch::tiles a matrix: of G what such a block cannot hold. 0 to n = 192 or so in
/// 227 KiB.
std::int64_t panel_numbers(std::int64_t n, std::size_t shared_limit);

/// For each matrix T = Q^T G Q by Householder reflections, and for each tau the counts on T at
/// N tau + e and N tau - e, e = arith::panel_error(); form as count_tridiagonal() has it. No tau
/// may be NaN.
///
/// Sums     in float64; each in an order that n fixes.
/// Errors   cudaErrorInvalidValue for a shape it does not take; what the launch returned.
/// Stream   enqueued on `stream`; does not synchronise.
/// Order    gpu_to_gpu, but for the tensor cores' own sums over the columns of a panel.
cudaError_t count_panels(const PanelBatch& batch, std::size_t shared_limit, cudaStream_t stream);

}  // namespace rankchain::cuda
