// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Results -> curves.
#pragma once

#include "host/cli/commands.hpp"
#include "host/cli/figure.hpp"
#include <rankchain/study.hpp>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rankchain::cli {

/// What a `--metric` text means in a study: the distinct quantities that carry the name, in the
/// study's order. "" is the first quantity; `soft_rank` is every threshold, `spectrum` and
/// `lyapunov` are all their values. InvalidArgument lists what the study has.
std::vector<Quantity> select_quantities(const Study& study, std::string_view metric);

/// Place of `quantity` among the cell's, or -1.
std::ptrdiff_t find_quantity(const Cell& cell, const Quantity& quantity);

/// Mean and band of one quantity of one cell over its recorded layers; the median where values
/// span orders of magnitude, and a mean is the largest draw. Layers without a value are left out.
Series over_depth(const Results& results, std::size_t cell, const Quantity& quantity, Band band);

/// One point: the same at one layer, at x.
Point point_at(const Results& results, std::size_t cell, std::size_t layer_index,
               std::size_t quantity, double x, Band band);

/// What theory says of the quantity at the cell's recorded layers; no points where it says nothing.
Series theory_series(const Cell& cell, const Quantity& quantity, const std::string& rgb);

/// The line √d at these widths.
Series square_root(const std::set<double>& widths);

/// In words, for the key: what line and band are.
std::string band_note(const Quantity& quantity, Band band);

/// Does a logarithmic axis suit these recorded depths: spread over a factor 30 and mostly small?
bool wants_log_depth(const std::vector<std::int64_t>& layers);

/// Does a quantity span orders of magnitude by nature?
bool wants_log_value(const Quantity& quantity);

/// Is it a rank, whose axis begins at 0?
bool is_rank(const Quantity& quantity);

/// Every value of a spectrum at once?
bool is_family(const std::vector<Quantity>& quantities);

/// The name of a line in the key: what tells its cells apart, and the threshold where the figure
/// shows several.
std::string line_name(const std::string& cells, const Quantity& quantity, std::size_t quantities);

/// An axis title for quantities of one metric.
std::string axis_title(const std::vector<Quantity>& quantities);

/// Sets every panel's axes as asked, or as suits the data.
void choose_log(Figure& figure, LogAxes how, bool suits_x, bool suits_y, double base);

/// The figures behind `rankchain plot`.
Figure depth_figure(const Results& results, const std::string& title, const PlotArguments& how);
Figure width_figure(const Results& results, const std::string& title, const PlotArguments& how);

/// Shared settings, draws and seed: the line under a title.
std::string subtitle_of(const Results& results);

}  // namespace rankchain::cli
