// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The square root that Gaussian weights take, on a device made from a reciprocal root: rounded
// correctly, and so the same bits as on a CPU.
#pragma once

#include "host/arith/weights.hpp"
#include "tests/simt/device_array.hpp"
#include "tests/simt/radius_probe.cuh"
#include "tests/simt/schedule.hpp"

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::test {

struct Radius : testing::Test {
    void SetUp() override { RANKCHAIN_NEED_DEVICE(); }
};

inline std::vector<float> radii(const std::vector<std::uint32_t>& words) {
    const auto count = static_cast<std::int64_t>(words.size());
    const cuda::DeviceArray<std::uint32_t> from(words);
    const cuda::DeviceArray<float> to(count);
    EXPECT_EQ(probe_radius(from.get(), to.get(), count), cudaSuccess);
    return to.host();
}

/// Rounded correctly: a float32's root has no float64 beside a midpoint of two float32s (53 bits
/// are more than twice 24 and two).
inline float true_root(float a) {
    return static_cast<float>(std::sqrt(static_cast<double>(a)));
}

// -2 ln u with one of the two significands of which tests/radius_test.cpp cannot say that any
// reciprocal root within its bound will do.
TEST_F(Radius, IsRoundedCorrectlyWhereTheProofEnds) {
    std::vector<std::uint32_t> words;
    for (const std::uint32_t half : {1241790U, 41825172U, 41825174U, 333012128U, 333012144U,
                                     802245984U, 802246048U, 2019311552U, 2019311680U}) {
        words.push_back(2 * half);
        words.push_back(2 * half + 1);  // the lowest bit is not used
    }
    const std::vector<float> got = radii(words);
    for (std::size_t i = 0; i < words.size(); ++i) {
        const float square = arith::minus_two_log<arith::Scalar>(words[i]);
        const float significand = std::ldexp(square, -std::ilogb(square));
        EXPECT_TRUE(significand == 0x1.dd26e4p0F || significand == 0x1.f82294p0F)
            << words[i] << ": " << std::hexfloat << square;
        EXPECT_EQ(got[i], true_root(square)) << words[i];
    }
}

TEST_F(Radius, IsRoundedCorrectlyElsewhere) {
    std::vector<std::uint32_t> words{0,           1,           2,           3,
                                     0x7fffffffU, 0x80000000U, 0xfffffffeU, 0xffffffffU};
    std::mt19937_64 random(1);  // NOLINT(cert-msc51-cpp): the same words every time
    for (int i = 0; i < (cuda::on_device ? 1 << 24 : 1 << 12); ++i)
        words.push_back(static_cast<std::uint32_t>(random()));
    const std::vector<float> got = radii(words);
    for (std::size_t i = 0; i < words.size(); ++i)
        ASSERT_EQ(got[i], true_root(arith::minus_two_log<arith::Scalar>(words[i]))) << words[i];
}

}  // namespace rankchain::test
