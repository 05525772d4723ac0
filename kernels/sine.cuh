// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// sin x for every finite x, without a thread's own memory: CUDA's keeps the product of a large
// argument with 2/pi in an array there.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include <cuda_runtime.h>

namespace rankchain::cuda {

/// x - k pi/2 as high + low, |high| <= pi/4 (a little more near the ends), and k modulo 4.
struct ReducedAngle {
    double high, low;
    unsigned quarter;
};

/// Up to 2^20: three parts of pi/2. The first product leaves an exact difference, since k times the
/// first part and x >= 1 are both multiples of 2^-52; the second goes in two parts, itself and what
/// it rounds off; what the three lack of pi/2 is below 2^-160 k.
__device__ __forceinline__ ReducedAngle reduce_small(double x) {
    constexpr double second = 0x1.1a62633145c07p-54;
    const double k = std::rint(x * 0x1.45f306dc9c883p-1);
    const double a = std::fma(-k, 0x1.921fb54442d18p+0, x), b = k * second;
    const double high = a - b, back = a - high;
    double low = (a - (high + back)) + (back - b);  // what a - b rounded off, exactly
    low -= std::fma(k, second, -b);
    low = std::fma(k, 0x1.f1976b7ed8fbcp-110, low);
    const double sum = high + low;
    return {sum, high - sum + low, static_cast<unsigned>(static_cast<int>(k))};
}

__device__ __forceinline__ std::uint64_t multiply_high(std::uint64_t a, std::uint64_t b) {
#ifdef __CUDA_ARCH__
    return __umul64hi(a, b);
#else
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>(static_cast<Wide>(a) * b >> 64);
#endif
}

__device__ __forceinline__ double power_of_2(int e) {
    const std::uint64_t bits = static_cast<std::uint64_t>(1023 + e) << 52;
    double x;
    std::memcpy(&x, &bits, sizeof x);
    return x;
}

/// 64 bits from bit `at` on of 64 zeros followed by the bits of 2/pi.
__device__ __forceinline__ std::uint64_t bits_of_two_over_pi(const std::uint64_t* table, int at) {
    const int word = at / 64, shift = at % 64;
    const std::uint64_t next = shift == 0 ? 0 : table[word + 1] >> (64 - shift);
    return table[word] << shift | next;
}

/// From 2^20 on (Payne and Hanek 1983): x = m 2^e, m of 53 bits. Bits of 2/pi whose product with x
/// is a multiple of 4 are left out; the next 192 times m give the quarter and a fraction to 2^-137.
/// No double is nearer than 2^-62 to a multiple of pi/2, so the fraction is good to 2^-75 of
/// itself.
__device__ __forceinline__ ReducedAngle reduce_large(double x) {
    static constexpr std::uint64_t two_over_pi[] = {
        0,
        0xa2f9836e4e441529U,
        0xfc2757d1f534ddc0U,
        0xdb6295993c439041U,
        0xfe5163abdebbc561U,
        0xb7246e3a424dd2e0U,
        0x06492eea09d1921cU,
        0xfe1deb1cb129a73eU,
        0xe88235f52ebb4484U,
        0xe99c7026b45f7e41U,
        0x3991d639835339f4U,
        0x9c845f8bbdf9283bU,
        0x1ff897ffde05980fU,
        0xef2f118b5a0a6d1fU,
        0x6d367ecf27cb09b7U,
        0x4f463f669e5fea2dU,
        0x7527bac7ebe5f17bU,
        0x3d0739f78a5292eaU,
        0x6bfb5fb11f8d5d08U,
        0x56033046fc7b6babU,
    };
    std::uint64_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    const int e = static_cast<int>(bits >> 52 & 0x7ffU) - 1075;
    const std::uint64_t m = (bits & 0x000fffffffffffffU) | 0x0010000000000000U;
    const int at = e + 62;  // the first bit that counts has weight 2^(1 - e)
    const std::uint64_t f0 = bits_of_two_over_pi(two_over_pi, at),
                        f1 = bits_of_two_over_pi(two_over_pi, at + 64),
                        f2 = bits_of_two_over_pi(two_over_pi, at + 128);
    // m f modulo 2^192: its upper two bits are the quarter.
    std::uint64_t p2 = m * f2, p1 = m * f1, p0 = m * f0;
    const std::uint64_t carry = multiply_high(m, f2);
    p1 += carry;
    p0 += multiply_high(m, f1) + (p1 < carry ? 1 : 0);
    unsigned quarter = static_cast<unsigned>(p0 >> 62);
    p0 = p0 << 2 | p1 >> 62;
    p1 = p1 << 2 | p2 >> 62;
    p2 <<= 2;
    // To the nearest quarter: the fraction's magnitude, and its sign.
    const bool above = p0 >> 63 != 0;
    if (above) {
        ++quarter;
        p2 = ~p2 + 1;
        p1 = ~p1 + (p2 == 0 ? 1 : 0);
        p0 = ~p0 + (p2 == 0 && p1 == 0 ? 1 : 0);
    }
    int zeros = 0;  // in front
    while (p0 >> 63 == 0 && zeros < 64) {
        p0 = p0 << 1 | p1 >> 63;
        p1 = p1 << 1 | p2 >> 63;
        p2 <<= 1;
        ++zeros;
    }
    const double high = static_cast<double>(p0 & ~std::uint64_t{0x7ff});
    const double low = static_cast<double>((p0 & 0x7ffU) << 53 | p1 >> 11) * 0x1p-53;
    // Times pi/2, in two doubles.
    const double product = high * 0x1.921fb54442d18p+0;
    const double rest = std::fma(high, 0x1.921fb54442d18p+0, -product) +
                        (high * 0x1.1a62633145c07p-54 + low * 0x1.921fb54442d18p+0);
    const double sum = product + rest;
    const double scale = power_of_2(-64 - zeros) * (above != (x < 0) ? -1 : 1);
    return {sum * scale, (product - sum + rest) * scale, x < 0 ? 0U - quarter : quarter};
}

/// sin x within 1 ulp; NaN for infinite x.
__device__ __forceinline__ double sine(double x) {
    if (std::fabs(x) < 0x1p-26) return x;  // -0 too
    if (!(std::fabs(x) <= 0x1.fffffffffffffp+1023)) return x - x;
    const ReducedAngle r = std::fabs(x) <= 0x1p20 ? reduce_small(x) : reduce_large(x);
    // Interpolation at Chebyshev nodes of [0, 0.617]: 2^-55 and 2^-60 of the result.
    const double z = r.high * r.high;
    double y;
    if (r.quarter % 2 == 0) {
        double p = 1.5918095236696272e-10;
        p = std::fma(p, z, -2.5051131372218632e-08);
        p = std::fma(p, z, 2.7557316100283695e-06);
        p = std::fma(p, z, -0.000198412698367542);
        p = std::fma(p, z, 0.008333333333330946);
        p = std::fma(p, z, -0.16666666666666666);
        // high + (high^3 p + low cos high)
        y = r.high + std::fma(r.high * z, p, r.low * std::fma(z, -0.5, 1.0));
    } else {
        double p = -1.1382611119025631e-11;
        p = std::fma(p, z, 2.087614597263508e-09);
        p = std::fma(p, z, -2.755731727031051e-07);
        p = std::fma(p, z, 2.480158729876295e-05);
        p = std::fma(p, z, -0.0013888888888887395);
        p = std::fma(p, z, 0.041666666666666664);
        // (1 - z/2) + what that rounded off + z^2 p - low sin high
        const double half = 0.5 * z, near = 1.0 - half;
        y = near + ((1.0 - near - half) + std::fma(z * z, p, -r.high * r.low));
    }
    return r.quarter & 2U ? -y : y;
}

__device__ __forceinline__ float sine(float x) {
    return static_cast<float>(sine(static_cast<double>(x)));
}

struct Sine {
    template <class T>
    __device__ __forceinline__ T operator()(T x) const {
        return sine(x);
    }
};

}  // namespace rankchain::cuda
