// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Layers a second of the CPU chain on one core, d = N (or N given), Gaussian weights; CPU time.
// `--benchmark_filter=parts` gives the same layers without random numbers, without norm, and so on.
#include "host/cpu/layer.hpp"
#include "host/cpu/product.hpp"
#include "host/cpu/weights.hpp"
#include "host/ops.hpp"
#include <rankchain/network.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace rankchain {
namespace {

void chain(benchmark::State& state, Network network, int threads) {
    const std::int64_t d = network.width;
    const std::int64_t draws = 8 * threads;
    // A few milliseconds a step, so that what surrounds the layers does not count.
    const std::int64_t layers = std::max<std::int64_t>(4, 5'000'000 / (d * d * network.batch + 1));
    network.depth = layers * 1'000'000;
    const auto ops = make_ops({Device::Kind::cpu, 0, threads});
    const auto chunk = ops->begin({network, {}, 1}, {0, draws});
    std::int64_t layer = 0;
    for (auto _ : state)
        chunk->advance(layer += layers);
    state.counters["layers/s"] = benchmark::Counter(
        static_cast<double>(state.iterations()) * static_cast<double>(layers * draws),
        benchmark::Counter::kIsRate);
}

// The parts of one layer of one draw.
template <class T>
struct Parts {
    explicit Parts(std::int64_t d)
        : d_(d),
          stride_(cpu::row_stride<T>(d)),
          w_(d * d),
          wide_(d * d),
          h_(d * stride_),
          z_(d * stride_) {
        cpu::fill_weights(which(), 0, d, w_.get(), d);
        for (std::int64_t k = 0; k < d * d; ++k)
            wide_.get()[k] = static_cast<T>(w_.get()[k]);
        for (std::int64_t i = 0; i < d; ++i) {
            for (std::int64_t j = 0; j < d; ++j) {
                h_.get()[i * stride_ + j] = wide_.get()[i * d + j];
            }
        }
    }
    [[nodiscard]] cpu::WeightMatrix which() const { return {Weights::gaussian, 1, 0, 1, d_, d_}; }

    void weights() {
        const std::int64_t step = cpu::panel_rows(d_, d_);
        for (std::int64_t i = 0; i < d_; i += step) {
            cpu::fill_weights(which(), i, std::min(step, d_ - i), w_.get(), d_);
        }
    }
    void product() {
        const std::int64_t step = cpu::panel_rows(d_, d_);
        for (std::int64_t i = 0; i < d_; i += step) {
            cpu::product({std::min(step, d_ - i), d_, d_, wide_.get() + i * d_, d_, h_.get(),
                          nullptr, stride_, T(1), z_.get() + i * stride_, stride_});
        }
    }
    void norm() {
        cpu::NormFaults faults;
        cpu::normalize<T>({Normalization::batch, 0.0, d_, false}, {h_.get(), d_, d_, stride_},
                          faults);
    }

  private:
    std::int64_t d_;
    std::int64_t stride_;
    cpu::Buffer<float> w_;
    cpu::Buffer<T> wide_;
    cpu::Buffer<T> h_;
    cpu::Buffer<T> z_;
};

template <class T>
void part(benchmark::State& state, std::int64_t d, void (Parts<T>::*what)()) {
    Parts<T> parts(d);
    for (auto _ : state) {
        (parts.*what)();
        benchmark::ClobberMemory();
    }
    state.counters["layers/s"] =
        benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

template <class T>
void add_parts(std::int64_t d, const char* precision) {
    const std::string tail = std::string("/") + precision + "/d:" + std::to_string(d);
    benchmark::RegisterBenchmark(("parts/weights" + tail).c_str(), part<T>, d, &Parts<T>::weights);
    benchmark::RegisterBenchmark(("parts/product" + tail).c_str(), part<T>, d, &Parts<T>::product);
    benchmark::RegisterBenchmark(("parts/batch" + tail).c_str(), part<T>, d, &Parts<T>::norm);
}

void add(const Network& network, int threads) {
    const std::string label =
        "chain/" + std::string(name(network.precision)) + "/" +
        std::string(name(network.normalization)) + "/" + std::string(name(network.activation)) +
        "/d:" + std::to_string(network.width) + "/threads:" + std::to_string(threads);
    auto* const registered = benchmark::RegisterBenchmark(label.c_str(), chain, network, threads);
    // One thread: its own CPU time, whatever else the machine does. Several: wall time.
    if (threads > 1) registered->MeasureProcessCPUTime()->UseRealTime();
}

void add_all() {
    for (const auto precision : {Precision::float32, Precision::float64}) {
        for (const std::int64_t d : {8, 16, 32, 64, 100, 128, 256, 512, 1024}) {
            Network network{.width = d, .batch = d};
            network.precision = precision;
            add(network, 1);
            if (precision == Precision::float32) {
                add_parts<float>(d, "float32");
            } else {
                add_parts<double>(d, "float64");
            }
        }
        for (const auto norm : {Normalization::batch_scale, Normalization::layer,
                                Normalization::rms, Normalization::none}) {
            Network network{.width = 64, .batch = 64, .normalization = norm};
            network.precision = precision;
            add(network, 1);
        }
        for (const auto act : {Activation::relu, Activation::leaky_relu, Activation::tanh,
                               Activation::gelu, Activation::sin, Activation::sign}) {
            Network network{.width = 64, .batch = 64, .activation = act};
            network.precision = precision;
            add(network, 1);
        }
        Network network{.width = 64, .batch = 64};
        network.precision = precision;
        add(network, 2);
    }
}

}  // namespace
}  // namespace rankchain

int main(int argc, char** argv) {
    rankchain::add_all();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
