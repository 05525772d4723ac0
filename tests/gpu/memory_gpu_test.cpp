// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// A device's memory ends in the middle of a run: the chunk is halved, and no result changes.
#include "host/study/chunk_size.hpp"
#include "kernels/backend/ops.hpp"
#include "kernels/backend/status.hpp"
#include "tests/simt/backend_case.hpp"
#include "tests/simt/schedule.hpp"
#include "tests/watched_ops.hpp"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <cuda_runtime.h>
#include <gtest/gtest.h>

namespace rankchain::cuda {
namespace {

/// The device's memory, as if another program had taken it.
class Taken {
  public:
    Taken() = default;
    ~Taken() {
        for (void* const piece : pieces_)
            (void)cudaFree(piece);
    }
    Taken(const Taken&) = delete;
    Taken& operator=(const Taken&) = delete;

    /// All that is free but `left` bytes.
    void all_but(std::int64_t left) {
        void* room = nullptr;
        if (left > 0) check(cudaMalloc(&room, static_cast<std::size_t>(left)), "cudaMalloc");
        std::size_t free = 0;
        std::size_t total = 0;
        check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
        for (std::size_t size = free; size >= 256; size /= 2) {
            void* piece = nullptr;
            while (cudaMalloc(&piece, size) == cudaSuccess)
                pieces_.push_back(piece);
            ASSERT_EQ(cudaGetLastError(), cudaErrorMemoryAllocation);
        }
        check(cudaFree(room), "cudaFree");
    }

  private:
    std::vector<void*> pieces_;
};

class DeviceMemoryEnds : public testing::Test {
  protected:
    void SetUp() override {
        RANKCHAIN_NEED_DEVICE();
#ifdef SIMT_HOST
        simt::opt().device_bytes = std::size_t{96} << 20;  // the queues' and some
#endif
        Network network;
        network.width = network.batch = on_device ? 64 : 4;
        network.depth = 2;
        network.normalization = Normalization::batch;
        network.precision = Precision::float64;
        Cell cell = cell_of(network, {}, false);
        // Emulated, the spectra of so many draws would take a minute.
        const std::vector<Metric> one{Metric::orthogonality_gap};
        if (!on_device) cell.quantities = expand(network, {}, one);
        study_ = study_of({cell}, draws);
        ops_ = make_ops(0);
        // Kernels and library handles have their own memory by then.
        wanted_ = std::make_unique<Numbers>(run_on(*ops_, study_, draws));
    }
    void TearDown() override {
        ops_.reset();
#ifdef SIMT_HOST
        simt::opt() = {};
#endif
    }

    /// Bytes for so many draws, the device's rounding of a buffer to 2 MiB included.
    [[nodiscard]] std::int64_t room_for(std::int64_t count) const {
        const Cell& cell = study_.cells[0];
        const auto need = ops_->memory_need(chain_spec(cell, study_.seed), cell.quantities);
        return bytes_for(need, count) + (on_device ? std::int64_t{64} << 20 : 0);
    }
    /// What a chunk of so many draws has before it is measured, at least.
    [[nodiscard]] static std::int64_t held_by(std::int64_t count, const Network& network) {
        return count * network.width * network.batch * 8;
    }

    void expect_halved(WatchedOps& ops) const {
        EXPECT_TRUE(run_on(ops, study_, draws) == *wanted_);
        ASSERT_GE(ops.begun.size(), 3U);
        EXPECT_EQ(ops.begun[0].count, draws);
        EXPECT_EQ(ops.begun[1].first, 0);
        EXPECT_EQ(ops.begun[1].count, draws / 2);
    }

    static constexpr std::int64_t draws = on_device ? 16384 : 2048;
    Study study_;
    std::unique_ptr<Ops> ops_;
    std::unique_ptr<Numbers> wanted_;
};

// After the check of a study's need, before its first chunk: no room for the chains.
TEST_F(DeviceMemoryEnds, BeforeAChunkBegins) {
    const std::int64_t left = room_for(draws / 8);
    ASSERT_LT(left, held_by(draws, study_.cells[0].network)) << "room for all draws";
    Taken taken;
    WatchedOps ops(*ops_);
    ops.before = [&](DrawRange) {
        if (ops.begun.size() == 1) taken.all_but(left);
    };
    expect_halved(ops);
}

// The chains are there, and the first measurement finds nothing: the runtime itself refuses.
TEST_F(DeviceMemoryEnds, WhileAChunkIsAtWork) {
    ASSERT_LT(room_for(draws / 8), held_by(draws, study_.cells[0].network))
        << "what the chunk gives back is not enough for a smaller one";
    Taken taken;
    WatchedOps ops(*ops_);
    ops.after = [&](DrawRange) {
        if (ops.begun.size() == 1) taken.all_but(0);
    };
    expect_halved(ops);
}

}  // namespace
}  // namespace rankchain::cuda
