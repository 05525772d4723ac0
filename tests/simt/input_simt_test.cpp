// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Inputs made on the device: the bits of the CPU backend, whatever the order of threads and blocks.
#include "host/cpu/weights.hpp"
#include "kernels/input.cuh"
#include "tests/simt/chain_case.hpp"
#include "tests/simt/schedule.hpp"

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::cuda {
namespace {

template <class T>
std::vector<T> expected(const InputBatch& input) {
    Input kind;
    kind.kind = input.duplicate_pairs ? Input::Kind::duplicate_pairs : Input::Kind::gaussian;
    std::vector<double> x(static_cast<std::size_t>(input.rows * input.cols));
    std::vector<T> all;
    for (std::int64_t b = 0; b < input.draws; ++b) {
        cpu::fill_input(kind, input.seed, input.first_draw + static_cast<std::uint64_t>(b),
                        input.rows, input.cols, x.data());
        for (const double value : x)
            all.push_back(static_cast<T>(value));
    }
    return all;
}

template <class T>
void has_the_bits_of_the_cpu() {
    for (const bool pairs : {false, true}) {
        for (const auto& [rows, cols] : {std::pair<std::int64_t, std::int64_t>{1, 1},
                                         {3, 5},
                                         {70, 4},
                                         {9, 33},
                                         {2, 127},
                                         {5, 301},
                                         {300, 2}}) {
            const InputBatch input{(std::uint64_t{1} << 40) + 5,
                                   0xffffffffU,  // the second draw carries into the high word
                                   2,
                                   rows,
                                   cols,
                                   pairs};
            const auto wanted = expected<T>(input);
            in_every_order([&, rows = rows, cols = cols] {
                const DeviceArray<T> out(2 * rows * cols);
                ASSERT_EQ(make_input(input, out.get(), nullptr), cudaSuccess);
                ASSERT_EQ(out.host(), wanted) << pairs << ": [" << rows << ", " << cols << "]";
            });
        }
    }
}

TEST(InputKernel, HasTheBitsOfTheCpuBackendInEveryOrder) {
    has_the_bits_of_the_cpu<float>();
    has_the_bits_of_the_cpu<double>();
}

TEST(InputKernel, RefusesWhatHasNoCounter) {
    const std::int64_t big = std::int64_t{1} << 32;
    const auto status = [](std::uint64_t draw, std::int64_t draws, std::int64_t rows,
                           std::int64_t cols) {
        return make_input<float>({1, draw, draws, rows, cols, false}, nullptr, nullptr);
    };
    EXPECT_EQ(status(0, 0, 5, 5), cudaSuccess);
    EXPECT_EQ(status(0, 1, -1, 5), cudaErrorInvalidValue);
    EXPECT_EQ(status(0, 1, big, 5), cudaErrorInvalidValue);
    EXPECT_EQ(status(0, 1, big / 2, big), cudaErrorInvalidValue);
    EXPECT_EQ(status(arith::draw_limit, 1, 1, 1), cudaErrorInvalidValue);
    EXPECT_EQ(status(arith::draw_limit - 1, 2, 1, 1), cudaErrorInvalidValue);
}

}  // namespace
}  // namespace rankchain::cuda
