// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The public interfaces with the CUDA backend emulated: opened at run time, as an installed one is.
// Device memory is ordinary memory here.
#include "tests/temporary.hpp"
#include <rankchain/chain.hpp>
#include <rankchain/cuda.hpp>
#include <rankchain/error.hpp>
#include <rankchain/metrics.hpp>
#include <rankchain/rankchain.h>
#include <rankchain/study.hpp>

#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain {
namespace {

const Device cuda{Device::Kind::cuda, 0, 0};
const Device cpu{Device::Kind::cpu, 0, 1};

struct Free {
    void operator()(void* memory) const { std::free(memory); }
};
std::unique_ptr<void, Free> workspace_of(std::int64_t bytes) {
    const std::int64_t whole = (bytes / 256 + 1) * 256;
    return std::unique_ptr<void, Free>(std::aligned_alloc(256, static_cast<std::size_t>(whole)));
}

Network small_network() {
    Network network;
    network.width = 6;
    network.batch = 9;
    network.depth = 8;
    network.activation = Activation::relu;
    return network;
}

TEST(Emulated, IsWhatTheDeviceMeans) {
    EXPECT_EQ(describe(cuda).name, "cuda:0 (Emulated device)");
    EXPECT_EQ(describe({}).name, "cuda:0 (Emulated device)");
    EXPECT_EQ(why_no_cuda(), "");
    try {
        (void)describe({Device::Kind::cuda, 7, 0});
        FAIL() << "cuda:7?";
    } catch (const DeviceError& error) {
        EXPECT_NE(std::string(error.what()).find("cuda:7 was asked for"), std::string::npos);
        EXPECT_NE(std::string(error.what()).find("1 CUDA device, cuda:0"), std::string::npos);
    }
}

TEST(Emulated, StudiesAndChainsHaveTheCpusRanks) {
    const Network network = small_network();
    const std::vector<double> taus{0.1};
    const auto quantities = expand(network, taus, {});
    Chains a(network, {}, 5, {0, 6}, cpu), b(network, {}, 5, {0, 6}, cuda);
    a.advance(8);
    b.advance(8);
    EXPECT_EQ(a.measure(quantities).values, b.measure(quantities).values);

    const TemporaryFolder folder(memory_folder());
    const Study study = parse_study(R"(seed = 4
draws = 6
[network]
width = [5, 6]
batch = 9
depth = 8
normalization = ["batch", "none"]
[record]
depths = [0, 8]
soft_rank = [0.1]
keep = "draws"
)",
                                    folder / "s.toml");
    std::vector<Results> results;
    for (const Device& device : {cpu, cuda}) {
        RunOptions options;
        options.result = folder / std::to_string(results.size());
        options.device = device;
        ASSERT_TRUE(run(study, options).finished);
        results.emplace_back(options.result);
    }
    for (std::size_t cell = 0; cell < study.cells.size(); ++cell) {
        for (std::size_t layer = 0; layer < 2; ++layer)
            EXPECT_EQ(results[0].draws(cell, layer, 0), results[1].draws(cell, layer, 0));
    }
    EXPECT_EQ(results[1].provenance().at("device"), "cuda:0 (Emulated device)");

    // By every method, which the file names.
    for (const auto method : {SpectrumMethod::count, SpectrumMethod::eigen, SpectrumMethod::svd}) {
        RunOptions options;
        options.result = folder / std::string(name(method));
        options.device = cuda;
        options.spectrum = method;
        ASSERT_TRUE(run(study, options).finished);
        const Results result(options.result);
        for (std::size_t cell = 0; cell < study.cells.size(); ++cell)
            EXPECT_EQ(result.draws(cell, 1, 0), results[0].draws(cell, 1, 0)) << name(method);
        const std::string arithmetic = result.provenance().at("arithmetic");
        EXPECT_TRUE(arithmetic.ends_with("; spectrum " + std::string(name(method)))) << arithmetic;
    }
}

TEST(Emulated, AStreamOfTheCallersGivesTheNumbersOfChains) {
    const Network network = small_network();
    Chains chains(network, {}, 5, {2, 3}, cuda);
    std::vector<double> h(std::size_t{3} * 6 * 9), wanted(h.size());
    chains.observed({h.data(), 3, 6, 9});
    chains.advance(8);
    chains.observed({wanted.data(), 3, 6, 9});
    std::vector<float> mine(h.begin(), h.end());
    std::vector<std::int64_t> failed(3, -1), degenerate(3, 0);
    std::vector<double> log_scale(3, 0.0);
    CudaOnStream on_stream(nullptr);
    on_stream.advance(
        network, 5,
        CudaChains<float>{
            mine.data(), {2, 3}, 0, 8, failed.data(), degenerate.data(), log_scale.data()},
        {nullptr, on_stream.advance_workspace(network)});
    EXPECT_EQ(std::vector<double>(mine.begin(), mine.end()), wanted);
}

TEST(Emulated, AStreamOfTheCallersServesC) {
    rankchain_cuda* handle = nullptr;
    ASSERT_EQ(rankchain_cuda_create(nullptr, 0, &handle), RANKCHAIN_OK);
    rankchain_network network;
    rankchain_network_init(&network);
    network.width = 4;
    network.batch = 131;  // beyond the kernels that stay on chip
    network.depth = 3;
    network.precision = RANKCHAIN_PRECISION_FLOAT64;
    std::int64_t bytes = 0;
    ASSERT_EQ(rankchain_cuda_advance_workspace(handle, &network, &bytes), RANKCHAIN_OK);
    EXPECT_GT(bytes, 0);

    Network same;
    same.width = 4;
    same.batch = 131;
    same.depth = 3;
    same.precision = Precision::float64;
    Chains chains(same, {}, 5, {0, 2}, cuda);
    std::vector<double> h(std::size_t{2} * 4 * 131), wanted(h.size());
    chains.observed({h.data(), 2, 4, 131});
    chains.advance(3);
    chains.observed({wanted.data(), 2, 4, 131});
    std::vector<std::int64_t> failed(2, -1), degenerate(2, 0);
    std::vector<double> log_scale(2, 0.0);
    auto workspace = workspace_of(bytes);
    ASSERT_EQ(rankchain_cuda_advance(handle, &network, 5, 0, 2, 0, 3, h.data(), failed.data(),
                                     degenerate.data(), log_scale.data(), workspace.get(), bytes),
              RANKCHAIN_OK)
        << rankchain_last_error_message();
    EXPECT_EQ(h, wanted);
    EXPECT_EQ(rankchain_cuda_advance(handle, &network, 5, 0, 2, 0, 3, h.data(), failed.data(),
                                     degenerate.data(), log_scale.data(), workspace.get(), 256),
              RANKCHAIN_OUT_OF_MEMORY);

    const double tau = 0.5;
    std::int64_t ranks[2] = {0, 0}, same_ranks[2] = {0, 0};
    ASSERT_EQ(rankchain_cuda_soft_ranks_workspace(handle, 2, 4, 131, &tau, 1, nullptr, &bytes),
              RANKCHAIN_OK);
    workspace = workspace_of(bytes);
    ASSERT_EQ(
        rankchain_cuda_soft_ranks(handle, RANKCHAIN_PRECISION_FLOAT64, h.data(), 2, 4, 131, &tau, 1,
                                  nullptr, workspace.get(), bytes, ranks, nullptr, nullptr),
        RANKCHAIN_OK)
        << rankchain_last_error_message();
    rankchain_device device;
    rankchain_device_init(&device);
    device.kind = RANKCHAIN_DEVICE_CPU;
    ASSERT_EQ(
        rankchain_soft_ranks(h.data(), 2, 4, 131, &tau, 1, &device, same_ranks, nullptr, nullptr),
        RANKCHAIN_OK);
    EXPECT_EQ(ranks[0], same_ranks[0]);
    EXPECT_EQ(ranks[1], same_ranks[1]);

    // A tie, which no count decides and singular values are not asked to.
    const double identity[] = {1, 0, 0, 1};
    std::uint8_t resolved = 0;
    double margin = 0;
    for (const char* const method : {"auto", "count", "eigen", "svd"}) {
        ASSERT_EQ(rankchain_cuda_soft_ranks_workspace(handle, 1, 2, 2, &tau, 1, method, &bytes),
                  RANKCHAIN_OK);
        workspace = workspace_of(bytes);
        ASSERT_EQ(
            rankchain_cuda_soft_ranks(handle, RANKCHAIN_PRECISION_FLOAT64, identity, 1, 2, 2, &tau,
                                      1, method, workspace.get(), bytes, ranks, &resolved, &margin),
            RANKCHAIN_OK)
            << rankchain_last_error_message();
        EXPECT_EQ(ranks[0], 2) << method;
        EXPECT_EQ(resolved, std::string(method) == "svd" ? 0 : 1) << method;
        EXPECT_GT(margin, 0);
    }
    std::int64_t of_svd = 0;
    ASSERT_EQ(rankchain_cuda_soft_ranks_workspace(handle, 1, 40, 34, &tau, 1, "svd", &of_svd),
              RANKCHAIN_OK);
    ASSERT_EQ(rankchain_cuda_soft_ranks_workspace(handle, 1, 40, 34, &tau, 1, "eigen", &bytes),
              RANKCHAIN_OK);
    EXPECT_NE(of_svd, bytes);
    const auto refused = [](rankchain_status status, const std::string& word) {
        EXPECT_EQ(status, RANKCHAIN_INVALID_ARGUMENT);
        EXPECT_NE(std::string(rankchain_last_error_message()).find(word), std::string::npos)
            << rankchain_last_error_message();
    };
    refused(rankchain_cuda_soft_ranks_workspace(handle, 1, 2, 2, &tau, 1, "guess", &bytes),
            "spectrum method \"guess\"");
    refused(rankchain_cuda_soft_ranks(handle, RANKCHAIN_PRECISION_FLOAT64, identity, 1, 2, 2, &tau,
                                      1, "guess", workspace.get(), bytes, ranks, nullptr, nullptr),
            "spectrum method \"guess\"");
    refused(rankchain_cuda_soft_ranks(handle, static_cast<rankchain_precision>(7), identity, 1, 2,
                                      2, &tau, 1, nullptr, workspace.get(), bytes, ranks, nullptr,
                                      nullptr),
            "precision is 7");

    refused(rankchain_cuda_soft_ranks_workspace(handle, INT64_MAX, INT64_MAX, 2, &tau, 1, nullptr,
                                                &bytes),
            "[9223372036854775807, 9223372036854775807, 2]");
    refused(rankchain_cuda_singular_values_workspace(handle, 1, -2, 2, &bytes), "[1, -2, 2]");
    refused(rankchain_cuda_soft_ranks(handle, RANKCHAIN_PRECISION_FLOAT64, identity, -1, 2, 2, &tau,
                                      1, nullptr, workspace.get(), bytes, ranks, nullptr, nullptr),
            "[-1, 2, 2]");
    refused(rankchain_cuda_advance(handle, &network, 5, 0, -2, 0, 3, h.data(), failed.data(),
                                   degenerate.data(), log_scale.data(), workspace.get(), bytes),
            "0 .. +-2");

    const double series[4] = {3, std::numeric_limits<double>::quiet_NaN(), 1, 5};
    rankchain_summary summary;
    ASSERT_EQ(rankchain_cuda_summaries_workspace(handle, 1, 4, &bytes), RANKCHAIN_OK);
    workspace = workspace_of(bytes);
    ASSERT_EQ(rankchain_cuda_summaries(handle, series, 1, 4, workspace.get(), bytes, &summary),
              RANKCHAIN_OK);
    EXPECT_EQ(summary.count, 3);
    EXPECT_EQ(summary.failed, 1);
    EXPECT_EQ(summary.mean, 3);
    EXPECT_EQ(summary.std, 2);
    EXPECT_EQ(summary.max, 5);
    refused(rankchain_cuda_summaries_workspace(handle, 1, -4, &bytes), "[1, -4]");
    refused(rankchain_cuda_summaries(handle, series, 1, 4, workspace.get(), bytes, nullptr),
            "summaries");

    std::vector<double> sigma(8);
    ASSERT_EQ(rankchain_cuda_singular_values_workspace(handle, 2, 4, 131, &bytes), RANKCHAIN_OK);
    workspace = workspace_of(bytes);
    ASSERT_EQ(rankchain_cuda_singular_values(handle, RANKCHAIN_PRECISION_FLOAT64, h.data(), 2, 4,
                                             131, workspace.get(), bytes, sigma.data(), nullptr),
              RANKCHAIN_OK)
        << rankchain_last_error_message();
    double square = 0, sum = 0;
    for (const double x : h)
        square += x * x;
    for (const double s : sigma)
        sum += s * s;
    EXPECT_NEAR(sum, square, 1e-12 * square);  // 2 x 524 terms, each sum within 600 u
    rankchain_cuda_destroy(handle);
}

}  // namespace
}  // namespace rankchain
