// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What a run would take, by short chains of each kind of cell on the device itself.
#include "host/study/chunk_size.hpp"
#include "host/study/runner.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <chrono>
#include <vector>

namespace rankchain {
namespace {

constexpr double calibration_s = 4.0;  // over all cells
constexpr double cell_least_s = 0.01;
constexpr double cell_most_s = 0.25;

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

struct Rate {
    double per_layer_draw = 0;
    double per_measure_draw = 0;
};

// Some draws through the first layers, then one measurement, within about `budget` seconds.
Rate calibrate(Ops& ops, const Cell& cell, std::uint64_t seed, double budget) {
    Cell timed = cell;
    const std::int64_t draws =
        std::min<std::int64_t>(ChunkSize(ops, cell, seed, 0).next(std::int64_t{1} << 56),
                               8L * std::max(1, ops.info().threads));
    const auto chunk = ops.begin(chain_spec(timed, seed), {0, draws});
    Rate rate;
    const std::int64_t last = cell.layers.back();
    std::int64_t counted = 0;
    double spent = 0;
    for (std::int64_t step = 1; chunk->layer() < last && spent < budget; step *= 2) {
        const std::int64_t from = chunk->layer();
        const double start = now();
        chunk->advance(std::min(last, from + step));
        const double seconds = now() - start;
        spent += seconds;
        // The first layer warms up memory and threads; it counts only where it is all there is.
        if (from == 0 && last > 1 && spent < budget) continue;
        counted += chunk->layer() - from;
        rate.per_layer_draw += seconds;
    }
    if (counted > 0) rate.per_layer_draw /= static_cast<double>(counted * draws);
    const double start = now();
    (void)chunk->measure(cell.quantities);
    rate.per_measure_draw = (now() - start) / static_cast<double>(draws);
    return rate;
}

bool same_kind(const Cell& a, const Cell& b) {
    Network network = a.network;
    network.depth = b.network.depth;
    return network == b.network && a.input.kind == b.input.kind && a.input.rows == b.input.rows &&
           a.quantities.size() == b.quantities.size() && a.observe == b.observe;
}

std::int64_t result_bytes(const Study& study) {
    constexpr double row = 120;  // key, checksum, index entry, page overhead
    double bytes = 65536;
    for (const Cell& cell : study.cells) {
        double draw = 0;
        for (const Quantity& quantity : cell.quantities) {
            draw += is_integer(quantity.metric) ? 4 : 8;
        }
        const auto layers = static_cast<double>(cell.layers.size());
        const auto quantities = static_cast<double>(cell.quantities.size());
        bytes += layers * (draw * static_cast<double>(study.draws) * 1.02 + row);
        bytes += layers * quantities * 200;  // summary
    }
    return static_cast<std::int64_t>(std::min(bytes, 9e18));
}

}  // namespace

Estimate estimate(Ops& ops, const Study& study, const RunOptions& options) {
    const Study asked = checked_study(study, options);
    Estimate found;
    found.cells = static_cast<std::int64_t>(asked.cells.size());
    found.memory_free_bytes = ops.memory_free();
    found.result_bytes = result_bytes(asked);
    check_memory(ops, asked, options.chunk);
    const double budget =
        std::clamp(calibration_s / static_cast<double>(found.cells), cell_least_s, cell_most_s);
    std::vector<std::pair<const Cell*, Rate>> known;
    for (const Cell& cell : asked.cells) {
        const auto seen = std::find_if(known.begin(), known.end(), [&](const auto& entry) {
            return same_kind(*entry.first, cell);
        });
        const Rate rate =
            seen != known.end() ? seen->second : calibrate(ops, cell, asked.seed, budget);
        if (seen == known.end()) known.emplace_back(&cell, rate);
        const auto draws = static_cast<double>(asked.draws);
        const auto layers = static_cast<double>(cell.layers.back());
        const double draw_seconds = rate.per_layer_draw * layers +
                                    rate.per_measure_draw * static_cast<double>(cell.layers.size());
        found.layer_draws += layers * draws;
        found.seconds += draws * draw_seconds;
        ChunkSize size(ops, cell, asked.seed, options.chunk);
        if (draw_seconds > 0) size.measured(1, draw_seconds);
        const std::int64_t chunk = size.next(std::max<std::int64_t>(1, asked.draws));
        const std::int64_t bytes = bytes_for(memory_need(ops, cell, asked.seed), chunk);
        if (bytes > found.memory_bytes) {
            found.memory_bytes = bytes;
            found.chunk_draws = chunk;
        }
    }
    return found;
}

Estimate estimate(const Study& study, const RunOptions& options) {
    const auto ops = make_ops(options.device);
    return estimate(*ops, study, options);
}

}  // namespace rankchain
