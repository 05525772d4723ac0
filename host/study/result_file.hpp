// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The layout of a result file (docs/result-file.md): what is written at its beginning and how it
// is read back. The chunks are appended by store.hpp.
#pragma once

#include "host/study/chunk_record.hpp"
#include "host/study/database.hpp"
#include <rankchain/study.hpp>

#include <map>
#include <string>
#include <vector>

namespace rankchain {

using Meta = std::map<std::string, std::string>;

/// Makes the tables and fills `meta`, `cells`, `layers` and `quantities`. Inside a transaction.
void write_layout(Database& database, const Study& study, const Meta& meta);
/// All of `meta`, with the checksum of what it and the description of the study say. Inside a
/// transaction.
void write_meta(Database& database, const Study& study, Meta meta);

/// Is it a result file that this program can read? InvalidArgument if not.
void check_layout(Database& database);
Meta read_meta(Database& database);
/// The study as far as the file tells: input values from a file are not kept, only their rows.
/// InvalidArgument where it does not fit its checksum.
Study read_study(Database& database, const Meta& meta);

/// A study field by field, for comparing two.
std::vector<std::pair<std::string, std::string>> describe(const Study& study);
/// CRC-32 of given input values; empty for the other kinds.
std::string input_digest(const Input& input);

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
