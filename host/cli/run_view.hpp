// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// A run with what a person at a terminal expects: signals, progress, a table at the end.
#pragma once

#include <rankchain/study.hpp>

#include <string>

namespace rankchain::cli {

/// Runs; on SIGINT or SIGTERM says how to go on (`resume_hint`) and returns 130 or 143, else 0.
int run_watched(const Study& study, RunOptions options, bool quiet, const std::string& resume_hint);

/// A short table of a finished result: each cell at its last recorded depth.
std::string result_table(const Results& results);

/// `text` in single quotes where a shell would take it apart.
std::string shell_word(const std::string& text);

}  // namespace rankchain::cli
