// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The CUDA kernel's own source on the CPU: the bits of the CPU backend, whatever the order of
// threads and blocks.
#include "host/cpu/weights_rows.hpp"
#include "kernels/weights.cuh"

#include <cstdint>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::cuda {
namespace {

using arith::Law;

/// Device memory of n floats; the shim fills it with NaN.
class Floats {
  public:
    explicit Floats(std::int64_t n) {
        EXPECT_EQ(cudaMalloc(&data_, static_cast<std::size_t>(n) * sizeof(float)), cudaSuccess);
    }
    ~Floats() { (void)cudaFree(data_); }
    Floats(const Floats&) = delete;
    Floats& operator=(const Floats&) = delete;
    [[nodiscard]] float* data() const { return data_; }

  private:
    float* data_ = nullptr;
};

std::vector<float> expected(const WeightBatch& w) {
    std::vector<float> all(static_cast<std::size_t>(w.draws * w.rows * w.cols));
    for (std::int64_t b = 0; b < w.draws; ++b) {
        const auto run = arith::matrix_run(w.seed, w.first_draw + static_cast<std::uint64_t>(b),
                                           w.layer, w.stream);
        cpu::fill_rows(w.law, run, w.cols, 0, w.rows, all.data() + b * w.rows * w.cols, w.cols);
    }
    return all;
}

/// Whether the kernel's output, `offset` floats into an allocation, is the expected one.
bool equals(const WeightBatch& w, const std::vector<float>& wanted, std::int64_t offset) {
    const Floats memory(w.draws * w.rows * w.cols + offset);
    EXPECT_EQ(make_weights(w, memory.data() + offset, nullptr), cudaSuccess);
    return std::memcmp(memory.data() + offset, wanted.data(), wanted.size() * sizeof(float)) == 0;
}

constexpr Law laws[] = {Law::gaussian,    Law::uniform,    Law::uniform_positive,
                        Law::half_normal, Law::rademacher, Law::bits};

TEST(WeightsKernel, HasTheBitsOfTheCpuBackendInEveryOrder) {
    struct Shape {
        std::int64_t rows, cols;
    };
    for (const Law law : laws) {
        for (const auto [rows, cols] :
             {Shape{1, 1}, Shape{3, 5}, Shape{70, 4}, Shape{4, 32}, Shape{9, 33}, Shape{2, 127},
              Shape{3, 260}, Shape{5, 301}, Shape{2, 1028}}) {
            const WeightBatch w{law,         (std::uint64_t{1} << 40) + 5,
                                0xffffffffU,  // the second draw carries into the high word
                                7,           arith::Stream::weights,       2, rows, cols};
            const auto wanted = expected(w);
            for (std::uint64_t schedule = 0; schedule < 20; ++schedule) {
                simt::opt().seed = schedule;
                ASSERT_TRUE(equals(w, wanted, 0)) << static_cast<int>(law) << ": [" << rows << ", "
                                                  << cols << "], schedule " << schedule;
            }
            ASSERT_TRUE(equals(w, wanted, 1)) << "not aligned: [" << rows << ", " << cols << "]";
        }
    }
}

#ifndef RANKCHAIN_SIMT_RACE  // 17 million threads, each watched, would take too long
TEST(WeightsKernel, GoesOnWhereTheGridEnds) {
    // More draws than gridDim.y may be.
    const WeightBatch w{Law::uniform, 3, 0, 1, arith::Stream::input, 65537, 1, 1};
    simt::opt().seed = 0;
    EXPECT_TRUE(equals(w, expected(w), 0));
}
#endif

TEST(WeightsKernel, RefusesWhatHasNoCounter) {
    const std::int64_t big = std::int64_t{1} << 32;
    const auto status = [](Law law, std::uint64_t draw, std::int64_t draws, std::int64_t rows,
                           std::int64_t cols) {
        return make_weights({law, 1, draw, 1, arith::Stream::weights, draws, rows, cols}, nullptr,
                            nullptr);
    };
    EXPECT_EQ(status(Law::gaussian, 0, 0, 5, 5), cudaSuccess);
    EXPECT_EQ(status(Law::gaussian, 0, 1, -1, 5), cudaErrorInvalidValue);
    EXPECT_EQ(status(Law::gaussian, 0, 1, big, 5), cudaErrorInvalidValue);
    EXPECT_EQ(status(Law::gaussian, 0, 1, big, big), cudaErrorInvalidValue);
    EXPECT_EQ(status(Law::rademacher, 0, 1, big, 129), cudaErrorInvalidValue);
    EXPECT_EQ(status(Law::gaussian, arith::draw_limit, 1, 1, 1), cudaErrorInvalidValue);
    EXPECT_EQ(status(Law::gaussian, arith::draw_limit - 1, 2, 1, 1), cudaErrorInvalidValue);
    EXPECT_EQ(status(Law::gaussian, ~std::uint64_t{0}, 2, 1, 1), cudaErrorInvalidValue);
}

}  // namespace
}  // namespace rankchain::cuda
