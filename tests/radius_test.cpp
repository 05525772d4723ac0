// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The square root that a device takes for the radius of two normals (host/arith/scalar.hpp), with
// every reciprocal root that rsqrt.approx may give.
#include "host/arith/scalar.hpp"

#include <cmath>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain {
namespace {

using A = arith::Scalar;

// Every step scales by powers of two with a = 4^k b, b in [1, 4), so those b are all.
TEST(Radius, IsCorrectlyRoundedFromAnyReciprocalRootWithinItsBound) {
    const double bound = std::pow(2.0, -22.9);  // of rsqrt.approx.f32, PTX ISA
    std::vector<std::uint32_t> depend;          // on which of the reciprocal roots it is
    std::int64_t roots = 0;
    for (std::uint32_t bits = 0x3f800000U; bits < 0x40800000U; ++bits) {
        const float a = A::from_bits(bits);
        const double exact = 1 / std::sqrt(static_cast<double>(a));
        const std::uint32_t nearest = A::to_bits(static_cast<float>(exact));
        const float want = std::sqrt(a);
        bool all = true;
        for (std::uint32_t i = nearest - 4; i <= nearest + 4; ++i) {
            const float root = A::from_bits(i);
            if (std::fabs(static_cast<double>(root) - exact) > bound * exact) continue;
            ++roots;
            const float near = a * root;
            all = all && A::fma(A::fma(-near, near, a), root * 0.5F, near) == want;
        }
        if (!all) depend.push_back(bits);
    }
    EXPECT_GE(roots, std::int64_t{3} << 24);
    EXPECT_EQ(depend, (std::vector{A::to_bits(0x1.f82294p0F), A::to_bits(0x1.dd26e4p1F)}));
}

}  // namespace
}  // namespace rankchain
