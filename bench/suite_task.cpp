// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/suite_task.hpp"

#include "bench/suite_npy.hpp"
#include <rankchain/weights.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>
#include <stdexcept>

namespace rankchain::bench {
namespace {

double wall_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

double cpu_now() {
    timespec now{};
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0)
        throw std::runtime_error("no CPU clock");
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

/// Chains whose weights and input are those of the files, which is compared bit by bit.
Chains given_chains(const Case& which, const Device& device, const Json& request,
                    std::int64_t& layers) {
    const auto weights_file = read_npy<float>(request.at("weights"));
    const auto input_file = read_npy<float>(request.at("input"));
    layers = weights_file.shape.at(0);
    const std::int64_t draws = weights_file.shape.at(1);
    const std::int64_t size = weights_file.shape.at(2) * weights_file.shape.at(3);
    std::vector<float> own(static_cast<std::size_t>(size));
    for (std::int64_t l = 0; l < layers; ++l) {
        for (std::int64_t b = 0; b < draws; ++b) {
            weights(which.network.weights, seed, static_cast<std::uint64_t>(b),
                    static_cast<std::uint32_t>(l + 1), weights_file.shape[2], weights_file.shape[3],
                    own);
            if (!std::equal(own.begin(), own.end(),
                            weights_file.values.begin() + (l * draws + b) * size))
                throw std::runtime_error("the weights of the file are not those of the seed");
        }
    }
    const Input input{.kind = Input::Kind::given,
                      .rows = input_file.shape.at(0),
                      .values = std::make_shared<const std::vector<double>>(
                          input_file.values.begin(), input_file.values.end())};
    return {which.network, input, seed, {0, draws}, device};
}

Stopwatch::Stopwatch() : wall_(wall_now()), cpu_(cpu_now()) {}

double Stopwatch::wall_s() const {
    return wall_now() - wall_;
}

double Stopwatch::cpu_s() const {
    return cpu_now() - cpu_;
}

Json Stopwatch::reply(double units) const {
    return {{"units", units}, {"wall_s", wall_s()}, {"cpu_s", cpu_s()}};
}

void burn(double share, const Stopwatch& watch) {
    const double until = (1 + share) * watch.cpu_s();
    while (watch.cpu_s() < until) {
    }
}

Case read_case(const Json& request) {
    Case which;
    which.kind = request.at("kind");
    which.threads = request.value("threads", 1);
    which.taus = request.value("tau", std::vector<double>{});
    which.network.precision = parse_precision(request.value("precision", "float32"));
    if (which.kind == "counts") {
        which.matrices = request.value("matrices", "");
        which.network.width = which.network.batch = request.at("n");
        return which;
    }
    if (which.kind != "layer" && which.kind != "study")
        throw Unsupported{"no cases of kind " + which.kind};
    Network& network = which.network;
    network.width = request.at("width");
    network.batch = request.at("batch");
    network.weights = parse_weights(request.value("weights", "gaussian"));
    network.normalization = parse_normalization(request.value("normalization", "batch"));
    network.activation = parse_activation(request.value("activation", "linear"));
    network.gamma = request.value("gamma", network.gamma);
    if (which.kind == "study") {
        network.depth = request.at("depth");
        which.points = request.at("depths");
        which.draws = request.at("draws");
    }
    return which;
}

}  // namespace rankchain::bench
