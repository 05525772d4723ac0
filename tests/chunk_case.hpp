// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Chains through the CPU backend's own interface, as tests look into them.
#pragma once

#include "host/ops.hpp"
#include <rankchain/weights.hpp>

#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

namespace rankchain {

constexpr Device cpu_with(int threads) {
    return {Device::Kind::cpu, 0, threads};
}

inline long double roundoff(Precision precision) {
    return precision == Precision::float32 ? 0x1p-24L : 0x1p-53L;
}

inline std::vector<double> observed(Chunk& chunk, std::int64_t rows, std::int64_t cols) {
    std::vector<double> out(static_cast<std::size_t>(chunk.draws().count * rows * cols));
    chunk.observed({out.data(), chunk.draws().count, rows, cols});
    return out;
}

inline std::vector<double> observed(Chunk& chunk, const ChainSpec& spec) {
    const std::int64_t rows =
        chunk.layer() == 0 ? input_rows(spec.network, spec.input) : spec.network.width;
    return observed(chunk, rows, spec.network.batch);
}

inline std::vector<float> weights_of(const ChainSpec& spec, std::int64_t draw, std::int64_t layer) {
    const std::int64_t rows = spec.network.width;
    const std::int64_t cols = layer == 1 ? input_rows(spec.network, spec.input) : rows;
    std::vector<float> w(static_cast<std::size_t>(rows * cols));
    weights(spec.network.weights, spec.seed, static_cast<std::uint64_t>(draw),
            static_cast<std::uint32_t>(layer), rows, cols, w);
    return w;
}

inline Input ramp(std::int64_t rows, std::int64_t cols) {
    auto values = std::make_shared<std::vector<double>>();
    for (std::int64_t k = 0; k < rows * cols; ++k) {
        values->push_back(std::cos(static_cast<double>(k * k)) + 0.3);
    }
    return {Input::Kind::given, rows, values};
}

}  // namespace rankchain
