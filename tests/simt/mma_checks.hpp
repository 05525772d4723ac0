// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// A tensor-core product whose fragments are filled by the PTX ISA's table is the product: on the
// emulation, and on a device, which settles that the emulation's tables are the hardware's.
#pragma once

#include "tests/simt/device_array.hpp"
#include "tests/simt/mma_probe.cuh"
#include "tests/simt/schedule.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::test {

/// On the tf32 grid: 11 significant bits.
inline float on_grid(float x) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &x, sizeof bits);
    bits = (bits + 0x1000U) & 0xffffe000U;
    std::memcpy(&x, &bits, sizeof bits);
    return x;
}
inline double on_grid(double x) {
    return x;
}

template <class T>
class Mma : public testing::Test {
  protected:
    void SetUp() override { RANKCHAIN_NEED_DEVICE(); }
    void TearDown() override { cuda::schedule_threads(0); }
};
using MmaPrecisions = testing::Types<float, double>;
TYPED_TEST_SUITE_P(Mma);

// Every element of D has its own A row and B column; with eight products and sums of one rounding
// each, |error| <= 8 u (sum |a b| + |c|).
TYPED_TEST_P(Mma, IsTheProduct) {
    using T = TypeParam;
    std::mt19937_64 random(1);
    std::normal_distribution<T> normal;
    cuda::in_every_order([&] {
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
    });
}
REGISTER_TYPED_TEST_SUITE_P(Mma, IsTheProduct);

}  // namespace rankchain::test
