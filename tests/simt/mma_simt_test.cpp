// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The emulated tensor-core products (mma_checks.hpp), and the split of a float32.
#include "kernels/mma.cuh"
#include "tests/simt/mma_checks.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::test {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Emulated, Mma, MmaPrecisions);

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
        const float low = cuda::to_grid(s.lo);  // what a product reads of it
        ASSERT_EQ(cuda::to_grid(s.hi), s.hi);
        ASSERT_EQ(double(s.hi) + double(s.lo), double(v));
        ASSERT_TRUE(std::fabs(double(v) - double(s.hi) - double(low)) <= 0x1p-23 * std::fabs(v))
            << v;
    };
    for (std::uint32_t low = 0; low < (1U << 15); ++low)
        check(0x3f800000U + low);
    for (int i = 0; i < 100000; ++i)
        check(static_cast<std::uint32_t>(random()));
    for (const float x : {std::numeric_limits<float>::infinity(), std::nanf("")}) {
        const cuda::SplitFloat s = cuda::split(x);
        EXPECT_TRUE(std::isnan(s.hi + cuda::to_grid(s.lo)))
            << "what is not finite must not look healthy";
    }
    EXPECT_EQ(cuda::split(0.0F).hi, 0.0F);
}

}  // namespace
}  // namespace rankchain::test
