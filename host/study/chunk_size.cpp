// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/study/chunk_size.hpp"

#include <rankchain/error.hpp>

#include <limits>
#include <string>

namespace rankchain {
namespace {

constexpr double commit_interval_s = 1.5;
// Half: the machine has other uses for its memory, and the free amount is a moment's.
constexpr std::int64_t memory_share = 2;

}  // namespace

ChainSpec chain_spec(const Cell& cell, std::uint64_t seed) {
    const bool columns = std::any_of(
        cell.quantities.begin(), cell.quantities.end(),
        [](const Quantity& quantity) { return quantity.metric == Metric::mean_abs_cosine; });
    return {cell.network, cell.input, seed, cell.observe, columns};
}

MemoryNeed memory_need(const Ops& ops, const Cell& cell, std::uint64_t seed) {
    MemoryNeed need = ops.memory_need(chain_spec(cell, seed), cell.quantities);
    const auto layers = static_cast<std::int64_t>(cell.layers.size());
    const auto quantities = static_cast<std::int64_t>(cell.quantities.size());
    // A study records at most 10^7 numbers a draw, so this product is small.
    const std::int64_t samples =
        layers * (quantities * static_cast<std::int64_t>(2 * sizeof(double) + 1) +
                  static_cast<std::int64_t>(sizeof(DrawStatus)));
    if (__builtin_add_overflow(need.per_draw, samples, &need.per_draw)) {
        need.per_draw = std::numeric_limits<std::int64_t>::max();
    }
    return need;
}

double draw_work(const Cell& cell) {
    const Network& n = cell.network;
    const auto d = static_cast<double>(n.width);
    // A random weight costs about as much as 16 columns' share of the product.
    const double layer = d * d * (static_cast<double>(n.batch) + 16.0);
    const auto layers = static_cast<double>(cell.layers.empty() ? 0 : cell.layers.back());
    return layer * (layers + static_cast<double>(cell.layers.size()));
}

std::int64_t bytes_for(const MemoryNeed& need, std::int64_t draws) {
    std::int64_t bytes = 0;
    if (__builtin_mul_overflow(need.per_draw, draws, &bytes) ||
        __builtin_add_overflow(bytes, need.fixed, &bytes)) {
        return std::numeric_limits<std::int64_t>::max();
    }
    return bytes;
}

ChunkSize::ChunkSize(const Ops& ops, const Cell& cell, std::uint64_t seed, std::int64_t asked)
    : asked_(asked), threads_(std::max(1, ops.info().threads)) {
    const MemoryNeed need = memory_need(ops, cell, seed);
    const std::int64_t budget = ops.memory_free() / memory_share - need.fixed;
    most_ = std::max<std::int64_t>(1, budget / std::max<std::int64_t>(1, need.per_draw));
    if (asked_ > 0) most_ = asked_;
}

std::int64_t ChunkSize::next(std::int64_t left) const {
    std::int64_t size = asked_ > 0 ? asked_ : threads_;
    if (asked_ <= 0 && seconds_per_draw_ > 0) {
        const double fit = commit_interval_s / seconds_per_draw_;
        // A multiple of the threads, so that none of them waits at the end.
        const auto rounds =
            static_cast<std::int64_t>(std::min(fit / static_cast<double>(threads_), 1e15));
        size = std::max<std::int64_t>(1, rounds) * threads_;
    }
    return std::max<std::int64_t>(1, std::min({size, most_, left}));
}

void ChunkSize::measured(std::int64_t draws, double seconds) {
    seconds_per_draw_ = std::max(seconds, 1e-9) / static_cast<double>(draws);
}

void check_memory(const Ops& ops, const Study& study, std::int64_t asked) {
    const std::int64_t free = ops.memory_free();
    for (std::size_t i = 0; i < study.cells.size(); ++i) {
        const std::int64_t draws = std::max<std::int64_t>(1, std::min(asked, study.draws));
        const std::int64_t need = bytes_for(memory_need(ops, study.cells[i], study.seed), draws);
        if (need > free) {
            throw OutOfMemory("cell " + std::to_string(i) + " (width " +
                              std::to_string(study.cells[i].network.width) + ", batch " +
                              std::to_string(study.cells[i].network.batch) + ") needs " +
                              std::to_string(need) + " bytes for " +
                              (draws == 1 ? "one draw" : std::to_string(draws) + " draws") + "; " +
                              std::to_string(free) + " bytes are free on " + ops.info().name);
        }
    }
}

}  // namespace rankchain
