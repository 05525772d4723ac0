// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The fma of host/cpu/simd-inl.hpp rounds once on every instruction set, also where it is emulated.
// (Weights cannot tell: one emulated fma in 2^29 would round twice, and the grid hides most.)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/simd_test.cpp"
#include <hwy/foreach_target.h>
// After foreach_target, which sets the target it compiles for.
#include "host/arith/counter.hpp"

#include <cstddef>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace rankchain::test::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

void fma_each(const float* a, const float* b, const float* c, float* out, std::size_t n) {
    for (std::size_t k = 0; k < n; ++k)
        out[k] = arith::Scalar::fma(a[k], b[k], c[k]);
}

#else

using arith::Law;
using arith::philox_m0;
using arith::philox_m1;
using arith::PhiloxRun;

#include "host/cpu/simd-inl.hpp"

void fma_each(const float* a, const float* b, const float* c, float* out, std::size_t n) {
    const LanesF32 f32;
    const std::size_t lanes = hn::Lanes(f32);
    for (std::size_t k = 0; k + lanes <= n; k += lanes) {
        hn::StoreU(Simd::fma(hn::LoadU(f32, a + k), hn::LoadU(f32, b + k), hn::LoadU(f32, c + k)),
                   f32, out + k);
    }
}

#endif

}  // namespace rankchain::test::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include "tests/weights_targets.hpp"

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::test {

HWY_EXPORT(fma_each);

namespace {

struct Triples {
    std::vector<float> a, b, c;
    void add(float x, float y, float z) {
        a.push_back(x);
        b.push_back(y);
        c.push_back(z);
    }
};

/// Sums a hair beside the middle between two floats, nearer to it than float64 can tell, so that
/// rounding to float64 first would lose the side; and sums of any size.
Triples triples() {
    Triples t;
    std::mt19937 words(9);
    const auto near_one = [&] {
        return 1.0F + std::ldexp(1.0F, -23) * static_cast<float>(words() % 64);
    };
    for (int k = 0; k < 4096; ++k) {
        // (1 + m 2^-23)(1 - m 2^-23) = 1 - m^2 2^-46; half a float32 step of c, m^2 2^-18 of a
        // float64 step less: up to 2 of those.
        const float m = static_cast<float>(1 + words() % 724) * 0x1p-23F;
        const float half = std::ldexp(1.0F, -24) * (k % 2 == 0 ? 1.0F : -1.0F);
        const float c = near_one() * (k % 4 < 2 ? 1.0F : -1.0F);
        const float scale = std::ldexp(1.0F, static_cast<int>(words() % 40) - 20);
        t.add((1.0F + m) * half * scale, 1.0F - m, c * scale);
    }
    std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
    for (int k = 0; k < 100'000; ++k) {
        const auto any = [&] {
            return std::ldexp(uniform(words), static_cast<int>(words() % 60) - 30);
        };
        t.add(any(), any(), any());
    }
    t.add(0.0F, 1.0F, -0.0F);
    t.add(-0.0F, 1.0F, -0.0F);
    t.add(3.0F, 1.0F, -3.0F);
    while (t.a.size() % 64 != 0)
        t.add(1.0F, 1.0F, 1.0F);
    return t;
}

TEST(Simd, FmaRoundsOnce) {
    const Triples t = triples();
    std::vector<float> expected(t.a.size());
    std::size_t twice_differs = 0;
    for (std::size_t k = 0; k < expected.size(); ++k) {
        expected[k] = std::fma(t.a[k], t.b[k], t.c[k]);
        const double in_double = double{t.a[k]} * double{t.b[k]} + double{t.c[k]};
        twice_differs += static_cast<float>(in_double) != expected[k];
    }
    EXPECT_GE(twice_differs, 1000U) << "the cases must tell one rounding from two";
    for (const std::int64_t target : instruction_sets()) {
        const Only only(target);
        std::vector<float> made(expected.size());
        HWY_DYNAMIC_DISPATCH(fma_each)
        (t.a.data(), t.b.data(), t.c.data(), made.data(), made.size());
        EXPECT_EQ(std::memcmp(made.data(), expected.data(), made.size() * sizeof(float)), 0)
            << hwy::TargetName(target);
    }
}

}  // namespace
}  // namespace rankchain::test

#endif
