// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Householder reflections and Sturm counts of matrices in lanes (host/cpu/lanes.hpp), for the
// instruction set Highway is compiling. Included once for each, inside HWY_NAMESPACE; hence no
// include guard.

namespace hn = hwy::HWY_NAMESPACE;

using F64 = hn::ScalableTag<double>;
using Vec = hn::Vec<F64>;

/// sum of a_i b_i, i = first .. last - 1, in four partial sums by i mod 4.
HWY_INLINE Vec dot(const double* a, const double* b, std::int64_t first, std::int64_t last) {
    const F64 f64;
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(f64));
    Vec s0 = hn::Zero(f64), s1 = s0, s2 = s0, s3 = s0;
    const auto term = [&](std::int64_t i, Vec sum) HWY_ATTR {
        return hn::MulAdd(hn::Load(f64, a + i * lanes), hn::Load(f64, b + i * lanes), sum);
    };
    std::int64_t i = first;
    for (; i + 4 <= last; i += 4) {
        s0 = term(i, s0);
        s1 = term(i + 1, s1);
        s2 = term(i + 2, s2);
        s3 = term(i + 3, s3);
    }
    if (i < last) s0 = term(i, s0);
    if (i + 1 < last) s1 = term(i + 1, s1);
    if (i + 2 < last) s2 = term(i + 2, s2);
    return hn::Add(hn::Add(s0, s1), hn::Add(s2, s3));
}

/// ||x||^2 as it becomes an entry's square of the reduced matrix. An x of a norm below 2^-450 is
/// dropped: errors are counted in 2^-53 of matrices whose largest entry is at least 1, and squares
/// above 2^-900 lose nothing to underflow.
HWY_INLINE Vec reflected_square(Vec norm2) {
    return hn::IfThenElseZero(hn::Ge(norm2, hn::Set(F64(), 0x1p-900)), norm2);
}

/// x_1 += sign(x_1) ||x|| in place, beta = 1 / (||x|| (|x_1| + ||x||)): I - beta x x^T maps the old
/// x to -sign(x_1) ||x|| e_1. beta is 0 where x was dropped.
HWY_INLINE Vec reflection(Vec norm2, double* first) {
    const F64 f64;
    const Vec x = hn::Load(f64, first);
    const Vec norm = hn::Sqrt(norm2);
    const Vec sum = hn::Add(hn::Abs(x), norm);
    hn::Store(hn::CopySignToAbs(sum, x), f64, first);
    return hn::IfThenElseZero(hn::Gt(norm2, hn::Zero(f64)),
                              hn::Div(hn::Set(f64, 1.0), hn::Mul(norm, sum)));
}

// Columns that one pass over the rows takes: 3 J vectors of the reflections, J sums and 5 others
// are 21 of AVX-512's 32 registers, 13 of the 16 of the other x86 sets. Which columns are taken
// together does not enter the results.
#if HWY_TARGET <= HWY_AVX3
inline constexpr int stream_columns = 4;
#else
inline constexpr int stream_columns = 2;
#endif

/// counts[s, L] = how many of the form's n values are >= x[s, L], of S shifts side by side: by the
/// signs of its size() pivots q_i = form.minus(i, x) - b_{i-1} / q_{i-1}, minus() the diagonal
/// entry less x, b its off_squares. The order of the operations makes the count monotone in x
/// (docs/numerics.md). A form with values of both signs has only n of them counted.
template <int S, class Form>
HWY_INLINE void count_shifts(const Form& form, const double* x, double* counts) {
    const F64 f64;
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(f64));
    const std::int64_t size = form.size();
    const Vec least = hn::Set(f64, std::numeric_limits<double>::min());
    const Vec one = hn::Set(f64, 1.0);
    Vec shift[S], pivot[S], count[S];
    for (int s = 0; s < S; ++s) {
        shift[s] = hn::Load(f64, x + s * lanes);
        pivot[s] = one;
        count[s] = hn::Set(f64, static_cast<double>(size));
    }
    Vec off = hn::Zero(f64);
    for (std::int64_t i = 0; i < size; ++i) {
        for (int s = 0; s < S; ++s) {
            const Vec q = hn::Sub(form.minus(i, shift[s]), hn::Div(off, pivot[s]));
            pivot[s] = hn::IfThenElse(hn::Lt(hn::Abs(q), least), hn::Neg(least), q);
            count[s] = hn::Sub(count[s], hn::IfThenElseZero(hn::Lt(pivot[s], hn::Zero(f64)), one));
        }
        if (i + 1 < size) off = hn::Load(f64, form.off_squares + i * lanes);
    }
    const Vec most = hn::Set(f64, static_cast<double>(form.n));
    for (int s = 0; s < S; ++s)
        hn::Store(hn::Min(count[s], most), f64, counts + s * lanes);
}

/// The same of any number of shifts.
template <class Form>
HWY_INLINE void sturm_counts(const Form& form, std::int64_t shifts, const double* x,
                             double* counts) {
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(F64()));
    std::int64_t s = 0;
    for (; s + 4 <= shifts; s += 4)
        count_shifts<4>(form, x + s * lanes, counts + s * lanes);
    for (; s + 2 <= shifts; s += 2)
        count_shifts<2>(form, x + s * lanes, counts + s * lanes);
    if (s < shifts) count_shifts<1>(form, x + s * lanes, counts + s * lanes);
}

/// The form's largest value by bisection between low and high, until high - low <= width high or to
/// the last bit; a lane that is there waits for the others.
template <class Form>
HWY_INLINE void bisect_largest(const Form& form, double width, double* low, double* high) {
    const F64 f64;
    HWY_ALIGN double middle[hn::MaxLanes(F64())];
    HWY_ALIGN double count[hn::MaxLanes(F64())];
    for (;;) {
        const Vec a = hn::Load(f64, low);
        const Vec b = hn::Load(f64, high);
        const Vec gap = hn::Sub(b, a);
        const Vec m = hn::MulAdd(hn::Set(f64, 0.5), gap, a);
        const auto open = hn::And(hn::Gt(gap, hn::Mul(hn::Set(f64, width), b)),
                                  hn::And(hn::Gt(m, a), hn::Lt(m, b)));
        if (hn::AllFalse(f64, open)) return;
        hn::Store(m, f64, middle);
        count_shifts<1>(form, middle, count);
        const auto above = hn::Gt(hn::Load(f64, count), hn::Zero(f64));
        hn::Store(hn::IfThenElse(hn::And(open, above), m, a), f64, low);
        hn::Store(hn::IfThenElse(hn::And(open, hn::Not(above)), m, b), f64, high);
    }
}
