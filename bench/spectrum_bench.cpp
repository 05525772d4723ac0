// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Matrices a second on one thread: soft ranks from the Gram matrix against the singular values of
// H, and the Gram metrics, which need no spectrum.
#include "host/cpu/blas_threads.hpp"
#include "host/cpu/measure.hpp"
#include "host/cpu/spectrum.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>

namespace rankchain {
namespace {

/// A Gaussian matrix: its lambda_i spread over (0, 4), so that counts at 0.5 are typical.
std::vector<float> gaussian(std::int64_t n) {
    std::mt19937_64 random(1);
    std::normal_distribution<float> normal;
    std::vector<float> h(static_cast<std::size_t>(n * n));
    for (float& value : h)
        value = normal(random);
    return h;
}

/// The same with two equal rows: one lambda_i is zero, and no Gram matrix can tell.
std::vector<float> singular(std::int64_t n) {
    std::vector<float> h = gaussian(n);
    std::copy(h.begin(), h.begin() + n, h.end() - n);
    return h;
}

void measure(benchmark::State& state, const std::vector<float>& h,
             const std::vector<Quantity>& quantities) {
    const cpu::SingleBlasThread single;
    const std::int64_t n = state.range(0);
    const cpu::Observed<float> observed{
        .data = h.data(), .rows = n, .cols = n, .stride = n, .batch = n};
    std::vector<double> values(quantities.size());
    std::vector<std::uint8_t> resolved(quantities.size());
    DrawStatus status;
    for (auto _ : state) {
        cpu::measure(observed, quantities, values.data(), resolved.data(), 1, status);
        benchmark::DoNotOptimize(values.data());
    }
    state.SetItemsProcessed(state.iterations());
}

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

void soft_rank_by_gram(benchmark::State& state) {
    measure(state, gaussian(state.range(0)), {{Metric::soft_rank, 0.5, 0}});
}

/// The Gram matrix in vain, then the singular values of H.
void soft_rank_resolved(benchmark::State& state) {
    measure(state, singular(state.range(0)), {{Metric::soft_rank, 1e-15, 0}});
}

/// The singular values of H at once.
void soft_rank_by_svd(benchmark::State& state) {
    measure(state, gaussian(state.range(0)),
            {{Metric::soft_rank, 0.5, 0}, {Metric::numerical_rank, nan, 0}});
}

void stable_rank(benchmark::State& state) {
    measure(state, gaussian(state.range(0)), {{Metric::stable_rank, nan, 0}});
}

void rank_lower_bound(benchmark::State& state) {
    measure(state, gaussian(state.range(0)), {{Metric::rank_lower_bound, nan, 0}});
}

void sizes(benchmark::internal::Benchmark* benchmark) {
    for (const std::int64_t n : {8, 16, 32, 64, 128, 256})
        benchmark->Arg(n);
}

BENCHMARK(soft_rank_by_gram)->Apply(sizes);
BENCHMARK(soft_rank_resolved)->Apply(sizes);
BENCHMARK(soft_rank_by_svd)->Apply(sizes);
BENCHMARK(stable_rank)->Apply(sizes);
BENCHMARK(rank_lower_bound)->Apply(sizes);

}  // namespace
}  // namespace rankchain

BENCHMARK_MAIN();
