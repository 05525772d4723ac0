// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Householder tridiagonalisation of symmetric matrices in lanes, and Sturm counts. The update of
// one reflection, A -= v w^T + w v^T, and the product A x of the next run over the matrix together:
// each step reads and writes every entry once, n^3 / 6 entries and 4 fused multiply-adds each in
// all.
//
// Compiled once for every instruction set by Highway's foreach_target; the best one the machine
// has is chosen at run time.
#include "host/cpu/lanes.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "host/cpu/tridiagonal_lanes.cpp"
#include <hwy/foreach_target.h>
// After foreach_target, which sets the target it compiles for.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace rankchain::cpu::HWY_NAMESPACE {

#include "host/cpu/lanes-inl.hpp"

/// What a step works on: vectors of n lanes-wide numbers each, indexed by row of the matrix.
struct TridiagonalStep {
    std::int64_t n;
    double* a;        // packed lower triangle
    const double* v;  // the reflection whose update is due: A -= v w^T + w v^T
    const double* w;
    const double* x;  // the next one
    double* p;        // A x of the updated A
};

/// Column j of the packed triangle, such that row i is at + i L.
HWY_INLINE double* column(const TridiagonalStep& s, std::int64_t j, std::int64_t lanes) {
    return s.a + (j * s.n - j * (j - 1) / 2 - j) * lanes;
}

/// Columns j .. j + J - 1 of the trailing matrix. p_i takes its terms in the order of the columns
/// left of the diagonal, then the sum of column i from the diagonal down.
template <int J>
HWY_INLINE void stream(const TridiagonalStep& s, std::int64_t j) {
    const F64 f64;
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(f64));
    double* a[J];
    Vec v[J], w[J], x[J], sum[J], p[J];
    for (int c = 0; c < J; ++c) {
        a[c] = column(s, j + c, lanes);
        v[c] = hn::Load(f64, s.v + (j + c) * lanes);
        w[c] = hn::Load(f64, s.w + (j + c) * lanes);
        x[c] = hn::Load(f64, s.x + (j + c) * lanes);
        p[c] = hn::Load(f64, s.p + (j + c) * lanes);
    }
    for (int c = 0; c < J; ++c) {
        for (int r = c; r < J; ++r) {
            double* const at = a[c] + (j + r) * lanes;
            const Vec entry =
                hn::NegMulAdd(w[r], v[c], hn::NegMulAdd(v[r], w[c], hn::Load(f64, at)));
            hn::Store(entry, f64, at);
            if (r == c) {
                sum[c] = hn::Mul(entry, x[c]);
            } else {
                sum[c] = hn::MulAdd(entry, x[r], sum[c]);
                p[r] = hn::MulAdd(entry, x[c], p[r]);
            }
        }
    }
    for (std::int64_t i = j + J; i < s.n; ++i) {
        const Vec v_i = hn::Load(f64, s.v + i * lanes);
        const Vec w_i = hn::Load(f64, s.w + i * lanes);
        const Vec x_i = hn::Load(f64, s.x + i * lanes);
        Vec p_i = hn::Load(f64, s.p + i * lanes);
        for (int c = 0; c < J; ++c) {
            double* const at = a[c] + i * lanes;
            const Vec entry = hn::NegMulAdd(w_i, v[c], hn::NegMulAdd(v_i, w[c], hn::Load(f64, at)));
            hn::Store(entry, f64, at);
            sum[c] = hn::MulAdd(entry, x_i, sum[c]);
            p_i = hn::MulAdd(entry, x[c], p_i);
        }
        hn::Store(p_i, f64, s.p + i * lanes);
    }
    for (int c = 0; c < J; ++c)
        hn::Store(hn::Add(p[c], sum[c]), f64, s.p + (j + c) * lanes);
}

/// work: 4 n vectors.
void tridiagonalise(std::int64_t n, double* a, double* diagonal, double* off_squares,
                    double* work) {
    const F64 f64;
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(f64));
    const auto at = [lanes](double* vector, std::int64_t i) { return vector + i * lanes; };
    double* v = work;
    double* w = at(work, n);
    double* x = at(work, 2 * n);
    double* const p = at(work, 3 * n);
    std::fill_n(work, 4 * n * lanes, 0.0);
    const Vec half = hn::Set(f64, 0.5);
    for (std::int64_t s = 0; s < n; ++s) {
        // What is due to column s; from its part below the diagonal comes the next reflection.
        double* const a_s = a + (s * n - s * (s - 1) / 2 - s) * lanes;
        const Vec v_s = hn::Load(f64, at(v, s));
        const Vec w_s = hn::Load(f64, at(w, s));
        const auto updated = [&](std::int64_t i) HWY_ATTR {
            return hn::NegMulAdd(
                hn::Load(f64, at(w, i)), v_s,
                hn::NegMulAdd(hn::Load(f64, at(v, i)), w_s, hn::Load(f64, at(a_s, i))));
        };
        hn::Store(updated(s), f64, at(diagonal, s));
        if (s + 1 == n) return;
        for (std::int64_t i = s + 1; i < n; ++i)
            hn::Store(updated(i), f64, at(x, i));
        const Vec norm2 = reflected_square(dot(x, x, s + 1, n));
        hn::Store(norm2, f64, at(off_squares, s));
        if (s + 2 == n) {
            // The last off-diagonal entry needs no reflection, but what is due to the last diagonal
            // one is: the next turn of the loop sees to it.
            continue;
        }
        const Vec beta = reflection(norm2, at(x, s + 1));

        std::fill_n(at(p, s + 1), (n - s - 1) * lanes, 0.0);
        const TridiagonalStep step{n, a, v, w, x, p};
        std::int64_t j = s + 1;
        for (; j + stream_columns <= n; j += stream_columns)
            stream<stream_columns>(step, j);
        for (; j < n; ++j)
            stream<1>(step, j);

        for (std::int64_t i = s + 1; i < n; ++i)
            hn::Store(hn::Mul(hn::Load(f64, at(p, i)), beta), f64, at(p, i));
        const Vec share = hn::Mul(hn::Mul(half, beta), dot(p, x, s + 1, n));
        for (std::int64_t i = s + 1; i < n; ++i) {
            hn::Store(hn::NegMulAdd(share, hn::Load(f64, at(x, i)), hn::Load(f64, at(p, i))), f64,
                      at(w, i));
        }
        std::swap(v, x);
    }
}

struct TridiagonalForm {
    std::int64_t n;
    const double* diagonal;
    const double* off_squares;

    [[nodiscard]] std::int64_t size() const { return n; }
    [[nodiscard]] HWY_INLINE Vec minus(std::int64_t i, Vec x) const {
        const F64 f64;
        return hn::Sub(hn::Load(f64, diagonal + i * static_cast<std::int64_t>(hn::Lanes(f64))), x);
    }
};

void tridiagonal_counts(std::int64_t n, const double* diagonal, const double* off_squares,
                        std::int64_t shifts, const double* x, double* counts) {
    sturm_counts(TridiagonalForm{n, diagonal, off_squares}, shifts, x, counts);
}

void largest_eigenvalue(std::int64_t n, const double* diagonal, const double* off_squares,
                        double* low, double* high) {
    bisect_largest(TridiagonalForm{n, diagonal, off_squares}, 0.0, low, high);
}

}  // namespace rankchain::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace rankchain::cpu {

HWY_EXPORT(tridiagonalise);
HWY_EXPORT(tridiagonal_counts);
HWY_EXPORT(largest_eigenvalue);

void TridiagonalLanes::reduce(GramLanes& gram) {
    n = gram.n;
    const auto lanes = static_cast<std::size_t>(lane_count());
    const auto side = static_cast<std::size_t>(n);
    diagonal.resize(side * lanes);
    off_squares.resize(std::max<std::size_t>(side, 1) * lanes - lanes);
    work_.resize(4 * side * lanes);
    HWY_DYNAMIC_DISPATCH(tridiagonalise)
    (n, gram.g.data(), diagonal.data(), off_squares.data(), work_.data());
}

void TridiagonalLanes::count_at_least(std::int64_t shifts, const double* x, double* counts) const {
    HWY_DYNAMIC_DISPATCH(tridiagonal_counts)
    (n, diagonal.data(), off_squares.data(), shifts, x, counts);
}

void TridiagonalLanes::largest(const GramLanes& gram, double* lambda) const {
    const auto lanes = static_cast<std::size_t>(lane_count());
    AlignedVector<double> high(lanes);
    for (std::size_t b = 0; b < lanes; ++b) {
        // ||G||_F^2 = sum lambda_i^2 <= lambda_1 tr(G), and lambda_1 <= ||G||_F.
        const bool empty = !(gram.trace[b] > 0);
        lambda[b] = empty ? 0.0 : 0.5 * gram.frobenius[b] * (gram.frobenius[b] / gram.trace[b]);
        high[b] = empty ? 0.0 : 2.0 * gram.frobenius[b];
    }
    HWY_DYNAMIC_DISPATCH(largest_eigenvalue)
    (n, diagonal.data(), off_squares.data(), lambda, high.data());
}

std::int64_t TridiagonalLanes::bytes(std::int64_t n) {
    return 8 * lane_count() * (6 * n + 2);
}

}  // namespace rankchain::cpu
#endif
