// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Layers a second on a device, over all draws: linear chains, Gaussian weights, batch
// normalisation, d = N; timed as cuda_rate.hpp says. Markdown on standard output.
//
//   chain_cuda_bench [--query | COUNTS]
//
// --query names the device and ends.
// COUNTS has a line "PRECISION D INSTRUCTIONS" for what a warp issues a layer (kernel_report.sh).
// With it goes the bound of issue at the device's highest clock: four instructions a clock and
// multiprocessor, ceil(d / 16) warps a draw. Without a device: its reason, and exit code 3.
#include "bench/cuda_rate.hpp"
#include "kernels/backend/context.hpp"
#include "kernels/backend/large.hpp"
#include "kernels/chain_fused.cuh"
#include "kernels/input.cuh"
#include <rankchain/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace rankchain::cuda {
namespace {

// Chains of this shape on the device, d = N.
template <class T>
struct Chains {
    Chains(Memory& memory, std::int64_t d, std::int64_t draws)
        : h(memory, draws * d * d),
          failed(memory, draws),
          degenerate(memory, draws),
          log(memory, draws) {
        check(make_input<T>({1, 0, draws, d, d, false}, h.get(), nullptr), "make_input");
        const auto bytes = static_cast<std::size_t>(draws) * 8;
        check(cudaMemset(failed.get(), 0xff, bytes), "cudaMemset");  // -1
        check(cudaMemset(degenerate.get(), 0, bytes), "cudaMemset");
        check(cudaMemset(log.get(), 0, bytes), "cudaMemset");
        chain.draws = draws;
        chain.rows = chain.cols = chain.batch = static_cast<int>(d);
        chain.first = chain.rest = {static_cast<int>(d), T(1), false};
        chain.input = chain.output = h.get();
        chain.input_stride = d * d;
        chain.failed_layer = failed.get();
        chain.degenerate_rows = degenerate.get();
        chain.log_scale = log.get();
        chain.from = chain.to = 1;
    }

    // The next so many layers.
    const FusedChain<T>& next(std::int64_t layers) {
        chain.from = chain.to;
        chain.to += layers;
        return chain;
    }

    // A draw that failed would have stopped working.
    void require_all_alive() const {
        std::vector<std::int64_t> layers(static_cast<std::size_t>(chain.draws));
        check(cudaMemcpy(layers.data(), failed.get(), layers.size() * 8, cudaMemcpyDeviceToHost),
              "cudaMemcpy");
        for (const std::int64_t layer : layers) {
            if (layer != -1) throw DeviceError("a draw failed in layer " + std::to_string(layer));
        }
    }

    Buffer<T> h;
    Buffer<std::int64_t> failed, degenerate;
    Buffer<double> log;
    FusedChain<T> chain;
};

using Counts = std::map<std::pair<std::string, std::int64_t>, double>;

Counts read_counts(const char* path) {
    Counts counts;
    std::ifstream file(path);
    if (!file) throw InvalidArgument(std::string(path) + " cannot be read");
    std::string precision;
    std::int64_t d = 0;
    double instructions = 0;
    while (file >> precision >> d >> instructions)
        counts[{precision, d}] = instructions;
    return counts;
}

void print(const std::string& what, std::int64_t d, const Rate& rate, const std::string& rest) {
    std::printf("| %s | %lld | %.3g | %.3g to %.3g | %s |\n", what.c_str(),
                static_cast<long long>(d), rate.median, rate.low, rate.high, rest.c_str());
    (void)std::fflush(stdout);
}

// The goals are an H100's.
double goal(bool single, std::int64_t d) {
    if (single) return d == 32 ? 5e8 : (d == 64 ? 1.2e8 : 2.3e7);
    return d == 32 ? 4e8 : (d == 64 ? 6e7 : 8e6);
}

template <class T>
void bench_fused(Context& context, const Counts& counts, double issue) {
    const std::string precision = sizeof(T) == 4 ? "float32" : "float64";
    for (const std::int64_t d : {32, 64, 128}) {
        // Several blocks a multiprocessor, whatever the kernel.
        const std::int64_t draws = context.facts().multiprocessors * std::int64_t{4096} / d;
        for (const Arithmetic arithmetic : {Arithmetic::tensor, Arithmetic::plain}) {
            Chains<T> chains(context.memory(), d, draws);
            const bool tensor = arithmetic == Arithmetic::tensor;
            if (!can_advance(chains.next(1), arithmetic, context.shared_limit())) {
                std::printf("| %s %s | %lld | does not fit this device | | | |\n",
                            precision.c_str(), tensor ? "tensor" : "plain",
                            static_cast<long long>(d));
                continue;
            }
            const Rate rate = rate_of(draws, [&](std::int64_t layers) {
                check(advance_chain(chains.next(layers), arithmetic, nullptr), "advance_chain");
            });
            chains.require_all_alive();
            const auto count = counts.find({precision, d});
            const std::int64_t warps = (d + 15) / 16;
            const double bound = tensor && count != counts.end()
                                     ? issue / (static_cast<double>(warps) * count->second)
                                     : 0;
            print(precision + (tensor ? " tensor" : " plain"), d, rate,
                  share(rate.median, goal(sizeof(T) == 4, d)) + " | " + share(rate.median, bound));
        }
    }
}

// Beside the product alone, at the same batch: what is left of cuBLAS's rate.
template <class T>
void bench_large(Context& context, Queue& queue) {
    const std::string precision = sizeof(T) == 4 ? "float32" : "float64";
    for (const std::int64_t d : {256, 512, 1024}) {
        const LargeShape shape{d, d, d};
        const std::int64_t batch = LargeChain<T>::draws_at_once(shape);
        const std::int64_t draws = 4 * batch;
        Chains<T> chains(context.memory(), d, draws);
        LargeChain<T> large(context.memory(), queue.cublas(), nullptr, shape);
        const Rate rate =
            rate_of(draws, [&](std::int64_t layers) { large.advance(chains.next(layers)); });
        chains.require_all_alive();

        const Buffer<T> w(context.memory(), batch * d * d);
        const Buffer<T> z(context.memory(), batch * d * d);
        check(make_input<T>({2, 0, batch, d, d, false}, w.get(), nullptr), "make_input");
        const auto n = static_cast<int>(d);
        const T one = 1;
        const T zero = 0;
        const Rate product = rate_of(batch, [&](std::int64_t layers) {
            for (std::int64_t l = 0; l < layers; ++l) {
                if constexpr (sizeof(T) == 4) {
                    check(cublasSgemmStridedBatched(queue.cublas(), CUBLAS_OP_N, CUBLAS_OP_N, n, n,
                                                    n, &one, chains.h.get(), n, d * d, w.get(), n,
                                                    d * d, &zero, z.get(), n, d * d,
                                                    static_cast<int>(batch)),
                          "cublasSgemmStridedBatched");
                } else {
                    check(cublasDgemmStridedBatched(queue.cublas(), CUBLAS_OP_N, CUBLAS_OP_N, n, n,
                                                    n, &one, chains.h.get(), n, d * d, w.get(), n,
                                                    d * d, &zero, z.get(), n, d * d,
                                                    static_cast<int>(batch)),
                          "cublasDgemmStridedBatched");
                }
            }
        });
        print(precision + " large", d, rate, "| " + share(rate.median, product.median));
        print(precision + " cuBLAS product alone", d, product, "|");
    }
}

void run(const Counts& counts) {
    Context context(0);
    context.use();
    Queue queue(context.memory(), static_cast<cudaStream_t>(nullptr));
    query(context);
    (void)std::printf("\n");
    std::printf(
        "| path | d = N | layer.draws/s | 97 %% of the median | of the H100 goal | of the bound |\n"
        "|---|---|---|---|---|---|\n");
    const DeviceFacts& facts = context.facts();
    const double issue = 4.0 * facts.multiprocessors * 1e3 * kilohertz_of(facts);
    bench_fused<float>(context, counts, issue);
    bench_fused<double>(context, counts, issue);
    bench_large<float>(context, queue);
    bench_large<double>(context, queue);
    std::printf(
        "\nBound: issue, from the counts of instructions (fused); the rate of the product "
        "alone (large).\n");
}

}  // namespace
}  // namespace rankchain::cuda

int main(int argc, char** argv) {
    int count = 0;
    const cudaError_t status = cudaGetDeviceCount(&count);
    if (status != cudaSuccess || count == 0) {
        (void)std::fprintf(stderr, "chain_cuda_bench: no CUDA device: %s (%s)\n",
                           cudaGetErrorName(status), cudaGetErrorString(status));
        return 3;
    }
    try {
        if (argc > 1 && std::string(argv[1]) == "--query") {
            rankchain::cuda::query(rankchain::cuda::Context(0));
            return 0;
        }
        rankchain::cuda::run(argc > 1 ? rankchain::cuda::read_counts(argv[1])
                                      : rankchain::cuda::Counts());
    } catch (const std::exception& error) {
        (void)std::fprintf(stderr, "chain_cuda_bench: %s\n", error.what());
        return 1;
    }
    return 0;
}
