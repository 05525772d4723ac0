// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// One number at a time: the arithmetic of formula.inl on the host and on a CUDA device.
#pragma once

#include "host/arith/config.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>

namespace rankchain::arith {

/// What formula.inl asks of an arithmetic. Words are uint32 (a vector may carry rubbish above
/// bit 31); every floating operation is one IEEE 754 operation rounded to nearest. On a device the
/// intrinsics say so one by one, so that the compiler may not contract a product and a sum.
struct Scalar {
    using Word = std::uint32_t;
    using U32 = std::uint32_t;
    using F32 = float;

    static RANKCHAIN_HD Word word(std::uint32_t x) { return x; }
    static RANKCHAIN_HD Word xor2(Word a, Word b) { return a ^ b; }
    static RANKCHAIN_HD Word xor3(Word a, Word b, Word c) { return a ^ b ^ c; }
    /// high:low = m * x.
    static RANKCHAIN_HD void multiply(std::uint32_t m, Word x, Word& high, Word& low) {
        const std::uint64_t product = std::uint64_t{m} * x;
        high = static_cast<std::uint32_t>(product >> 32);
        low = static_cast<std::uint32_t>(product);
    }

    static RANKCHAIN_HD U32 bit_and(U32 a, std::uint32_t b) { return a & b; }
    static RANKCHAIN_HD U32 bit_or(U32 a, std::uint32_t b) { return a | b; }
    static RANKCHAIN_HD U32 bit_xor(U32 a, U32 b) { return a ^ b; }
    static RANKCHAIN_HD U32 add(U32 a, std::uint32_t b) { return a + b; }
    static RANKCHAIN_HD U32 subtract(U32 a, U32 b) { return a - b; }
    template <int bits>
    static RANKCHAIN_HD U32 shift_left(U32 a) {
        return a << bits;
    }
    template <int bits>
    static RANKCHAIN_HD U32 shift_right(U32 a) {
        return a >> bits;
    }

    /// The signed integer with the bits of a, to nearest.
    static RANKCHAIN_HD F32 from_signed(U32 a) {
#ifdef __CUDA_ARCH__
        return __int2float_rn(static_cast<std::int32_t>(a));
#else
        return static_cast<float>(static_cast<std::int32_t>(a));
#endif
    }
    static RANKCHAIN_HD F32 from_bits(U32 a) {
#ifdef __CUDA_ARCH__
        return __uint_as_float(a);
#else
        float x;
        std::memcpy(&x, &a, sizeof x);
        return x;
#endif
    }
    static RANKCHAIN_HD U32 to_bits(F32 a) {
#ifdef __CUDA_ARCH__
        return __float_as_uint(a);
#else
        std::uint32_t x;
        std::memcpy(&x, &a, sizeof x);
        return x;
#endif
    }
    static RANKCHAIN_HD F32 number(float x) {
        return x;
    }
    static RANKCHAIN_HD F32 add(F32 a, float b) {
#ifdef __CUDA_ARCH__
        return __fadd_rn(a, b);
#else
        return a + b;
#endif
    }
    static RANKCHAIN_HD F32 mul(F32 a, F32 b) {
#ifdef __CUDA_ARCH__
        return __fmul_rn(a, b);
#else
        return a * b;
#endif
    }
    static RANKCHAIN_HD F32 fma(F32 a, F32 b, F32 c) {
#ifdef __CUDA_ARCH__
        return __fmaf_rn(a, b, c);
#else
        return std::fma(a, b, c);
#endif
    }
    /// a is 0, of either sign, or in [2^-64, 2^64].
    static RANKCHAIN_HD F32 sqrt(F32 a) {
#ifdef __CUDA_ARCH__
        // What the compiler makes of __fsqrt_rn for such a, less its test for others (zero is kept
        // off the reciprocal instead), so without branches. From any reciprocal root within the
        // 2^-22.9 that rsqrt.approx promises this is correctly rounded for all a but those with two
        // significands (0x1.dd26e4 4^k, 0x1.f82294 4^k: tests/radius_test.cpp); there the
        // compiler's word stands.
        float root;
        asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(root) : "f"(fmaxf(a, 0x1p-64F)));
        const float near = __fmul_rn(a, root);
        return __fmaf_rn(__fmaf_rn(-near, near, a), __fmul_rn(root, 0.5F), near);
#else
        return std::sqrt(a);
#endif
    }
    /// yes where that bit of a is set.
    template <int bit>
    static RANKCHAIN_HD F32 select(U32 a, F32 yes, F32 no) {
#ifdef __CUDA_ARCH__
        // Two instructions; left alone the compiler shifts the bit to the end first.
        float x;
        asm("{\n .reg .pred set;\n .reg .b32 masked;\n and.b32 masked, %1, %4;\n"
            " setp.ne.u32 set, masked, 0;\n selp.f32 %0, %2, %3, set;\n}"
            : "=f"(x)
            : "r"(a), "f"(yes), "f"(no), "n"(1U << bit));
        return x;
#else
        return (a >> bit & 1U) != 0 ? yes : no;
#endif
    }
};

}  // namespace rankchain::arith
