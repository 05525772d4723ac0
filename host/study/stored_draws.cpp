// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/study/stored_draws.hpp"

#include <rankchain/error.hpp>

#include <algorithm>
#include <string>

namespace rankchain {
namespace {

std::string where(std::size_t cell, DrawRange range) {
    std::int64_t last = 0;  // a damaged file may say anything
    if (__builtin_add_overflow(range.first, range.count - (range.count > 0 ? 1 : 0), &last)) {
        last = range.first;
    }
    return "cell " + std::to_string(cell) + ", draws " + std::to_string(range.first) + " to " +
           std::to_string(last);
}

}  // namespace

std::vector<DrawRange> read_ranges(Database& database, const Study& study, std::size_t cell,
                                   std::int64_t last_chunk) {
    Statement rows(database,
                   "SELECT first_draw, min(count), max(count), count(*) FROM chunks "
                   "WHERE cell = ? AND chunk <= ? GROUP BY first_draw ORDER BY first_draw");
    rows.bind(1, static_cast<std::int64_t>(cell)).bind(2, last_chunk);
    std::vector<DrawRange> ranges;
    const auto layers = static_cast<std::int64_t>(study.cells.at(cell).layers.size());
    std::int64_t end = 0;
    while (rows.step()) {
        const DrawRange range{rows.integer(0), rows.integer(1)};
        constexpr std::int64_t limit = std::int64_t{1} << 56;
        if (range.first < end || range.count < 1 || range.count > limit ||
            range.first > limit - range.count) {
            damaged(database, where(cell, range) + ": draws stored twice, or out of range");
        }
        if (rows.integer(2) != range.count || rows.integer(3) != layers) {
            damaged(database, where(cell, range) + ": a recorded depth is missing");
        }
        end = range.first + range.count;
        ranges.push_back(range);
    }
    return ranges;
}

LayerDraws read_layer(Database& database, const Study& study, std::size_t cell,
                      std::size_t layer_index, std::size_t first, std::size_t count,
                      std::int64_t last_chunk, std::int64_t draws) {
    Statement rows(database,
                   "SELECT first_draw, count, \"values\", resolved, failed_layers, "
                   "spectrum_failed, degenerate_rows, margins, checksum FROM chunks "
                   "WHERE cell = ? AND layer_index = ? AND chunk <= ? ORDER BY first_draw");
    rows.bind(1, static_cast<std::int64_t>(cell));
    rows.bind(2, static_cast<std::int64_t>(layer_index)).bind(3, last_chunk);
    LayerDraws found;
    found.series.resize(count);
    while (rows.step()) {
        const ChunkKey key{static_cast<std::int64_t>(cell),
                           static_cast<std::int64_t>(layer_index),
                           {rows.integer(0), rows.integer(1)}};
        const ChunkRecord record{rows.blob(2), rows.blob(3), rows.blob(4),
                                 rows.blob(5), rows.blob(6), rows.blob(7)};
        if (checksum(key, record) != rows.integer(8)) {
            damaged(database, where(cell, key.draws) + ", recorded depth " +
                                  std::to_string(study.cells.at(cell).layers.at(layer_index)) +
                                  ": the checksum does not fit");
        }
        const std::string wrong =
            decode(study.cells.at(cell).quantities, key.draws.count, record, first, found);
        if (!wrong.empty()) damaged(database, where(cell, key.draws) + ": " + wrong);
    }
    if (found.draws != draws) {
        damaged(database, "cell " + std::to_string(cell) + ", recorded depth " +
                              std::to_string(study.cells.at(cell).layers.at(layer_index)) +
                              " has " + std::to_string(found.draws) + " draws of " +
                              std::to_string(draws));
    }
    return found;
}

std::size_t group_size(std::int64_t draws, std::size_t quantities) {
    constexpr std::int64_t budget = std::int64_t{256} << 20;
    constexpr auto bytes = static_cast<std::int64_t>(sizeof(double) + 1);
    const std::int64_t fit = budget / (std::max<std::int64_t>(draws, 1) * bytes);
    return std::clamp<std::size_t>(static_cast<std::size_t>(std::max<std::int64_t>(fit, 1)), 1,
                                   std::max<std::size_t>(quantities, 1));
}

}  // namespace rankchain
