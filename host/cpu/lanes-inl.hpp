// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Householder reflections of matrices in lanes (host/cpu/lanes.hpp), for the instruction set
// Highway is compiling. Included once for each, inside HWY_NAMESPACE; hence no include guard.

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
