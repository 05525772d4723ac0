// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Which routine is taken for which request and size, and for how many matrices at once.
// Pure functions; the table is in docs/numerics.md, "What a device computes".
#pragma once

#include <rankchain/metrics.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace rankchain::cuda {

/// Of a matrix [rows, cols] with n = min, k = max of both, as the tall [k, n] of kernels/gram.cuh.
enum class SpectrumRoutine {
    none,
    jacobi,       ///< cuSOLVER gesvdjBatched of the matrix; k <= 32
    qr_jacobi,    ///< cuBLAS geqrfBatched, then gesvdjBatched of R; n <= 32
    tridiagonal,  ///< kernels/tridiagonal.cuh of H as it is: counts and sigma_1^2; n <= its limit
    bidiagonal,   ///< kernels/bidiagonal.cuh of H as it is, not squared; what fits a block
    panels,       ///< kernels/tridiagonal_panels.cuh of the Gram matrix: counts and sigma_1^2
    bisection,    ///< kernels/bidiagonal.cuh of H as it is: all sigma
    gram,         ///< cuSOLVER XsyevBatched of the Gram matrix: sigma^2 to p(n) u sigma_1^2
    wielandt,     ///< XsyevBatched of [[0, W], [W^T, 0]], whose eigenvalues are +-sigma; n = k
    qr_wielandt,  ///< geqrfBatched, then XsyevBatched of [[0, R], [R^T, 0]]
};

inline constexpr std::int64_t jacobi_limit = 32;  ///< cuSOLVER's, for both sides

struct SpectrumPlan {
    bool gram = false;     ///< the Gram matrix: its trace, norm and orthogonality gap
    bool cosines = false;  ///< inner products of all pairs of columns
    SpectrumRoutine first = SpectrumRoutine::none;  ///< on every draw
    bool recount = false;  ///< what the first leaves undecided by `bidiagonal`
    SpectrumRoutine second = SpectrumRoutine::none;  ///< on draws that are undecided still
    /// Whether G has to be made in device memory.
    [[nodiscard]] bool library_gram() const {
        return gram && first != SpectrumRoutine::tridiagonal;
    }
    friend bool operator==(const SpectrumPlan&, const SpectrumPlan&) = default;
};

/// The least that serves all quantities, none twice, for H of N = `batch` columns. Ranks are
/// counted by kernels of our own up to their limits, where a block can have `shared_limit` bytes of
/// shared memory: of the tridiagonal form in registers, then by panels; beyond on the library's
/// eigenvalues, as under `eigen`. Singular values are bisected where a block has the bidiagonal
/// form, but under `eigen` and `svd`, and for what that form leaves undecided, the library's.
SpectrumPlan plan_spectrum(std::span<const Quantity> quantities, std::int64_t rows,
                           std::int64_t cols, std::int64_t batch, SpectrumMethod method,
                           std::size_t shared_limit);

/// Whether the routine is a kernel of ours that takes H as it is.
constexpr bool is_on_chip(SpectrumRoutine routine) {
    return routine == SpectrumRoutine::tridiagonal || routine == SpectrumRoutine::bidiagonal ||
           routine == SpectrumRoutine::bisection;
}

/// Whether the routine gives ends of ranks, and sigma_1^2 where it is wanted.
constexpr bool gives_ends(SpectrumRoutine routine) {
    return routine == SpectrumRoutine::tridiagonal || routine == SpectrumRoutine::bidiagonal ||
           routine == SpectrumRoutine::panels;
}

/// A rank that is not decided by the shape.
bool is_rank(const Quantity& quantity);

/// Singular values of the matrix itself, without squaring.
SpectrumRoutine singular_value_routine(std::int64_t rows, std::int64_t cols);

/// Values that a routine gives a matrix: n, 2n, or sigma_1^2 alone.
std::int64_t value_count(SpectrumRoutine routine, std::int64_t rows, std::int64_t cols);

/// How many matrices are widened, squared (`none`, `gram`) or go through another routine in one
/// call: a power of two that shape and routine fix, at most 256, that of `none` the largest.
/// Libraries may choose another kernel for another number; so results do not depend on how many
/// draws there are.
std::int64_t sub_batch(SpectrumRoutine routine, std::int64_t rows, std::int64_t cols);

/// The same for the products of `cosine_panel` columns with all.
std::int64_t cosine_sub_batch(std::int64_t rows, std::int64_t cols);
inline constexpr std::int64_t cosine_panel = 64;

}  // namespace rankchain::cuda
