// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "kernels/backend/spectrum_routine.hpp"

#include "host/spectrum_choice.hpp"
#include "kernels/bidiagonal.cuh"
#include "kernels/tridiagonal.cuh"
#include "kernels/tridiagonal_panels.cuh"

#include <algorithm>

namespace rankchain::cuda {
namespace {

// Not tuned on a device yet. Enough matrices for a block on every multiprocessor (to n = k = 512),
// in an array of at most 256 MiB, or 64 MiB of those that hardly any matrix needs; far below the
// 32 000 matrices and the 2^31 numbers of workspace where cuSOLVER's batched routines are known to
// fail (mujocolab/mjlab 732, cupy 7261).
constexpr std::int64_t most_matrices = 256;
constexpr std::int64_t most_numbers = std::int64_t{1} << 25;
constexpr std::int64_t most_doubled = std::int64_t{1} << 23;

/// The largest power of two with so many matrices of `numbers` in `most` numbers.
std::int64_t matrices_of(std::int64_t numbers, std::int64_t most) {
    std::int64_t count = most_matrices;
    while (count > 1 && count > most / numbers)
        count /= 2;
    return count;
}

/// Of the eigenvalues of G [n, n] that are at least a threshold.
SpectrumRoutine tridiagonal_routine(std::int64_t n, std::size_t shared_limit) {
    if (n <= tridiagonal_limit) return SpectrumRoutine::tridiagonal;
    return has_panel_counts(n, shared_limit) ? SpectrumRoutine::panels : SpectrumRoutine::gram;
}

}  // namespace

SpectrumRoutine singular_value_routine(std::int64_t rows, std::int64_t cols) {
    const std::int64_t n = std::min(rows, cols);
    const std::int64_t k = std::max(rows, cols);
    if (k <= jacobi_limit) return SpectrumRoutine::jacobi;
    if (n <= jacobi_limit) return SpectrumRoutine::qr_jacobi;
    return n == k ? SpectrumRoutine::wielandt : SpectrumRoutine::qr_wielandt;
}

SpectrumPlan plan_spectrum(std::span<const Quantity> quantities, std::int64_t rows,
                           std::int64_t cols, std::int64_t batch, SpectrumMethod method,
                           std::size_t shared_limit) {
    SpectrumPlan plan;
    const std::int64_t n = std::min(rows, cols);
    const SpectrumRoutine whole = singular_value_routine(rows, cols);
    const bool bidiagonal = has_bidiagonal_counts(rows, cols, shared_limit);
    const bool ours = method != SpectrumMethod::eigen && method != SpectrumMethod::svd;
    const bool ranks = std::any_of(quantities.begin(), quantities.end(), is_rank);
    switch (choose_count(quantities, rows, cols, batch, method)) {
        case CountMethod::none:
            break;
        case CountMethod::gram:
            plan.first = ours ? tridiagonal_routine(n, shared_limit) : SpectrumRoutine::gram;
            plan.recount = ranks && bidiagonal && ours;
            if (ranks) plan.second = whole;
            break;
        case CountMethod::bidiagonal:
            plan.first = bidiagonal ? SpectrumRoutine::bidiagonal : whole;
            if (bidiagonal && ranks) plan.second = whole;
            break;
        case CountMethod::singular_values:
            plan.first = bidiagonal && ours ? SpectrumRoutine::bisection : whole;
            break;
    }
    plan.gram =
        plan.first == SpectrumRoutine::tridiagonal || plan.first == SpectrumRoutine::panels ||
        plan.first == SpectrumRoutine::gram || asks(quantities, Metric::stable_rank) ||
        asks(quantities, Metric::rank_lower_bound) || asks(quantities, Metric::orthogonality_gap);
    plan.cosines = asks(quantities, Metric::mean_abs_cosine);
    return plan;
}

bool is_rank(const Quantity& quantity) {
    return is_count(quantity) || quantity.metric == Metric::numerical_rank;
}

std::int64_t value_count(SpectrumRoutine routine, std::int64_t rows, std::int64_t cols) {
    const std::int64_t n = std::min(rows, cols);
    switch (routine) {
        case SpectrumRoutine::none:
            return 0;
        case SpectrumRoutine::tridiagonal:
        case SpectrumRoutine::bidiagonal:
        case SpectrumRoutine::panels:
            return 1;
        case SpectrumRoutine::jacobi:
        case SpectrumRoutine::qr_jacobi:
        case SpectrumRoutine::gram:
        case SpectrumRoutine::bisection:
            return n;
        case SpectrumRoutine::wielandt:
        case SpectrumRoutine::qr_wielandt:
            return 2 * n;
    }
    return 0;
}

std::int64_t sub_batch(SpectrumRoutine routine, std::int64_t rows, std::int64_t cols) {
    const std::int64_t n = std::min(rows, cols);
    const bool doubled =
        routine == SpectrumRoutine::wielandt || routine == SpectrumRoutine::qr_wielandt;
    return doubled ? matrices_of(std::max(rows * cols, 4 * n * n), most_doubled)
                   : matrices_of(rows * cols, most_numbers);
}

std::int64_t cosine_sub_batch(std::int64_t rows, std::int64_t cols) {
    return std::min(sub_batch(SpectrumRoutine::none, rows, cols),
                    matrices_of(cosine_panel * cols, most_numbers));
}

}  // namespace rankchain::cuda
