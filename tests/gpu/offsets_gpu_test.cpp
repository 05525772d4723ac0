// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Arrays of more than 2^31 numbers: what lies beyond is what it would be alone. Needs up to 40 GB
// of device memory; a test that does not get its part is skipped and says so.
#include "host/cpu/weights_rows.hpp"
#include "kernels/input.cuh"
#include "kernels/weights.cuh"
#include "tests/simt/chain_case.hpp"
#include "tests/simt/large_place.hpp"
#include "tests/simt/schedule.hpp"
#include <rankchain/error.hpp>

#include <string>

namespace rankchain::cuda {
namespace {

constexpr std::int64_t many = std::int64_t{1} << 31;

class Offsets : public testing::Test {
  protected:
    void SetUp() override { RANKCHAIN_NEED_DEVICE(); }
};

/// Why `bytes` are not to be had; empty if they are.
std::string too_little(std::int64_t bytes) {
    std::size_t free = 0;
    std::size_t total = 0;
    if (cudaMemGetInfo(&free, &total) != cudaSuccess) return "cudaMemGetInfo failed";
    const std::int64_t need = bytes + (std::int64_t{1} << 30);
    if (static_cast<std::int64_t>(free) >= need) return "";
    return std::to_string(need) + " bytes are needed, " + std::to_string(free) + " are free";
}

template <class T>
std::vector<T> download_some(const T* from, std::int64_t n) {
    std::vector<T> to(static_cast<std::size_t>(n));
    EXPECT_EQ(cudaMemcpy(to.data(), from, to.size() * sizeof(T), cudaMemcpyDeviceToHost),
              cudaSuccess);
    return to;
}

TEST_F(Offsets, Weights) {
    WeightBatch w;
    w.seed = 3;
    w.layer = 2;
    w.rows = w.cols = 8192;
    w.draws = many / (w.rows * w.cols) + 1;
    if (const auto why = too_little(4 * w.draws * w.rows * w.cols); !why.empty()) {
        GTEST_SKIP() << why;
    }
    const DeviceArray<float> out(w.draws * w.rows * w.cols);
    ASSERT_EQ(make_weights(w, out.get(), nullptr), cudaSuccess);
    for (const std::int64_t row : {std::int64_t{0}, w.draws * w.rows - 1}) {
        const std::int64_t draw = row / w.rows;
        const auto run =
            arith::matrix_run(w.seed, static_cast<std::uint64_t>(draw), w.layer, w.stream);
        std::vector<float> want(static_cast<std::size_t>(w.cols));
        cpu::fill_rows(w.law, run, w.cols, row % w.rows, 1, want.data(), w.cols);
        EXPECT_EQ(download_some(out.get() + row * w.cols, w.cols), want) << "row " << row;
    }
}

/// One layer of so many draws that their numbers pass 2^31, and the last of them alone.
template <class T, class Advance>
void last_draw_is_as_if_alone(std::int64_t d, std::int64_t n, const Advance& advance) {
    ChainRun<T> run;
    run.network.width = d;
    run.network.batch = n;
    run.network.activation = Activation::relu;
    run.input_rows = d;
    run.shared_input = true;
    run.seed = 11;
    const std::int64_t draws = many / (d * n) + 2;
    const auto bytes = static_cast<std::int64_t>(sizeof(T)) * d * n;
    if (const auto why = too_little((draws + 4) * bytes); !why.empty()) GTEST_SKIP() << why;
    const DeviceArray<T> x(d * n);
    const DeviceArray<T> h(draws * d * n);
    ASSERT_EQ(make_input<T>({1, 0, 1, d, n, false}, x.get(), nullptr), cudaSuccess);
    const auto count = static_cast<std::size_t>(draws);
    const DeviceArray<std::int64_t> failed(std::vector<std::int64_t>(count, -1));
    const DeviceArray<std::int64_t> degenerate(std::vector<std::int64_t>(count, 0));
    const DeviceArray<double> log(std::vector<double>(count, 0.0));
    FusedChain<T> chain = run.fused();
    chain.draws = draws;
    chain.to = 1;
    chain.input = x.get();
    chain.output = h.get();
    chain.failed_layer = failed.get();
    chain.degenerate_rows = degenerate.get();
    chain.log_scale = log.get();
    advance(chain);
    ASSERT_EQ(cudaDeviceSynchronize(), cudaSuccess);
    const std::vector<T> in_company = download_some(h.get() + (draws - 1) * d * n, d * n);
    EXPECT_EQ(failed.host(), std::vector<std::int64_t>(count, -1));

    chain.draws = 1;
    chain.first_draw = static_cast<std::uint64_t>(draws - 1);
    advance(chain);
    ASSERT_EQ(cudaDeviceSynchronize(), cudaSuccess);
    EXPECT_EQ(download_some(h.get(), d * n), in_company);
}

template <class T>
void fused(const FusedChain<T>& chain) {
    ASSERT_EQ(advance_chain(chain, Arithmetic::tensor, nullptr), cudaSuccess);
}
template <class T>
void large(const FusedChain<T>& chain) {
    LargePlace& place = LargePlace::here();
    LargeChain<T>(place.memory, place.queue.cublas(), place.queue.stream(),
                  {chain.rows, chain.first.cols, chain.cols})
        .advance(chain);
}

TEST_F(Offsets, FusedChainOfManyDraws) {
    last_draw_is_as_if_alone<float>(128, 128, fused<float>);
}
TEST_F(Offsets, LargeChainOfManyDraws) {
    last_draw_is_as_if_alone<float>(300, 300, large<float>);
}
// A matrix of 2^31 numbers and more, by rows.
TEST_F(Offsets, LargeChainOfLongRows) {
    if (const auto why = too_little(40 * many / 2); !why.empty()) GTEST_SKIP() << why;
    last_draw_is_as_if_alone<float>(4, (std::int64_t{1} << 29) + 4, large<float>);
}

// More than the device has: OutOfMemory that says so, and the device goes on.
TEST_F(Offsets, WhatIsNotThereIsRefused) {
    LargePlace& place = LargePlace::here();
    const LargeShape shape{1 << 16, 1 << 16, std::int64_t{1} << 30};
    try {
        const LargeChain<double> chain(place.memory, place.queue.cublas(), place.queue.stream(),
                                       shape);
        ADD_FAILURE() << "took " << LargeChain<double>::need(shape) << " bytes";
    } catch (const OutOfMemory& error) {
        EXPECT_NE(std::string(error.what()).find("free"), std::string::npos) << error.what();
    }
    const DeviceArray<float> still(16);
    EXPECT_EQ(make_weights({arith::Law::gaussian, 1, 0, 1, arith::Stream::weights, 1, 4, 4},
                           still.get(), nullptr),
              cudaSuccess);
    EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
}

}  // namespace
}  // namespace rankchain::cuda
