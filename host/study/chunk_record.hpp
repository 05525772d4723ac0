// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The samples of one chunk at one recorded depth as they stand in a result file
// (docs/result-file.md, table `chunks`).
#pragma once

#include "host/study/statistics.hpp"
#include <rankchain/array.hpp>
#include <rankchain/metrics.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rankchain {

/// Which samples: the key of a row, part of its checksum.
struct ChunkKey {
    std::int64_t cell = 0;
    std::int64_t layer_index = 0;
    DrawRange draws;
};

/// Blobs, little-endian; empty where every entry has its usual value (not resolved, not failed, no
/// degenerate rows, no undecided ranks).
struct ChunkRecord {
    std::span<const std::byte> values;           ///< quantity by quantity: int32 or float64 a draw
    std::span<const std::byte> resolved;         ///< bits [quantity, draw]
    std::span<const std::byte> failed_layers;    ///< int64 a draw
    std::span<const std::byte> spectrum_failed;  ///< bits [draw]
    std::span<const std::byte> degenerate_rows;  ///< int64 a draw
    std::span<const std::byte> margins;          ///< float64 [quantity, draw]: Samples::margin
};

/// The bytes behind a ChunkRecord.
struct ChunkBytes {
    std::vector<std::byte> values, resolved, failed_layers, spectrum_failed, degenerate_rows,
        margins;
    [[nodiscard]] ChunkRecord record() const {
        return {values, resolved, failed_layers, spectrum_failed, degenerate_rows, margins};
    }
};

/// CRC-32 (zlib) over the key and every blob with its length.
std::int64_t checksum(const ChunkKey& key, const ChunkRecord& record);

ChunkBytes encode(std::span<const Quantity> quantities, const Samples& samples);

/// Some quantities of consecutive chunks, put together in draw order.
struct LayerDraws {
    std::vector<Series> series;
    std::int64_t degenerate_rows = 0;  ///< over all draws
    std::int64_t draws = 0;
};

/// Appends the quantities first .. first + into.series.size() - 1 of a record. The lengths are
/// checked before anything is allocated; returns what is wrong, or nothing.
std::string decode(std::span<const Quantity> quantities, std::int64_t draws,
                   const ChunkRecord& record, std::size_t first, LayerDraws& into);

}  // namespace rankchain
