// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The emulated tensor-core products against plain loops, and the split of a float32.
#include "kernels/mma.cuh"
#include "tests/simt/device_array.hpp"
#include "tests/simt/mma_probe.cuh"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::test {
namespace {

float on_grid(float x) {
    return cuda::split(x).hi;
}
double on_grid(double x) {
    return x;
}

template <class T>
class Mma : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(Mma, Precisions);

// Every element of D has its own A row and B column; with eight products and sums of one rounding
// each, |error| <= 8 u (sum |a b| + |c|).
TYPED_TEST(Mma, IsTheProduct) {
    using T = TypeParam;
    std::mt19937_64 random(1);
    std::normal_distribution<T> normal;
    for (std::uint64_t schedule = 0; schedule < 20; ++schedule) {
        simt::opt().seed = schedule;
        std::vector<T> va(16 * 8), vb(8 * 8), vc(16 * 8);
        for (T& x : va)
            x = on_grid(normal(random));
        for (T& x : vb)
            x = on_grid(normal(random));
        for (T& x : vc)
            x = normal(random);
        const cuda::DeviceArray<T> a(va), b(vb), c(vc), d(vc);
        ASSERT_EQ(probe_mma(a.get(), b.get(), c.get(), d.get()), cudaSuccess);
        const std::vector<T> vd = d.host();
        for (std::size_t i = 0; i < 16; ++i) {
            for (std::size_t j = 0; j < 8; ++j) {
                long double sum = vc[i * 8 + j], size = std::fabs(vc[i * 8 + j]);
                for (std::size_t k = 0; k < 8; ++k) {
                    const long double term =
                        static_cast<long double>(va[i * 8 + k]) * vb[k * 8 + j];
                    sum += term;
                    size += std::fabs(term);
                }
                const long double u = std::numeric_limits<T>::epsilon() / 2;
                ASSERT_TRUE(std::fabs(vd[i * 8 + j] - sum) <= 8 * u * size) << i << " " << j;
            }
        }
    }
    simt::opt().seed = 0;
}

TEST(MmaOperands, MustBeOnTheGrid) {
    std::vector<float> va(128, 1.0F), vb(64, 1.0F), vc(128, 0.0F);
    va[5] = 1.0F + 0x1p-23F;
    const cuda::DeviceArray<float> a(va), b(vb), c(vc);
    try {
        (void)probe_mma(a.get(), b.get(), c.get(), c.get());
        ADD_FAILURE() << "an operand with 24 bits was taken";
    } catch (const simt::Error& error) {
        EXPECT_NE(std::string(error.what()).find("not rounded"), std::string::npos);
    }
}

TEST(MmaOperands, SplitLosesAtMostOneRounding) {
    std::mt19937 random(2);
    const auto check = [](std::uint32_t bits) {
        float v = 0;
        std::memcpy(&v, &bits, sizeof v);
        if (!(std::fabs(v) < 0x1p127F) || !(std::fabs(v) > 0x1p-100F)) return;
        const cuda::SplitFloat s = cuda::split(v);
        std::uint32_t hi = 0, lo = 0;
        std::memcpy(&hi, &s.hi, sizeof hi);
        std::memcpy(&lo, &s.lo, sizeof lo);
        ASSERT_EQ(hi & 0x1fffU, 0U);
        ASSERT_EQ(lo & 0x1fffU, 0U);
        ASSERT_TRUE(std::fabs(double(v) - double(s.hi) - double(s.lo)) <= 0x1p-23 * std::fabs(v))
            << v;
    };
    for (std::uint32_t low = 0; low < (1U << 15); ++low)
        check(0x3f800000U + low);
    for (int i = 0; i < 100000; ++i)
        check(static_cast<std::uint32_t>(random()));
    for (const float x : {std::numeric_limits<float>::infinity(), std::nanf("")}) {
        const cuda::SplitFloat s = cuda::split(x);
        EXPECT_TRUE(std::isnan(s.hi + s.lo)) << "what is not finite must not look healthy";
    }
    EXPECT_EQ(cuda::split(0.0F).hi, 0.0F);
}

}  // namespace
}  // namespace rankchain::test
