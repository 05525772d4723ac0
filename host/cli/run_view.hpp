// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// A run with what a person at a terminal expects: signals, progress, a table at the end.
#pragma once

#include <rankchain/study.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

namespace rankchain::cli {

/// Runs; on SIGINT or SIGTERM says how to go on (`resume_hint`) and returns 130 or 143, else 0.
int run_watched(const Study& study, RunOptions options, bool quiet, const std::string& resume_hint);

/// A short table of a finished result: each cell at its last recorded depth.
std::string result_table(const Results& results);

/// The draws that every cell of a result has.
std::int64_t least_draws(const Results& results);

/// Says on standard error that a result is not finished, where it is not.
void tell_if_unfinished(const Results& results, const std::filesystem::path& file);

/// `text` in single quotes where a shell would take it apart.
std::string shell_word(const std::string& text);

}  // namespace rankchain::cli
