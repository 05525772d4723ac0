// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Chains through the fused kernels as a test asks for them.
#pragma once

#include "host/entry_law.hpp"
#include "host/ops.hpp"
#include "kernels/chain_fused.cuh"
#include "tests/simt/device_array.hpp"
#include <rankchain/network.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::cuda {

template <class T>
LayerNumbers<T> numbers_of(const Network& network, std::int64_t cols) {
    const bool residual = std::isfinite(network.gamma) && cols == network.width;
    return {static_cast<int>(cols),
            static_cast<T>(network.scale.factor(cols) * (residual ? network.gamma : 1.0)),
            residual};
}

/// What a chain left.
template <class T>
struct Outcome {
    std::vector<T> h, p;
    std::vector<std::int64_t> failed_layer, degenerate_rows;
    std::vector<double> log_scale, log_scale_before;

    friend bool operator==(const Outcome& a, const Outcome& b) {
        return same_bits(a.h, b.h) && same_bits(a.p, b.p) && a.failed_layer == b.failed_layer &&
               a.degenerate_rows == b.degenerate_rows && same_bits(a.log_scale, b.log_scale);
    }
};

/// `network` from `from` on through each layer of `stops`, one by one.
template <class T>
struct ChainRun {
    Network network;
    std::int64_t input_rows = 0;
    std::int64_t draws = 1;
    std::uint64_t seed = 1;
    std::uint64_t first_draw = 0;
    Arithmetic arithmetic = Arithmetic::plain;
    const std::vector<float>* given = nullptr;
    bool shared_input = false;

    [[nodiscard]] FusedChain<T> fused() const {
        FusedChain<T> chain;
        chain.draws = draws;
        chain.rows = static_cast<int>(network.width);
        chain.cols = chain.batch = static_cast<int>(network.batch);
        chain.first = numbers_of<T>(network, input_rows);
        chain.rest = numbers_of<T>(network, network.width);
        chain.law = entry_law(network.weights);
        chain.seed = seed;
        chain.first_draw = first_draw;
        chain.norm = static_cast<Norm>(network.normalization);
        chain.act = static_cast<Act>(network.activation);
        chain.act_first = network.order == Order::act_norm;
        chain.eps = static_cast<T>(network.eps);
        return chain;
    }

    [[nodiscard]] Outcome<T> operator()(const std::vector<T>& input,
                                        const std::vector<std::int64_t>& stops) const {
        return through(
            [this](const FusedChain<T>& chain) {
                EXPECT_EQ(advance_chain(chain, arithmetic, nullptr), cudaSuccess);
            },
            input, stops);
    }

    /// By advance(FusedChain<T>), which enqueues on the null stream.
    template <class Advance>
    [[nodiscard]] Outcome<T> through(const Advance& advance, const std::vector<T>& input,
                                     const std::vector<std::int64_t>& stops) const {
        const auto count = static_cast<std::size_t>(draws);
        const std::int64_t size = network.width * network.batch;
        const DeviceArray<T> x(input), h(draws * size), p(draws * size);
        const DeviceArray<std::int64_t> failed(std::vector<std::int64_t>(count, -1)),
            degenerate(std::vector<std::int64_t>(count, 0));
        const DeviceArray<double> log(std::vector<double>(count, 0.0)),
            log_before(std::vector<double>(count, 0.0));
        const DeviceArray<float> w(given != nullptr ? *given : std::vector<float>(1));

        FusedChain<T> chain = fused();
        chain.given = given != nullptr ? w.get() : nullptr;
        chain.input = x.get();
        chain.input_stride = shared_input ? 0 : input_rows * network.batch;
        chain.output = h.get();
        chain.preactivation = p.get();
        chain.failed_layer = failed.get();
        chain.degenerate_rows = degenerate.get();
        chain.log_scale = log.get();
        chain.log_scale_before = log_before.get();
        for (const std::int64_t stop : stops) {
            chain.to = stop;
            advance(chain);
            chain.from = stop;
            chain.input = h.get();
            chain.input_stride = size;
        }
        return {h.host(),          p.host(),   failed.host(),
                degenerate.host(), log.host(), log_before.host()};
    }
};

/// The same on the CPU backend, in its own words. P of the last layer where `observe` says so.
template <class T>
Outcome<double> on_cpu(const Network& network, const std::vector<double>& input, std::int64_t draws,
                       std::uint64_t seed, std::int64_t layers, Observe observe) {
    ChainSpec spec;
    spec.network = network;
    spec.network.precision = sizeof(T) == 4 ? Precision::float32 : Precision::float64;
    spec.network.depth = layers;
    spec.input.kind = Input::Kind::given;
    spec.input.rows = static_cast<std::int64_t>(input.size()) / network.batch;
    spec.input.values = std::make_shared<const std::vector<double>>(input);
    spec.seed = seed;
    spec.observe = observe;
    const auto chunk = make_ops({Device::Kind::cpu, 0, 1})->begin(spec, {0, draws});
    chunk->advance(layers);
    Outcome<double> out;
    out.h.resize(static_cast<std::size_t>(draws * network.width * network.batch));
    chunk->observed({out.h.data(), draws, network.width, network.batch});
    for (const DrawStatus& status : chunk->measure({}).status) {
        out.failed_layer.push_back(status.failed_layer);
        out.degenerate_rows.push_back(status.degenerate_rows);
    }
    return out;
}

}  // namespace rankchain::cuda
