// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Counter -> random words -> weights: the one place where the formulas stand. Templates over an
// arithmetic A (see scalar.hpp); no include guard and no namespace, because vector code includes
// this file once for every instruction set, inside that set's namespace. Whoever includes it has
// included host/arith/counter.hpp before.
//
// Every step is an integer operation or one correctly rounded float32 + * fma sqrt, so the bits do
// not depend on compiler, instruction set or device. No intermediate is subnormal, so flushing
// subnormals to zero changes nothing.

/// Rounds of Philox4x32-10: the four words of block `c0`.
template <class A>
RANKCHAIN_HD void philox(const PhiloxRun& run, typename A::Word c0, typename A::Word& r0,
                         typename A::Word& r1, typename A::Word& r2, typename A::Word& r3) {
    typename A::Word high0, low0, high1, low1;
    A::multiply(philox_m0, c0, high0, low0);                                  // round 0
    A::multiply(philox_m1, A::xor2(high0, A::word(run.mask0)), high1, low1);  // round 1
    r0 = A::xor2(high1, A::word(run.mask1));
    r1 = low1;
    r2 = A::xor2(low0, A::word(run.mask2));
    r3 = A::word(run.start3);
    RANKCHAIN_UNROLL
    for (int i = 0; i < 8; ++i) {  // rounds 2 to 9
        A::multiply(philox_m0, r0, high0, low0);
        A::multiply(philox_m1, r2, high1, low1);
        r0 = A::xor3(high1, r1, A::word(run.keys.key0[i]));
        r1 = low1;
        r2 = A::xor3(high0, r3, A::word(run.keys.key1[i]));
        r3 = low0;
    }
}

/// To the tf32 grid (11 significant bits): nearest, ties away from zero.
template <class A>
RANKCHAIN_HD typename A::F32 tf32_grid(typename A::F32 x) {
    return A::from_bits(A::bit_and(A::add(A::to_bits(x), 0x1000U), 0xffffe000U));
}

/// -2 ln u, u = (floor(a / 2) + 1/2) / 2^31 rounded to float32, in (0, 1].
///
/// u = 2^e (1 + f) with 1 + f in [sqrt(1/2), sqrt 2); ln(1 + f) = f p(f), p of degree 5. What is had
/// first is v = 2^31 u, rounded as u is. The result is 0 (of either sign) or in [2^-23, 45).
template <class A>
RANKCHAIN_HD typename A::F32 minus_two_log(typename A::U32 a) {
    using F32 = typename A::F32;
    constexpr std::uint32_t sqrt_half = 0x3f3504f3U;  // bits of sqrt(1/2)
    constexpr std::uint32_t two_31 = 31U << 23;  // 2^31, in bits of an exponent
    const F32 v = A::add(A::from_signed(A::template shift_right<1>(a)), 0.5F);
    const auto t = A::add(A::to_bits(v), 0U - two_31 - sqrt_half);
    const auto exponent = A::bit_and(t, 0xff800000U);
    const F32 f = A::add(A::from_bits(A::add(A::subtract(t, exponent), sqrt_half)), -1.0F);
    const F32 e = A::from_signed(exponent);  // exponent times 2^23, exact
    F32 p = A::number(2 * 0.143383126F);
    p = A::fma(p, f, A::number(-2 * 0.220702996F));
    p = A::fma(p, f, A::number(2 * 0.253978318F));
    p = A::fma(p, f, A::number(-2 * 0.332567778F));
    p = A::fma(p, f, A::number(2 * 0.499903616F));
    p = A::fma(p, f, A::number(-2 * 1.00000468F));
    return A::fma(p, f, A::mul(e, A::number(-2 * 0.6931471805599453F * 0x1p-23F)));
}

/// Two independent N(0,1) from two words by the Box-Muller transform, before the grid: the radius
/// sqrt(-2 ln u) from a; from b a direction, uniform on the circle: an angle x in [-pi/4, pi/4)
/// (bits 0 to 29) about the half axis of bits 30 and 31.
template <class A>
RANKCHAIN_HD void normal_pair(typename A::U32 a, typename A::U32 b, typename A::F32& n0,
                              typename A::F32& n1) {
    using F32 = typename A::F32;
    const F32 radius = A::sqrt(minus_two_log<A>(a));
    constexpr float quarter_pi = 0.785398163397448F;
    const F32 x =
        A::mul(A::from_signed(A::template shift_left<2>(b)), A::number(quarter_pi * 0x1p-31F));
    const F32 x2 = A::mul(x, x);
    F32 s = A::number(0.00815157096F);
    s = A::fma(s, x2, A::number(-0.166624762F));
    s = A::fma(s, x2, A::number(0.999998566F));
    s = A::mul(s, x);
    F32 c = A::number(-0.00135858439F);
    c = A::fma(c, x2, A::number(0.0416550209F));
    c = A::fma(c, x2, A::number(-0.499998566F));
    c = A::fma(c, x2, A::number(0.999999972F));
    c = A::from_bits(A::bit_xor(A::to_bits(c), A::bit_and(b, 0x80000000U)));
    n0 = A::mul(radius, A::template select<30>(b, s, c));
    n1 = A::mul(radius, A::template select<30>(b, c, s));
}

/// Uniform on [-sqrt 3, sqrt 3]: k + 1/2, k the upper 24 bits as a signed integer (exact and
/// symmetric), times the half width, to the grid.
template <class A>
RANKCHAIN_HD typename A::F32 uniform(typename A::U32 a) {
    constexpr float half_width = 1.7320508075688773F;
    const auto k = A::from_signed(A::bit_and(a, 0xffffff00U));  // 2^8 k, exact
    return tf32_grid<A>(A::mul(A::add(k, 0x1p7F), A::number(half_width * 0x1p-31F)));
}

/// Uniform on [0, 2 sqrt 3]: k + 1/2, k the upper 23 bits, times the width, to the grid.
template <class A>
RANKCHAIN_HD typename A::F32 uniform_positive(typename A::U32 a) {
    constexpr float width = 3.4641016151377546F;
    const auto k = A::from_signed(A::template shift_right<9>(a));
    return tf32_grid<A>(A::mul(A::add(k, 0.5F), A::number(width * 0x1p-23F)));
}

/// +1 or -1 from bit 31 of a: a set bit is -1. Element k of a `rademacher` block takes bit k mod 32
/// of word k / 32.
template <class A>
RANKCHAIN_HD typename A::F32 sign(typename A::U32 a) {
    return A::from_bits(A::bit_or(A::bit_and(a, 0x80000000U), 0x3f800000U));
}

/// Elements 2m and 2m + 1 of a block from its words 2m and 2m + 1. Not for `rademacher`, whose
/// elements are single bits.
template <class A, Law law>
RANKCHAIN_HD void element_pair(typename A::U32 a, typename A::U32 b, typename A::F32& x0,
                               typename A::F32& x1) {
    if constexpr (law == Law::bits) {
        x0 = A::from_bits(a);
        x1 = A::from_bits(b);
    } else if constexpr (law == Law::uniform) {
        x0 = uniform<A>(a);
        x1 = uniform<A>(b);
    } else if constexpr (law == Law::uniform_positive) {
        x0 = uniform_positive<A>(a);
        x1 = uniform_positive<A>(b);
    } else {
        static_assert(law == Law::gaussian || law == Law::half_normal, "no pair of this law");
        typename A::F32 n0, n1;
        normal_pair<A>(a, b, n0, n1);
        x0 = tf32_grid<A>(n0);
        x1 = tf32_grid<A>(n1);
        if constexpr (law == Law::half_normal) {
            x0 = A::from_bits(A::bit_and(A::to_bits(x0), 0x7fffffffU));
            x1 = A::from_bits(A::bit_and(A::to_bits(x1), 0x7fffffffU));
        }
    }
}
