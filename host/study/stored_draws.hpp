// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The chunks of a result file, read back.
#pragma once

#include "host/study/chunk_record.hpp"
#include "host/study/database.hpp"
#include <rankchain/study.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rankchain {

/// The chunks of a cell by first draw. InvalidArgument where they overlap or lack a layer.
/// `last_chunk`: rows after this one are not seen.
std::vector<DrawRange> read_ranges(Database& database, const Study& study, std::size_t cell,
                                   std::int64_t last_chunk);
/// Quantities first .. first + count - 1 at one recorded depth, in draw order, every checksum
/// verified. InvalidArgument names cell and draws of a damaged chunk, or that there are not
/// `draws`.
LayerDraws read_layer(Database& database, const Study& study, std::size_t cell,
                      std::size_t layer_index, std::size_t first, std::size_t count,
                      std::int64_t last_chunk, std::int64_t draws);
/// How many quantities of `draws` draws to hold at once.
std::size_t group_size(std::int64_t draws, std::size_t quantities);

}  // namespace rankchain
