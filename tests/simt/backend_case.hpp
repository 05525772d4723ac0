// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Studies through a backend as a test asks for them.
#pragma once

#include "host/study/runner.hpp"
#include "tests/temporary.hpp"
#include <rankchain/study.hpp>

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::cuda {

/// A cell that measures whatever its network allows, at layers 0, 1 and its last. `columns`: the
/// cosines too, which keep a linear chain from being compressed.
inline Cell cell_of(const Network& network, const Input& input = {}, bool columns = true,
                    Observe observe = Observe::hidden) {
    Cell cell;
    cell.network = network;
    cell.input = input;
    cell.observe = observe;
    cell.layers = {0, 1, network.depth};
    std::vector<Metric> metrics{Metric::rank_lower_bound,  Metric::numerical_rank,
                                Metric::stable_rank,       Metric::effective_rank,
                                Metric::orthogonality_gap, Metric::isometry_gap,
                                Metric::condition_number,  Metric::spectrum};
    if (columns) metrics.push_back(Metric::mean_abs_cosine);
    if (network.normalization == Normalization::none && network.activation == Activation::linear) {
        metrics.push_back(Metric::lyapunov);
    }
    cell.quantities = expand(network, std::vector<double>{0.1, 0.5}, metrics);
    return cell;
}

inline Input given_input(std::int64_t rows, std::int64_t cols) {
    Input input;
    input.kind = Input::Kind::given;
    input.rows = rows;
    std::vector<double> values;
    for (std::int64_t i = 0; i < rows * cols; ++i)
        values.push_back(0.25 * static_cast<double>((i * 7919 + i * i) % 41 - 20));
    input.values = std::make_shared<const std::vector<double>>(values);
    return input;
}

/// A grid that meets every norm, activation, law, order, kind of input and precision, and every way
/// through the backend: fused and large kernels, weights from the host, compression.
inline std::vector<Cell> all_kinds_of_cells() {
    std::vector<Cell> cells;
    Network net;
    net.depth = 10;
    const auto add = [&](std::int64_t d, std::int64_t n, Normalization norm, Activation act,
                         Weights weights, Precision precision) -> Network& {
        net = Network{};
        net.depth = 10;
        net.width = d;
        net.batch = n;
        net.normalization = norm;
        net.activation = act;
        net.weights = weights;
        net.precision = precision;
        return net;
    };
    using N = Normalization;
    using A = Activation;
    const auto f32 = Precision::float32;
    const auto f64 = Precision::float64;
    const Input pairs{Input::Kind::duplicate_pairs, 0, {}};
    const Input shared{Input::Kind::gaussian_shared, 0, {}};
    const Input identity{Input::Kind::identity, 0, {}};

    cells.push_back(cell_of(add(8, 8, N::batch, A::linear, Weights::gaussian, f32)));
    cells.push_back(cell_of(add(7, 9, N::batch_center, A::relu, Weights::uniform, f64), pairs));
    add(16, 12, N::batch_scale, A::tanh, Weights::rademacher, f32).gamma = 0.5;
    cells.push_back(cell_of(net, shared));
    cells.push_back(cell_of(add(9, 17, N::layer, A::gelu, Weights::half_normal, f32), identity));
    add(12, 5, N::rms, A::leaky_relu, Weights::uniform_positive, f64).scale = {Scale::Kind::fan_in,
                                                                               1.0};
    cells.push_back(cell_of(net));
    cells.push_back(cell_of(add(6, 11, N::none, A::linear, Weights::gaussian, f32)));
    cells.push_back(cell_of(add(8, 8, N::batch, A::sin, Weights::orthogonal, f32)));
    cells.push_back(cell_of(add(10, 10, N::none, A::linear, Weights::orthogonal, f64)));
    add(8, 10, N::batch, A::relu, Weights::gaussian, f32).order = Order::act_norm;
    cells.push_back(cell_of(net, {}, true, Observe::preactivation));
    cells.push_back(cell_of(add(8, 6, N::batch, A::tanh, Weights::gaussian, f64),
                            given_input(11, 6), true, Observe::preactivation));
    cells.push_back(cell_of(add(6, 8, N::batch, A::sign, Weights::uniform, f32)));
    // Compressed: d to 5 columns from 40.
    cells.push_back(cell_of(add(5, 40, N::batch, A::linear, Weights::gaussian, f64), {}, false));
    cells.push_back(cell_of(add(5, 40, N::none, A::linear, Weights::uniform, f32), {}, false));
    add(5, 40, N::batch_scale, A::linear, Weights::gaussian, f32).gamma = 0.1;
    cells.push_back(cell_of(net, given_input(9, 40), false));
    // Beyond the fused kernels: in d, in N, and in d_in alone.
    add(130, 6, N::batch, A::relu, Weights::gaussian, f32).depth = 3;
    cells.push_back(cell_of(net));
    add(4, 131, N::layer, A::tanh, Weights::rademacher, f64).depth = 3;
    cells.push_back(cell_of(net));
    add(129, 5, N::batch, A::sin, Weights::orthogonal, f64).depth = 2;
    cells.push_back(cell_of(net));
    add(6, 7, N::batch, A::relu, Weights::gaussian, f32).depth = 5;
    cells.push_back(cell_of(net, given_input(140, 7)));
    return cells;
}

inline Study study_of(std::vector<Cell> cells, std::int64_t draws) {
    Study study;
    study.text = "# a test";
    study.seed = 11;
    study.draws = draws;
    study.keep_draws = true;
    study.cells = std::move(cells);
    return study;
}

/// Every value of a result file, the draws of one quantity side by side, and what was counted.
struct Numbers {
    std::vector<std::vector<double>> values;
    std::vector<std::int64_t> counts;

    explicit Numbers(const Results& results) {
        const Study& study = results.study();
        for (std::size_t c = 0; c < study.cells.size(); ++c) {
            for (std::size_t l = 0; l < study.cells[c].layers.size(); ++l) {
                for (std::size_t q = 0; q < study.cells[c].quantities.size(); ++q) {
                    values.push_back(results.draws(c, l, q));
                    const Summary summary = results.summary(c, l, q);
                    counts.insert(counts.end(),
                                  {summary.failed, summary.resolved, summary.degenerate_rows});
                }
            }
        }
    }
    /// Bit for bit.
    friend bool operator==(const Numbers& a, const Numbers& b) {
        if (a.values.size() != b.values.size() || a.counts != b.counts) return false;
        for (std::size_t i = 0; i < a.values.size(); ++i) {
            if (a.values[i].size() != b.values[i].size() ||
                std::memcmp(a.values[i].data(), b.values[i].data(),
                            a.values[i].size() * sizeof(double)) != 0) {
                return false;
            }
        }
        return true;
    }
};

/// The study on `ops`, in a file of its own.
inline Numbers run_on(Ops& ops, const Study& study, std::int64_t chunk = 0) {
    const TemporaryFolder folder(memory_folder());
    RunOptions options;
    options.result = folder.path() / "r.rankchain";
    options.chunk = chunk;
    EXPECT_TRUE(run(ops, study, options).finished);
    return Numbers(Results(options.result));
}

}  // namespace rankchain::cuda
