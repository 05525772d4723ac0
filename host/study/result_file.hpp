// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The layout of a result file (docs/result-file.md): what is written at its beginning and how it
// is read back. The chunks are appended by store.hpp and read by stored_draws.hpp.
#pragma once

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

}  // namespace rankchain
