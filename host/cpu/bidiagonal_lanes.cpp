// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Householder bidiagonalisation of matrices in lanes, and Sturm counts on the Golub-Kahan form. A
// step updates each column by the reflections of the step before, A -= u z^T + w v^T, takes its
// product with the next left reflection, and while the column is in the first-level cache adds it
// to the product with the next right one (Howell et al. 2008): every entry is read and written once
// a step, n^2 k / 2 - n^3 / 6 entries and 4 fused multiply-adds each in all.
//
// Compiled once for every instruction set by Highway's foreach_target; the best one the machine
// has is chosen at run time.
#include "host/cpu/lanes.hpp"
#include "host/spectrum_choice.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "host/cpu/bidiagonal_lanes.cpp"
#include <hwy/foreach_target.h>
// After foreach_target, which sets the target it compiles for.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace rankchain::cpu::HWY_NAMESPACE {

#include "host/cpu/lanes-inl.hpp"

/// What step s works on; u, w, x, t are indexed by row, z, v, y, r by column.
struct BidiagonalStep {
    std::int64_t s;
    std::int64_t k;
    double* a;        // [n columns of k rows]
    const double* u;  // due: A -= u z^T + w v^T
    const double* z;
    const double* w;
    const double* v;
    const double* x;  // the next left reflection I - beta x x^T ...
    Vec beta;
    double* y;  // ... beta A^T x
    double* r;  // row s after it
    double* t;  // A r
};

template <int J>
HWY_INLINE void stream(const BidiagonalStep& o, std::int64_t j) {
    const F64 f64;
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(f64));
    double* a[J];
    Vec z[J], v[J], sum[J];
    for (int c = 0; c < J; ++c) {
        a[c] = o.a + (j + c) * o.k * lanes;
        z[c] = hn::Load(f64, o.z + (j + c) * lanes);
        v[c] = hn::Load(f64, o.v + (j + c) * lanes);
        sum[c] = hn::Zero(f64);
    }
    for (std::int64_t i = o.s; i < o.k; ++i) {
        const Vec u_i = hn::Load(f64, o.u + i * lanes);
        const Vec w_i = hn::Load(f64, o.w + i * lanes);
        const Vec x_i = hn::Load(f64, o.x + i * lanes);
        for (int c = 0; c < J; ++c) {
            double* const at = a[c] + i * lanes;
            const Vec entry = hn::NegMulAdd(w_i, v[c], hn::NegMulAdd(u_i, z[c], hn::Load(f64, at)));
            hn::Store(entry, f64, at);
            sum[c] = hn::MulAdd(entry, x_i, sum[c]);
        }
    }
    Vec r[J];
    const Vec x_s = hn::Load(f64, o.x + o.s * lanes);
    for (int c = 0; c < J; ++c) {
        const Vec y = hn::Mul(o.beta, sum[c]);
        r[c] = hn::NegMulAdd(x_s, y, hn::Load(f64, a[c] + o.s * lanes));
        hn::Store(y, f64, o.y + (j + c) * lanes);
        hn::Store(r[c], f64, o.r + (j + c) * lanes);
    }
    for (std::int64_t i = o.s + 1; i < o.k; ++i) {
        Vec t = hn::Load(f64, o.t + i * lanes);
        for (int c = 0; c < J; ++c)
            t = hn::MulAdd(hn::Load(f64, a[c] + i * lanes), r[c], t);
        hn::Store(t, f64, o.t + i * lanes);
    }
}

/// a: n columns of k >= n rows. work: 4 (n + k) vectors.
void bidiagonalise(std::int64_t n, std::int64_t k, double* a, double* squares, double* frobenius,
                   double* work) {
    const F64 f64;
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(f64));
    const auto at = [lanes](double* vector, std::int64_t i) { return vector + i * lanes; };
    std::fill_n(work, 4 * (n + k) * lanes, 0.0);
    double* u = work;
    double* x = at(u, k);
    double* w = at(x, k);
    double* t = at(w, k);
    double* z = at(t, k);
    double* y = at(z, n);
    double* v = at(y, n);
    double* r = at(v, n);
    Vec total = hn::Zero(f64);
    for (std::int64_t s = 0; s < n; ++s) {
        double* const a_s = at(a, s * k);
        const Vec z_s = hn::Load(f64, at(z, s));
        const Vec v_s = hn::Load(f64, at(v, s));
        for (std::int64_t i = s; i < k; ++i) {
            const Vec once = hn::NegMulAdd(hn::Load(f64, at(u, i)), z_s, hn::Load(f64, at(a_s, i)));
            hn::Store(hn::NegMulAdd(hn::Load(f64, at(w, i)), v_s, once), f64, at(x, i));
        }
        const Vec left = reflected_square(dot(x, x, s, k));
        hn::Store(left, f64, at(squares, 2 * s));
        total = hn::Add(total, left);
        if (s + 1 == n) break;
        const Vec beta = reflection(left, at(x, s));
        std::fill_n(at(t, s), (k - s) * lanes, 0.0);
        const BidiagonalStep step{s, k, a, u, z, w, v, x, beta, y, r, t};
        std::int64_t j = s + 1;
        for (; j + stream_columns <= n; j += stream_columns)
            stream<stream_columns>(step, j);
        for (; j < n; ++j)
            stream<1>(step, j);

        const Vec right = reflected_square(dot(r, r, s + 1, n));
        hn::Store(right, f64, at(squares, 2 * s + 1));
        total = hn::Add(total, right);
        if (s + 2 < n) {
            // v = r + c e_1, A v = t + c A e_1, and the left reflection's share x (y . v).
            const Vec c = hn::CopySignToAbs(hn::Sqrt(right), hn::Load(f64, at(r, s + 1)));
            const Vec gamma = reflection(right, at(r, s + 1));
            const Vec yv = dot(y, r, s + 1, n);
            const double* const next = a + ((s + 1) * k) * lanes;
            for (std::int64_t i = s + 1; i < k; ++i) {
                const Vec av =
                    hn::MulAdd(c, hn::Load(f64, next + i * lanes), hn::Load(f64, at(t, i)));
                hn::Store(hn::Mul(gamma, hn::NegMulAdd(hn::Load(f64, at(x, i)), yv, av)), f64,
                          at(w, i));
            }
        } else {
            // One entry: it needs no reflection.
            std::fill_n(w, k * lanes, 0.0);
        }
        std::swap(u, x);
        std::swap(z, y);
        std::swap(v, r);
    }
    hn::Store(hn::Sqrt(total), f64, frobenius);
}

/// Of the 2 n values +-sigma_i, n count: where x is negative all of them would.
struct GolubKahanForm {
    std::int64_t n;
    const double* off_squares;

    [[nodiscard]] std::int64_t size() const { return 2 * n; }
    [[nodiscard]] HWY_INLINE Vec minus(std::int64_t, Vec x) const { return hn::Neg(x); }
};

void golub_kahan_counts(std::int64_t n, const double* squares, std::int64_t shifts, const double* x,
                        double* counts) {
    sturm_counts(GolubKahanForm{n, squares}, shifts, x, counts);
}

void largest_singular_value(std::int64_t n, const double* squares, double width, double* low,
                            double* high) {
    bisect_largest(GolubKahanForm{n, squares}, width, low, high);
}

}  // namespace rankchain::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace rankchain::cpu {

HWY_EXPORT(bidiagonalise);
HWY_EXPORT(golub_kahan_counts);
HWY_EXPORT(largest_singular_value);

template <class T>
void BidiagonalLanes::reduce(std::span<const Lane<T>> lanes, std::int64_t rows, std::int64_t cols) {
    n = std::min(rows, cols);
    k = std::max(rows, cols);
    const auto width = static_cast<std::size_t>(lane_count());
    const auto size = static_cast<std::size_t>(n * k);
    a_.resize(size * width);
    // Columns of A are rows of W where those are the longer ones.
    interleave(lanes, 0, 0, rows, cols, a_.data(),
               rows <= cols ? LaneStrides{k, 1} : LaneStrides{1, k});
    squares.resize((2 * static_cast<std::size_t>(n) - (n > 0 ? 1 : 0)) * width);
    frobenius.resize(width);
    work_.resize(4 * static_cast<std::size_t>(n + k) * width);
    HWY_DYNAMIC_DISPATCH(bidiagonalise)
    (n, k, a_.data(), squares.data(), frobenius.data(), work_.data());
}

template void BidiagonalLanes::reduce(std::span<const Lane<float>>, std::int64_t, std::int64_t);
template void BidiagonalLanes::reduce(std::span<const Lane<double>>, std::int64_t, std::int64_t);

void BidiagonalLanes::count_at_least(std::int64_t shifts, const double* x, double* counts) const {
    HWY_DYNAMIC_DISPATCH(golub_kahan_counts)(n, squares.data(), shifts, x, counts);
}

void BidiagonalLanes::largest(double width, double* low, double* high) const {
    for (std::size_t b = 0; b < frobenius.size(); ++b) {
        // ||B||_F^2 / n <= sigma_1^2 <= ||B||_F^2.
        low[b] = frobenius[b] * (0.5 / static_cast<double>(std::max<std::int64_t>(n, 1)));
        high[b] = 2.0 * frobenius[b];
    }
    HWY_DYNAMIC_DISPATCH(largest_singular_value)(n, squares.data(), width, low, high);
}

std::int64_t BidiagonalLanes::bytes(std::int64_t rows, std::int64_t cols) {
    return 8 * lane_count() * (std::min(rows * cols, lanes_size) + 6 * (rows + cols) + 1);
}

}  // namespace rankchain::cpu
#endif
