// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The CUDA backend on a stream and arrays of the caller's: the numbers of its chunks, nothing done
// before the stream is waited for, no memory but the workspace.
#include "host/ops.hpp"
#include "host/study/statistics.hpp"
#include "kernels/backend/on_stream.hpp"
#include "kernels/backend/ops.hpp"
#include "kernels/shared_memory.cuh"
#include "tests/refusal.hpp"
#include "tests/simt/backend_fixture.hpp"
#include "tests/simt/device_array.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::cuda {

SIMT_DYNAMIC_SHARED(dynamic_shared, 256 << 10);

namespace {

class OnStreamTest : public EmulatedDevice {
  protected:
    void SetUp() override {
        EmulatedDevice::SetUp();
        ASSERT_EQ(cudaStreamCreate(&stream_), cudaSuccess);
    }

    cudaStream_t stream_ = nullptr;
};

Network network_of(std::int64_t d, std::int64_t n, Normalization norm, Precision precision) {
    Network network;
    network.width = d;
    network.batch = n;
    network.depth = 6;
    network.normalization = norm;
    network.precision = precision;
    return network;
}

constexpr std::int64_t draws = 5;

template <class T>
void has_the_numbers_of_a_chunk(CudaStream stream, const Network& network) {
    ChainSpec spec;
    spec.network = network;
    spec.seed = 8;
    const std::int64_t d = network.width, n = network.batch, size = draws * d * n;
    const auto chunk = make_ops(0)->begin(spec, {3, draws});
    std::vector<double> start(static_cast<std::size_t>(size)), wanted(start.size());
    chunk->observed({start.data(), draws, d, n});
    chunk->advance(6);
    chunk->observed({wanted.data(), draws, d, n});

    const auto cuda = on_stream(stream, 0);
    const std::int64_t bytes = cuda->advance_workspace(network);
    const DeviceArray<T> h(std::vector<T>(start.begin(), start.end()));
    const DeviceArray<std::int64_t> failed(std::vector<std::int64_t>(draws, -1));
    const DeviceArray<std::int64_t> degenerate(std::vector<std::int64_t>(draws, 0));
    const DeviceArray<double> log_scale(std::vector<double>(draws, 0.0));
    const DeviceArray<unsigned char> workspace(bytes);
    CudaChains<T> chains{h.get(),          {3, draws},     0, 2, failed.get(),
                         degenerate.get(), log_scale.get()};
    const std::int64_t mallocs = simt::calls().mallocs;
    cuda->advance(network, 8, chains, {workspace.get(), bytes});
    // Enqueued, not done.
    EXPECT_EQ(h.host(), std::vector<T>(start.begin(), start.end()));
    chains.from = 2;
    chains.to = 6;
    cuda->advance(network, 8, chains, {workspace.get(), bytes});
    EXPECT_EQ(simt::calls().mallocs, mallocs);
    ASSERT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    EXPECT_EQ(h.host(), std::vector<T>(wanted.begin(), wanted.end()));
    EXPECT_EQ(failed.host(), std::vector<std::int64_t>(draws, -1));

    if (bytes == 0) return;
    EXPECT_THROW(cuda->advance(network, 8, chains, {workspace.get(), bytes - 1}), OutOfMemory);
    EXPECT_THROW(cuda->advance(network, 8, chains, {nullptr, bytes}), InvalidArgument);
}

TEST_F(OnStreamTest, ChainsHaveTheNumbersOfAChunk) {
    has_the_numbers_of_a_chunk<float>(stream_,
                                      network_of(9, 7, Normalization::batch, Precision::float32));
    has_the_numbers_of_a_chunk<double>(stream_,
                                       network_of(6, 10, Normalization::none, Precision::float64));
    // Beyond the kernels that stay on chip.
    has_the_numbers_of_a_chunk<float>(stream_,
                                      network_of(4, 131, Normalization::batch, Precision::float32));
}

template <class T>
void has_the_ranks_of_given_matrices(CudaStream stream) {
    for (const auto& [rows, cols] : {std::pair<std::int64_t, std::int64_t>{5, 12}, {40, 34}}) {
        std::vector<T> values;
        for (std::int64_t i = 0; i < draws * rows * cols; ++i)
            values.push_back(static_cast<T>(std::sin(static_cast<double>(i * i % 1009))));
        const std::vector<double> wide(values.begin(), values.end());
        const std::vector<double> taus{0.05, 0.4, 1e-20};
        const auto ops = make_ops(0);
        const BatchView<const double> given{wide.data(), draws, rows, cols};
        const SoftRanks ranks = ops->soft_ranks(given, taus, SpectrumMethod::automatic);
        const Spectrum spectrum = ops->singular_values(given);

        const auto cuda = on_stream(stream, 0);
        const DeviceArray<T> h(values);
        const BatchView<const T> view{h.get(), draws, rows, cols};
        const std::int64_t bytes =
            std::max(cuda->soft_ranks_workspace(draws, rows, cols, taus, SpectrumMethod::automatic),
                     cuda->singular_values_workspace(draws, rows, cols));
        const DeviceArray<unsigned char> workspace(bytes);
        const std::int64_t mallocs = simt::calls().mallocs;
        const SoftRanks got =
            cuda->soft_ranks(view, taus, {workspace.get(), bytes}, SpectrumMethod::automatic);
        EXPECT_EQ(got.count, ranks.count);
        EXPECT_EQ(got.resolved, ranks.resolved);
        EXPECT_EQ(cuda->singular_values(view, {workspace.get(), bytes}).values, spectrum.values);
        EXPECT_EQ(simt::calls().mallocs, mallocs);
        EXPECT_THROW(
            (void)cuda->soft_ranks(view, taus, {workspace.get(), 256}, SpectrumMethod::automatic),
            OutOfMemory);
    }
}

TEST_F(OnStreamTest, MatricesHaveTheRanksAndSpectraThatOpsGive) {
    has_the_ranks_of_given_matrices<float>(stream_);
    has_the_ranks_of_given_matrices<double>(stream_);
}

std::set<std::string> library_calls() {
    std::set<std::string> calls;
    for (const auto& call : simt::libraries().batches)
        calls.insert(call.first);
    return calls;
}

// A method shows by the routines it calls; counts on chip call none.
template <class T>
void counts_by_every_method(CudaStream stream) {
    constexpr std::int64_t rows = 40, cols = 34;
    const std::vector<double> taus{0.05, 0.4};
    const std::pair<SpectrumMethod, std::set<std::string>> methods[] = {
        {SpectrumMethod::automatic, {}},
        {SpectrumMethod::count, {}},
        {SpectrumMethod::eigen, {"cublasDgemmStridedBatched", "cusolverDnXsyevBatched"}},
        {SpectrumMethod::svd, {"cublasDgeqrfBatched", "cusolverDnXsyevBatched"}}};
    std::vector<T> values;
    for (std::int64_t i = 0; i < draws * rows * cols; ++i)
        values.push_back(static_cast<T>(std::sin(static_cast<double>(i * i % 1009))));
    const std::vector<double> wide(values.begin(), values.end());
    const auto ranks =
        make_ops(0)->soft_ranks({wide.data(), draws, rows, cols}, taus, SpectrumMethod::automatic);
    const auto cuda = on_stream(stream, 0);
    const DeviceArray<T> h(values);
    const BatchView<const T> view{h.get(), draws, rows, cols};
    std::set<std::int64_t> needs;
    for (const auto& [method, calls] : methods) {
        const std::int64_t bytes = cuda->soft_ranks_workspace(draws, rows, cols, taus, method);
        needs.insert(bytes);
        const DeviceArray<unsigned char> workspace(bytes);
        simt::libraries() = {};
        const SoftRanks got = cuda->soft_ranks(view, taus, {workspace.get(), bytes}, method);
        EXPECT_EQ(library_calls(), calls) << name(method);
        EXPECT_EQ(got.count, ranks.count) << name(method);
        EXPECT_TRUE(got.margin.empty()) << name(method);  // proved
        EXPECT_THROW((void)cuda->soft_ranks(view, taus, {workspace.get(), bytes - 1}, method),
                     OutOfMemory);
    }
    EXPECT_EQ(needs.size(), 3);  // of `count` as of `automatic`
    simt::libraries() = {};
}

TEST_F(OnStreamTest, EveryMethodHasTheRanksAndTheWorkspaceOfItsOwn) {
    counts_by_every_method<float>(stream_);
    counts_by_every_method<double>(stream_);
}

TEST_F(OnStreamTest, AMatrixThatIsNotFiniteHasNoRank) {
    const auto cuda = on_stream(stream_, 0);
    const DeviceArray<float> h(
        std::vector<float>{1, 2, 3, std::numeric_limits<float>::quiet_NaN(), 1, 0, 0, 1});
    const std::vector<double> taus{0.1};
    const std::int64_t bytes = cuda->soft_ranks_workspace(2, 2, 2, taus, SpectrumMethod::automatic);
    const DeviceArray<unsigned char> workspace(bytes);
    const SoftRanks ranks = cuda->soft_ranks(BatchView<const float>{h.get(), 2, 2, 2}, taus,
                                             {workspace.get(), bytes}, SpectrumMethod::automatic);
    EXPECT_EQ(ranks.count, (std::vector<std::int64_t>{-1, 2}));
}

TEST_F(OnStreamTest, RefusesWhatMakesNoSense) {
    const auto cuda = on_stream(stream_, 0);
    Network network = network_of(4, 4, Normalization::batch, Precision::float32);
    CudaChains<float> chains;
    chains.draws = {0, 1};
    chains.to = 1;
    EXPECT_THROW(cuda->advance(network, 1, chains, {}), InvalidArgument);  // null arrays
    chains.draws.count = 0;
    EXPECT_NO_THROW(cuda->advance(network, 1, chains, {}));
    chains.from = 2;
    EXPECT_THROW(cuda->advance(network, 1, chains, {}), InvalidArgument);
    chains.from = 0;
    network.precision = Precision::float64;
    EXPECT_THROW(cuda->advance(network, 1, chains, {}), InvalidArgument);
    network.precision = Precision::float32;
    network.weights = Weights::orthogonal;
    EXPECT_THROW(cuda->advance(network, 1, chains, {}), InvalidArgument);
    EXPECT_THROW((void)cuda->advance_workspace(network), InvalidArgument);
    EXPECT_THROW((void)cuda->singular_values_workspace(-1, 2, 2), InvalidArgument);
    EXPECT_EQ(cuda->singular_values_workspace(0, 2, 2), 0);
    const std::vector<double> bad{-1.0};
    EXPECT_THROW((void)cuda->soft_ranks_workspace(1, 2, 2, bad, SpectrumMethod::automatic),
                 InvalidArgument);
    EXPECT_THROW((void)on_stream(stream_, 1), DeviceError);
}

void expect_named(const std::string& refused, const std::string& what) {
    EXPECT_NE(refused.find(what), std::string::npos) << "\"" << refused << "\", not " << what;
}

template <class T>
void refuses_matrices_of_odd_sizes(CudaOnStream::Backend& cuda) {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max(), side = (1LL << 31) - 1;
    const std::vector<double> taus{0.1};
    const T number = 1;
    for (const auto& [b, rows, cols] : {std::array<std::int64_t, 3>{-1, 2, 2},
                                        {2, -1, 2},
                                        {2, 2, -1},
                                        {-1, 0, 2},
                                        {most, most, 2},
                                        {most, 2, 2},
                                        {1, side + 1, 1},
                                        {1, 1, side + 1},
                                        {1, side, side},
                                        {most, 0, 2}}) {
        const std::string shape = "[" + std::to_string(b) + ", " + std::to_string(rows) + ", " +
                                  std::to_string(cols) + "]";
        const BatchView<const T> h{&number, b, rows, cols};
        expect_named(refusal([&] {
                         return cuda.soft_ranks_workspace(h.draws, h.rows, h.cols, taus,
                                                          SpectrumMethod::automatic);
                     }),
                     shape);
        expect_named(
            refusal([&] { return cuda.singular_values_workspace(h.draws, h.rows, h.cols); }),
            shape);
        expect_named(
            refusal([&] { return cuda.soft_ranks(h, taus, {}, SpectrumMethod::automatic); }),
            shape);
        expect_named(refusal([&] { return cuda.singular_values(h, {}); }), shape);
    }
}

TEST_F(OnStreamTest, RefusesMatricesOfOddSizesByName) {
    const auto cuda = on_stream(stream_, 0);
    refuses_matrices_of_odd_sizes<float>(*cuda);
    refuses_matrices_of_odd_sizes<double>(*cuda);
    // Not beyond counting: a matrix of 2^54 numbers, and its bytes.
    constexpr std::int64_t large = std::int64_t{1} << 27;
    for (const auto method :
         {SpectrumMethod::automatic, SpectrumMethod::eigen, SpectrumMethod::svd})
        EXPECT_GT(cuda->soft_ranks_workspace(1, large, large, std::vector{0.1}, method),
                  8 * large * large);
    const std::vector<double> many(1000, 0.1);
    try {
        (void)cuda->soft_ranks_workspace(std::int64_t{1} << 55, 1, 1, many,
                                         SpectrumMethod::automatic);
        ADD_FAILURE();
    } catch (const OutOfMemory& error) {
        expect_named(error.what(), "36028797018963968 matrices need");
    }
    // Of other matrices.
    const double numbers[4] = {};
    const std::int64_t bytes = cuda->singular_values_workspace(1, 2, 2);
    const DeviceArray<unsigned char> workspace(bytes);
    try {
        (void)cuda->singular_values(BatchView<const double>{numbers, 300, 40, 40},
                                    {workspace.get(), bytes});
        ADD_FAILURE();
    } catch (const OutOfMemory& error) {
        expect_named(error.what(), std::to_string(cuda->singular_values_workspace(300, 40, 40)));
    }
}

TEST_F(OnStreamTest, RefusesChainsOfOddSizesByName) {
    const auto cuda = on_stream(stream_, 0);
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    const auto refused = [&](const Network& network, DrawRange range) {
        double number = 0;
        std::int64_t one = 0;
        const CudaChains<double> chains{&number, range, 0, 1, &one, &one, &number};
        return refusal([&] { cuda->advance(network, 1, chains, {}); });
    };
    Network network = network_of(4, 4, Normalization::batch, Precision::float64);
    expect_named(refused(network, {-1, 1}), "-1 .. +1");
    expect_named(refused(network, {0, -1}), "0 .. +-1");
    expect_named(refused(network, {std::int64_t{1} << 56, 1}), "2^56");
    expect_named(refused(network, {most, most}), "2^56");
    expect_named(refused(network, {0, std::int64_t{1} << 31}), "at most 2147483647 a call");
    network.width = 1 << 16;
    network.batch = 1 << 18;
    EXPECT_GT(cuda->advance_workspace(network), 8 * network.width * network.batch);
    expect_named(refused(network, {0, 1 << 26}), "[65536, 262144]; allowed are at most 67108863");
    for (const std::int64_t size : {std::int64_t{-1}, std::int64_t{0}, most}) {
        network = network_of(size, 4, Normalization::batch, Precision::float64);
        expect_named(refused(network, {0, 1}), "width");
        expect_named(refusal([&] { return cuda->advance_workspace(network); }), "width");
        network = network_of(4, size, Normalization::batch, Precision::float64);
        expect_named(refused(network, {0, 1}), "batch");
        expect_named(refusal([&] { return cuda->advance_workspace(network); }), "batch");
    }
}

// Statistics of values that stay on the device: the host's, in a workspace that is just enough.
TEST_F(OnStreamTest, SummariesAreTheHosts) {
    const auto cuda = on_stream(stream_, 0);
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    for (const std::int64_t count : {0, 1, 2, 7, 1024}) {
        std::vector<double> rows[2];
        for (std::int64_t i = 0; i < count; ++i) {
            rows[0].push_back(i % 5 == 3 ? nan : std::floor(10 * std::sin(static_cast<double>(i))));
            rows[1].push_back(static_cast<double>(i % 3));
        }
        std::vector<double> all = rows[0];
        all.insert(all.end(), rows[1].begin(), rows[1].end());
        const DeviceArray<double> values(all);
        const std::int64_t bytes = cuda->summaries_workspace(2, count);
        const DeviceArray<unsigned char> workspace(bytes);
        const std::int64_t mallocs = simt::calls().mallocs;
        for (const bool integers : {true, false}) {
            const auto got =
                cuda->summaries(values.get(), 2, count, integers, {workspace.get(), bytes});
            ASSERT_EQ(got.size(), 2U);
            for (std::size_t q = 0; q < 2; ++q) {
                const Summary wanted = summarise(Series{rows[q], {}}, integers, 0);
                EXPECT_EQ(got[q].count, wanted.count);
                EXPECT_EQ(got[q].failed, wanted.failed);
                EXPECT_EQ(got[q].histogram, wanted.histogram);
                const auto numbers = [](const Summary& s) {
                    return std::vector<double>{s.mean, s.std,    s.stderr_, s.min, s.q05,
                                               s.q25,  s.median, s.q75,     s.q95, s.max};
                };
                const auto mine = numbers(got[q]), theirs = numbers(wanted);
                for (std::size_t i = 0; i < mine.size(); ++i) {
                    EXPECT_TRUE(mine[i] == theirs[i] ||
                                (std::isnan(mine[i]) && std::isnan(theirs[i])))
                        << count << " draws, number " << i << ": " << mine[i] << ", not "
                        << theirs[i];
                }
            }
        }
        EXPECT_EQ(simt::calls().mallocs, mallocs);
        EXPECT_THROW(
            (void)cuda->summaries(values.get(), 2, count, true, {workspace.get(), bytes - 1}),
            OutOfMemory);
    }
    const auto refused = [&](std::int64_t quantities, std::int64_t count) {
        return refusal([&] { return cuda->summaries_workspace(quantities, count); });
    };
    EXPECT_NE(refused(-1, 2).find("[-1, 2]"), std::string::npos);
    EXPECT_NE(refused(1, std::int64_t{1} << 31).find("2^31 - 1"), std::string::npos);
    EXPECT_NE(refused(std::int64_t{1} << 30, std::int64_t{1} << 30).find("2^48"),
              std::string::npos);
    const DeviceArray<unsigned char> workspace(cuda->summaries_workspace(1, 2));
    EXPECT_THROW((void)cuda->summaries(nullptr, 1, 2, false,
                                       {workspace.get(), cuda->summaries_workspace(1, 2)}),
                 InvalidArgument);
}

}  // namespace
}  // namespace rankchain::cuda
