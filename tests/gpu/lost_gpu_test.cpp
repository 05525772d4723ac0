// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// A kernel's illegal address in the middle of a run. The process has no device after that, so this
// is the one test of its program.
#include "kernels/backend/ops.hpp"
#include "kernels/backend/status.hpp"
#include "tests/simt/backend_case.hpp"
#include "tests/simt/schedule.hpp"
#include "tests/watched_ops.hpp"
#include <rankchain/error.hpp>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#ifndef SIMT_HOST
#include "tests/gpu/illegal_probe.cuh"

namespace {
int calls_after_loss = 0;
}  // namespace

// The first call of every operation and those of every destructor: the linker puts these in their
// place (--wrap), and names them so.
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
#define RANKCHAIN_COUNTED(status, name, parameter, argument)    \
    extern "C" status __real_##name(parameter argument);        \
    extern "C" status __wrap_##name(parameter argument);        \
    extern "C" status __wrap_##name(parameter argument) {       \
        calls_after_loss += rankchain::cuda::is_lost() ? 1 : 0; \
        return __real_##name(argument);                         \
    }
RANKCHAIN_COUNTED(cudaError_t, cudaGetDeviceCount, int*, count)
RANKCHAIN_COUNTED(cudaError_t, cudaSetDevice, int, device)
RANKCHAIN_COUNTED(cudaError_t, cudaStreamSynchronize, cudaStream_t, stream)
RANKCHAIN_COUNTED(cudaError_t, cudaEventSynchronize, cudaEvent_t, event)
RANKCHAIN_COUNTED(cudaError_t, cudaStreamDestroy, cudaStream_t, stream)
RANKCHAIN_COUNTED(cudaError_t, cudaEventDestroy, cudaEvent_t, event)
RANKCHAIN_COUNTED(cudaError_t, cudaFree, void*, data)
RANKCHAIN_COUNTED(cudaError_t, cudaFreeHost, void*, data)
RANKCHAIN_COUNTED(cublasStatus_t, cublasDestroy_v2, cublasHandle_t, handle)
RANKCHAIN_COUNTED(cusolverStatus_t, cusolverDnDestroy, cusolverDnHandle_t, handle)
RANKCHAIN_COUNTED(cusolverStatus_t, cusolverDnDestroyParams, cusolverDnParams_t, parameters)
RANKCHAIN_COUNTED(cusolverStatus_t, cusolverDnDestroyGesvdjInfo, gesvdjInfo_t, parameters)
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
#endif

namespace rankchain::cuda {
namespace {

class LostDevice : public testing::Test {
  protected:
    void SetUp() override { RANKCHAIN_NEED_DEVICE(); }

#ifdef SIMT_HOST
    static void lose() {
        simt::injection().sticky = cudaErrorIllegalAddress;
        simt::injection().at = 1;  // the next call
    }
    static long calls_made_since() {
        return simt::calls().after_loss;
    }
    void TearDown() override {
        simt::injection() = {};
        simt::reset();
        forget_lost();
    }
#else
    static void lose() {
        ASSERT_EQ(test::read_illegal_address(), cudaSuccess);
        ASSERT_EQ(cudaDeviceSynchronize(), cudaErrorIllegalAddress);
    }
    static long calls_made_since() {
        return calls_after_loss;
    }
#endif
};

template <class Body>
std::string device_error(const Body& body) {
    try {
        body();
    } catch (const DeviceError& error) {
        return error.what();
    }
    return "no DeviceError";
}

TEST_F(LostDevice, EndsTheRunKeepsItsDrawsAndIsLeftAlone) {
    Network network;
    network.width = network.batch = 8;
    network.depth = 5;
    network.weights = Weights::orthogonal;  // the host's: page-locked memory too
    const Study study = study_of({cell_of(network)}, 8);
    auto ops = make_ops(0);
    const Numbers wanted = run_on(*ops, study, 8);
    auto kept = ops->begin({network, {}, 1, Observe::hidden, true}, {0, 3});
    const Quantity quantity{Metric::stable_rank, 0, 0};
    kept->advance(2);
    (void)kept->measure({&quantity, 1});

    const TemporaryFolder folder(memory_folder());
    RunOptions options;
    options.result = folder.path() / "r.rankchain";
    options.chunk = 4;
    WatchedOps watched(*ops);
    watched.before = [](DrawRange range) {
        if (range.first == 4) lose();
    };
    const std::string said = device_error([&] { (void)run(watched, study, options); });
    EXPECT_NE(said.find("cell 0, draws 4 to 7: "), std::string::npos) << said;
    EXPECT_NE(said.find("cudaErrorIllegalAddress"), std::string::npos) << said;
    EXPECT_TRUE(is_lost());
    EXPECT_NE(lost().find("cudaErrorIllegalAddress"), std::string::npos) << lost();

    // What was committed stands.
    const Results results(options.result);
    ASSERT_EQ(results.draws_done(0), 4);
    std::size_t at = 0;
    for (std::size_t l = 0; l < study.cells[0].layers.size(); ++l) {
        for (std::size_t q = 0; q < study.cells[0].quantities.size(); ++q, ++at) {
            const std::vector<double> draws = results.draws(0, l, q);
            ASSERT_EQ(draws.size(), 4U);
            ASSERT_EQ(
                std::memcmp(draws.data(), wanted.values[at].data(), draws.size() * sizeof(double)),
                0);
        }
    }

    // Every operation says the same, and asks nobody.
    const std::vector<double> h(64, 1.0);
    const BatchView<const double> view{h.data(), 1, 8, 8};
    for (const std::string& refused :
         {device_error([&] { kept->advance(3); }), device_error([&] {
              (void)kept->measure({&quantity, 1});
          }),
          device_error([&] {
              (void)ops->begin({network, {}, 1, Observe::hidden, true}, {0, 1});
          }),
          device_error([&] { (void)ops->memory_free(); }),
          device_error([&] { (void)ops->singular_values(view); }),
          device_error([] { (void)make_ops(0); })}) {
        EXPECT_NE(refused.find("cudaErrorIllegalAddress"), std::string::npos) << refused;
        EXPECT_NE(refused.find("no CUDA call is made in this process"), std::string::npos)
            << refused;
    }
    // One that threw would end the program here.
    kept.reset();
    ops.reset();
    EXPECT_EQ(calls_made_since(), 0);
}

}  // namespace
}  // namespace rankchain::cuda
