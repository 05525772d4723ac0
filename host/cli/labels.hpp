// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What cells and quantities are called in tables and figures.
#pragma once

#include <rankchain/study.hpp>

#include <string>
#include <vector>

namespace rankchain::cli {

/// The settings of a cell in words, one each: "d = N = 32", "batch norm", "relu", ...
/// A setting that says nothing (gamma = inf, scale 1, eps 0) is "".
std::vector<std::string> settings(const Cell& cell);

/// For each cell, what tells it from the others, comma-separated; "" where nothing differs.
std::vector<std::string> distinctions(const std::vector<Cell>& cells);

/// What all cells share, comma-separated.
std::string common_settings(const std::vector<Cell>& cells);

/// soft_rank(0.1), rank_lower_bound, lambda_3
std::string quantity_name(const Quantity& quantity);

/// With formula, in gnuplot's enhanced text: an axis title.
std::string axis_title(const Quantity& quantity);

}  // namespace rankchain::cli
