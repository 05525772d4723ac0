// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The CUDA backend where something goes wrong, and where work is divided otherwise: no result
// changes.
#include "kernels/backend/memory.hpp"
#include "kernels/backend/ops.hpp"
#include "kernels/backend/status.hpp"
#include "kernels/shared_memory.cuh"
#include "tests/simt/backend_case.hpp"
#include "tests/simt/backend_fixture.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <bit>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::cuda {

SIMT_DYNAMIC_SHARED(dynamic_shared, 256 << 10);

namespace {

using BackendFaults = EmulatedDevice;

Network network_of(std::int64_t d, std::int64_t n, Normalization norm, Activation act,
                   std::int64_t depth) {
    Network network;
    network.width = d;
    network.batch = n;
    network.depth = depth;
    network.normalization = norm;
    network.activation = act;
    return network;
}

/// Fused and large, compressed and with weights from the host.
Study small_study(std::int64_t draws) {
    const Network large = network_of(3, 130, Normalization::batch, Activation::relu, 2);
    Network orthogonal = network_of(5, 6, Normalization::batch, Activation::tanh, 4);
    orthogonal.weights = Weights::orthogonal;
    return study_of(
        {cell_of(network_of(6, 7, Normalization::batch, Activation::relu, 9)),
         cell_of(network_of(4, 33, Normalization::none, Activation::linear, 9), {}, false),
         cell_of(large), cell_of(orthogonal)},
        draws);
}

TEST_F(BackendFaults, ResultsDoNotDependOnChunksOrTheOrderOfStreams) {
    const Study study = small_study(7);
    const Numbers wanted = run_on(*make_ops(0), study, 7);
    for (const std::int64_t chunk : {1, 3, 0}) {
        for (const std::uint64_t seed : {0, 1}) {
            renew(seed);
            EXPECT_TRUE(run_on(*make_ops(0), study, chunk) == wanted)
                << "chunks of " << chunk << ", order " << seed;
        }
    }
}

TEST_F(BackendFaults, ResultsDoNotDependOnHowTheWayIsDivided) {
    std::vector<Cell> cells = small_study(1).cells;
    // Large for the sake of its first layer alone.
    cells.push_back(
        cell_of(network_of(6, 7, Normalization::batch, Activation::relu, 4), given_input(140, 7)));
    for (const Cell& cell : cells) {
        const ChainSpec spec{cell.network, cell.input, 5, cell.observe, false};
        const std::int64_t depth = cell.network.depth;
        const auto ops = make_ops(0);
        const auto once = ops->begin(spec, {0, 3});
        once->advance(depth);
        const Samples wanted = once->measure(cell.quantities);
        const auto steps = ops->begin(spec, {0, 3});
        for (std::int64_t layer = 1; layer <= depth; ++layer)
            steps->advance(layer);
        const Samples got = steps->measure(cell.quantities);
        for (std::size_t i = 0; i < wanted.values.size(); ++i) {
            ASSERT_EQ(std::bit_cast<std::uint64_t>(wanted.values[i]),
                      std::bit_cast<std::uint64_t>(got.values[i]))
                << name(cell.network.normalization) << " " << cell.quantities[i / 3].label() << ": "
                << wanted.values[i] << ", " << got.values[i];
        }
        // And back at one depth, twice.
        const Samples again = steps->measure(cell.quantities);
        EXPECT_EQ(
            std::memcmp(again.values.data(), got.values.data(), got.values.size() * sizeof(double)),
            0);
    }
}

// The first call waits for its work; the others leave it to be done, that of two calls at most.
TEST_F(BackendFaults, LayersAreEnqueuedWhileTheLastOnesRun) {
    ChainSpec spec;
    spec.network = network_of(6, 7, Normalization::batch, Activation::relu, 9);
    const auto ops = make_ops(0);
    const auto chunk = ops->begin(spec, {0, 4});
    const auto left = [] {
        std::vector<std::size_t> tasks;
        for (const auto& stream : simt::streams())
            tasks.push_back(stream->tasks.size());
        return tasks;
    };
    chunk->advance(1);
    EXPECT_EQ(left(), (std::vector<std::size_t>{0, 0}));
    chunk->advance(2);
    const std::vector<std::size_t> one = left();
    ASSERT_EQ(one.size(), 2U);
    EXPECT_TRUE(one[0] > 0 && one[1] > 0);
    for (std::int64_t layer = 3; layer <= 9; ++layer) {
        chunk->advance(layer);
        for (std::size_t q = 0; q < 2; ++q)
            EXPECT_TRUE(left()[q] >= one[q] && left()[q] <= 2 * one[q]) << layer;
    }
    (void)chunk->measure({});
    EXPECT_EQ(left(), (std::vector<std::size_t>{0, 0}));
}

TEST_F(BackendFaults, AnyAllocationMayFailAndTheChunkIsHalved) {
    const Study study = small_study(4);
    const Numbers wanted = run_on(*make_ops(0), study);
    std::int64_t failures = 0;
    for (long k = 1;; k += 7) {
        renew();
        const auto ops = make_ops(0);
        (void)ops->memory_free();  // the queues' own memory is taken here
        simt::injection().malloc_at = simt::calls().mallocs + k;
        EXPECT_TRUE(run_on(*ops, study, 4) == wanted) << "allocation " << k;
        if (simt::calls().mallocs < simt::injection().malloc_at) break;
        ++failures;
    }
    EXPECT_GT(failures, 10);
}

TEST_F(BackendFaults, MemoryThatIsNotThereIsRefusedBeforeTheFirstDraw) {
    const Study study = small_study(4);
    simt::opt().device_bytes = std::size_t{70} << 20;  // the queues' and little more
    const auto ops = make_ops(0);
    const TemporaryFolder folder(memory_folder());
    RunOptions options;
    options.result = folder.path() / "r.rankchain";
    try {
        (void)run(*ops, study, options);
        FAIL() << "enough memory?";
    } catch (const OutOfMemory& error) {
        EXPECT_NE(std::string(error.what()).find("are free on cuda:0"), std::string::npos)
            << error.what();
    }
    EXPECT_FALSE(std::filesystem::exists(options.result));
}

/// What a study takes at most is what it said before.
TEST_F(BackendFaults, MemoryNeedIsAnUpperBound) {
    for (const Cell& cell : all_kinds_of_cells()) {
        for (const std::int64_t draws : {1, 6}) {
            renew();
            const auto ops = make_ops(0);
            (void)ops->memory_free();
            const bool columns =
                std::any_of(cell.quantities.begin(), cell.quantities.end(),
                            [](const Quantity& q) { return q.metric == Metric::mean_abs_cosine; });
            const ChainSpec spec{cell.network, cell.input, 5, cell.observe, columns};
            const MemoryNeed need = ops->memory_need(spec, cell.quantities);
            const std::size_t before = simt::heap().in_use;
            simt::heap().most = before;
            const auto chunk = ops->begin(spec, {0, draws});
            (void)chunk->measure(cell.quantities);
            chunk->advance(cell.network.depth);
            (void)chunk->measure(cell.quantities);
            EXPECT_LE(simt::heap().most - before,
                      static_cast<std::size_t>(need.fixed + draws * need.per_draw))
                << cell.network.width << " x " << cell.network.batch;
        }
    }
}

TEST_F(BackendFaults, ALostDeviceEndsTheRunAndKeepsWhatWasCommitted) {
    const Study study = small_study(5);
    simt::calls() = {};
    const Numbers wanted = run_on(*make_ops(0), study, 2);
    const long calls = simt::calls().all;
    std::int64_t lost_late = 0;
    // Every call would take long; a step that shares no factor with what repeats meets all kinds.
    for (long k = 1; k <= calls; k += 1 + calls / 41) {
        renew();
        simt::injection().at = k;
        simt::injection().sticky = cudaErrorIllegalAddress;
        const TemporaryFolder folder(memory_folder());
        RunOptions options;
        options.result = folder.path() / "r.rankchain";
        options.chunk = 2;
        std::string said;
        try {
            const auto ops = make_ops(0);
            (void)run(*ops, study, options);
        } catch (const DeviceError& error) {
            said = error.what();
        }
        // The last calls free memory, and find nobody to tell.
        if (said.empty()) {
            EXPECT_GT(k, calls - 200) << "call " << k << " of " << calls;
        } else {
            EXPECT_NE(said.find("cudaErrorIllegalAddress"), std::string::npos) << said;
        }
        EXPECT_EQ(simt::calls().after_loss, 0) << "after call " << k << ": " << said;
        if (said.find("draws ") == std::string::npos || !std::filesystem::exists(options.result)) {
            continue;
        }
        ++lost_late;
        const Results results(options.result);
        std::size_t at = 0;
        for (std::size_t c = 0; c < study.cells.size(); ++c) {
            for (std::size_t l = 0; l < study.cells[c].layers.size(); ++l) {
                for (std::size_t q = 0; q < study.cells[c].quantities.size(); ++q, ++at) {
                    const std::vector<double> kept = results.draws(c, l, q);
                    ASSERT_EQ(static_cast<std::int64_t>(kept.size()), results.draws_done(c));
                    if (kept.empty()) continue;
                    ASSERT_EQ(std::memcmp(kept.data(), wanted.values[at].data(),
                                          kept.size() * sizeof(double)),
                              0);
                }
            }
        }
        // Nothing more is asked of the device in this process.
        EXPECT_THROW((void)make_ops(0), DeviceError);
        EXPECT_EQ(simt::calls().after_loss, 0);
    }
    EXPECT_GT(lost_late, 20);
}

TEST_F(BackendFaults, AMissingDeviceIsNamed) {
    const auto said = [](int ordinal) -> std::string {
        try {
            (void)make_ops(ordinal);
        } catch (const DeviceError& error) {
            return error.what();
        }
        return "";
    };
    EXPECT_NE(said(1).find("has 1 CUDA device, cuda:0"), std::string::npos) << said(1);
    EXPECT_NE(said(-1).find("has 1 CUDA device"), std::string::npos);
    EXPECT_EQ(said(0), "");
    simt::injection().no_device = cudaErrorInsufficientDriver;
    EXPECT_NE(said(0).find("cudaErrorInsufficientDriver"), std::string::npos) << said(0);
    EXPECT_NE(said(0).find("driver is missing"), std::string::npos);
    simt::injection().no_device = cudaErrorNoDevice;
    EXPECT_NE(said(0).find("cudaErrorNoDevice"), std::string::npos);
    // None of these is a device that was lost.
    simt::injection().no_device = cudaSuccess;
    EXPECT_EQ(said(0), "");
}

TEST_F(BackendFaults, EveryStatusHasItsError) {
    EXPECT_NO_THROW(check(cudaSuccess, "f"));
    EXPECT_NO_THROW(check(CUBLAS_STATUS_SUCCESS, "f"));
    EXPECT_NO_THROW(check(CUSOLVER_STATUS_SUCCESS, "f"));
    EXPECT_THROW(check(cudaErrorMemoryAllocation, "f"), OutOfMemory);
    EXPECT_THROW(check(CUBLAS_STATUS_ALLOC_FAILED, "f"), OutOfMemory);
    EXPECT_THROW(check(CUSOLVER_STATUS_ALLOC_FAILED, "f"), OutOfMemory);
    EXPECT_THROW(check(cudaErrorInvalidValue, "f"), DeviceError);
    EXPECT_THROW(check(CUBLAS_STATUS_INVALID_VALUE, "f"), DeviceError);
    EXPECT_THROW(check(CUSOLVER_STATUS_INVALID_VALUE, "f"), DeviceError);
    EXPECT_FALSE(is_lost());
    const auto said = [](cusolverStatus_t status) -> std::string {
        try {
            check(status, "f");
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    };
    EXPECT_NE(said(CUSOLVER_STATUS_ALLOC_FAILED).find("CUSOLVER_STATUS_ALLOC_FAILED"),
              std::string::npos);
    EXPECT_NE(said(CUSOLVER_STATUS_INVALID_VALUE).find("CUSOLVER_STATUS_INVALID_VALUE"),
              std::string::npos);
    EXPECT_NE(said(CUSOLVER_STATUS_NOT_INITIALIZED).find("CUSOLVER_STATUS_NOT_INITIALIZED"),
              std::string::npos);
    EXPECT_NE(said(CUSOLVER_STATUS_ARCH_MISMATCH).find("CUSOLVER_STATUS_ARCH_MISMATCH"),
              std::string::npos);
    EXPECT_NE(said(CUSOLVER_STATUS_NOT_SUPPORTED).find("CUSOLVER_STATUS_NOT_SUPPORTED"),
              std::string::npos);
    EXPECT_FALSE(is_lost());
    EXPECT_NE(said(CUSOLVER_STATUS_INTERNAL_ERROR).find("CUSOLVER_STATUS_INTERNAL_ERROR"),
              std::string::npos);
    EXPECT_TRUE(is_lost());
    forget_lost();
    EXPECT_THROW(check(CUSOLVER_STATUS_EXECUTION_FAILED, "f"), DeviceError);
    EXPECT_TRUE(is_lost());
    forget_lost();
    EXPECT_THROW(check(cudaErrorECCUncorrectable, "f"), DeviceError);
    EXPECT_NE(lost().find("cudaErrorECCUncorrectable"), std::string::npos);
    EXPECT_THROW(require_device(), DeviceError);
}

TEST_F(BackendFaults, AWorkspaceGivesWhatItHas) {
    alignas(256) unsigned char memory[1024];
    Workspace workspace(memory, sizeof memory);
    const Buffer<double> a(workspace, 1);
    const Buffer<float> b(workspace, 65);
    EXPECT_EQ(reinterpret_cast<unsigned char*>(b.get()), memory + 256);
    EXPECT_EQ(buffer_bytes<float>(65), 512);
    EXPECT_THROW(Buffer<double>(workspace, 33), OutOfMemory);
    EXPECT_NO_THROW(Buffer<double>(workspace, 32));
    EXPECT_THROW(Workspace(memory + 8, 256), InvalidArgument);
}

}  // namespace
}  // namespace rankchain::cuda
