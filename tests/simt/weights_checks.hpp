// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Weights made on a device, emulated or not: the bits of the CPU backend, whatever the order of
// threads and blocks.
#pragma once

#include "host/cpu/weights_rows.hpp"
#include "kernels/weights.cuh"
#include "tests/simt/device_array.hpp"
#include "tests/simt/schedule.hpp"

#include <cstdint>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::cuda {

using arith::Law;

inline std::vector<float> expected_weights(const WeightBatch& w) {
    std::vector<float> all(static_cast<std::size_t>(w.draws * w.rows * w.cols));
    for (std::int64_t b = 0; b < w.draws; ++b) {
        const auto run = arith::matrix_run(w.seed, w.first_draw + static_cast<std::uint64_t>(b),
                                           w.layer, w.stream);
        cpu::fill_rows(w.law, run, w.cols, 0, w.rows, all.data() + b * w.rows * w.cols, w.cols);
    }
    return all;
}

/// Whether the kernel's output, `offset` numbers into an allocation, is the expected one.
template <class Out>
bool has_weights(const WeightBatch& w, const std::vector<float>& wanted, std::int64_t offset) {
    const DeviceArray<Out> memory(w.draws * w.rows * w.cols + offset);
    EXPECT_EQ(make_weights(w, memory.get() + offset, nullptr), cudaSuccess);
    const std::vector<Out> got = memory.host();
    const std::vector<Out> want(wanted.begin(), wanted.end());
    return std::memcmp(got.data() + offset, want.data(), want.size() * sizeof(Out)) == 0;
}

class WeightsKernel : public testing::Test {
  protected:
    void SetUp() override { RANKCHAIN_NEED_DEVICE(); }
    void TearDown() override { schedule_threads(0); }
};

inline constexpr Law weight_laws[] = {Law::gaussian,    Law::uniform,    Law::uniform_positive,
                                      Law::half_normal, Law::rademacher, Law::bits};

TEST_F(WeightsKernel, HasTheBitsOfTheCpuBackendInEveryOrder) {
    struct Shape {
        std::int64_t rows, cols;
    };
    for (const Law law : weight_laws) {
        for (const auto [rows, cols] :
             {Shape{1, 1}, Shape{3, 5}, Shape{70, 4}, Shape{4, 32}, Shape{9, 33}, Shape{2, 127},
              Shape{3, 260}, Shape{5, 301}, Shape{2, 1028}}) {
            const WeightBatch w{law,         (std::uint64_t{1} << 40) + 5,
                                0xffffffffU,  // the second draw carries into the high word
                                7,           arith::Stream::weights,       2, rows, cols};
            const auto wanted = expected_weights(w);
            SCOPED_TRACE(std::to_string(static_cast<int>(law)) + ": " + std::to_string(rows) +
                         " x " + std::to_string(cols));
            in_every_order([&] {
                ASSERT_TRUE(has_weights<float>(w, wanted, 0));
                if (law != Law::bits) {
                    ASSERT_TRUE(has_weights<double>(w, wanted, 0)) << "widened";
                }
            });
            ASSERT_TRUE(has_weights<float>(w, wanted, 1)) << "not aligned";
        }
    }
}

}  // namespace rankchain::cuda
