// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Nanoseconds a weight on one core: every instruction set this machine has, every law, panels of
// the shapes a chain asks for (`rows` rows of a matrix with `cols` columns at a time).
#include "host/cpu/weights.hpp"
#include <rankchain/network.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <hwy/highway.h>

namespace rankchain {
namespace {

void fill(benchmark::State& state, std::int64_t target, Weights law, std::int64_t rows,
          std::int64_t cols) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    std::vector<float> panel(static_cast<std::size_t>(rows * cols));
    cpu::WeightMatrix w{law, 1, 0, 1, cols, cols};
    for (auto _ : state) {
        for (std::int64_t row = 0; row + rows <= cols; row += rows) {
            cpu::fill_weights(w, row, rows, panel.data(), cols);
            benchmark::DoNotOptimize(panel.data());
            benchmark::ClobberMemory();
        }
        ++w.layer;
    }
    const double weights =
        static_cast<double>(state.iterations()) * static_cast<double>(cols / rows * rows * cols);
    state.counters["s_per_weight"] =
        benchmark::Counter(weights, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    hwy::SetSupportedTargetsForTest(0);
}

void add_cases() {
    struct Panel {
        std::int64_t rows, cols;
    };
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
        for (const Weights law : {Weights::gaussian, Weights::half_normal, Weights::uniform,
                                  Weights::uniform_positive, Weights::rademacher}) {
            for (const auto [rows, cols] :
                 {Panel{4, 32}, Panel{32, 32}, Panel{4, 33}, Panel{4, 128}, Panel{16, 1024}}) {
                const std::string label = std::string(hwy::TargetName(target)) + "/" +
                                          std::string(name(law)) + "/" + std::to_string(rows) +
                                          "x" + std::to_string(cols);
                benchmark::RegisterBenchmark(label.c_str(), fill, target, law, rows, cols);
            }
        }
    }
}

}  // namespace
}  // namespace rankchain

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    rankchain::add_cases();
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
