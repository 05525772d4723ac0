// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The kernels' own sine against the C library's in long double.
#include "kernels/sine.cuh"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace rankchain::cuda {
namespace {

double of_bits(std::uint64_t bits) {
    double x;
    std::memcpy(&x, &bits, sizeof x);
    return x;
}

/// Error in units in the last place of the result. 64 bits of reference leave 2^-11 of such a unit
/// undecided, for every x: glibc reduces large arguments exactly.
template <class T>
long double ulps(T x) {
    const long double want = std::sin(static_cast<long double>(x));
    const T got = sine(x);
    int e = 0;
    (void)std::frexp(static_cast<T>(want), &e);
    const int least = std::numeric_limits<T>::min_exponent;
    const long double ulp = std::ldexp(1.0L, std::max(e, least) - std::numeric_limits<T>::digits);
    return std::fabs(got - want) / ulp;
}

TEST(Sine, IsWithinAnUlp) {
    std::mt19937_64 random(5);
    long double worst = 0, worst_float = 0;
    double at = 0;
    const auto check = [&](double x) {
        const long double error = ulps(x);
        if (!(error <= worst)) {
            worst = error;
            at = x;
        }
        if (std::fabs(x) < std::numeric_limits<float>::max()) {
            const long double in_float = ulps(static_cast<float>(x));
            if (!(in_float <= worst_float)) worst_float = in_float;
        }
    };
    for (int i = 0; i < 400000; ++i) {
        // Every exponent alike; then where chains are; then next to multiples of pi/2.
        check(of_bits(random() >> 2 | (random() & 1U) << 63));
        check(std::uniform_real_distribution<double>(-20, 20)(random));
        const double k =
            std::floor(std::ldexp(std::uniform_real_distribution<double>(0.5, 1)(random),
                                  static_cast<int>(random() % 24)));
        check(static_cast<double>(k * 1.5707963267948966192313L));
    }
    for (const double edge : {0x1p20, 0x1p-26, 0x1.921fb54442d18p-1, 0x1.fffffffffffffp+1023}) {
        for (const double x : {edge, std::nextafter(edge, 0.0), -edge})
            check(x);
    }
    // The double nearest to a multiple of pi/2 (Muller, Elementary Functions, table of worst
    // cases).
    check(6381956970095103.0 * 0x1p797);
    EXPECT_TRUE(worst <= 1.0L) << worst << " at " << at;
    EXPECT_TRUE(worst_float <= 0.5001L) << worst_float;
    EXPECT_GT(worst, 0.4L);
}

TEST(Sine, KeepsZerosAndFailsWhereThereIsNone) {
    EXPECT_TRUE(std::signbit(sine(-0.0)));
    EXPECT_EQ(sine(0.0), 0.0);
    EXPECT_EQ(sine(std::numeric_limits<double>::denorm_min()),
              std::numeric_limits<double>::denorm_min());
    for (const double x :
         {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
          std::numeric_limits<double>::quiet_NaN()}) {
        EXPECT_TRUE(std::isnan(sine(x)));
        EXPECT_TRUE(std::isnan(sine(static_cast<float>(x))));
    }
}

}  // namespace
}  // namespace rankchain::cuda
