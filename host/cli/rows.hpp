// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The tidy view of a result: one row for each cell, depth and metric (docs/cli.md, "export").
#pragma once

#include <rankchain/study.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rankchain::cli {

/// The values of the columns width ... observe of a cell.
std::vector<std::string> cell_columns(const Cell& cell);

/// `width,batch,...`: the columns of a summary row, and of a row a draw.
const std::vector<std::string>& summary_columns();
const std::vector<std::string>& draw_columns();

/// The values of summary_columns().
std::vector<std::string> summary_values(const Cell& cell, std::size_t layer_index,
                                        std::size_t quantity, const Summary& summary);

/// Tidy CSV of all summaries, given to `write` piece by piece.
void write_summaries_csv(const Results& results,
                         const std::function<void(std::string_view)>& write);

}  // namespace rankchain::cli
