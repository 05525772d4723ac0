// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// `rankchain plot --x width`: one line for each set of cells that differ in width alone.
#include "host/cli/console.hpp"
#include "host/cli/curves.hpp"
#include "host/cli/labels.hpp"
#include "host/cli/theory.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <cmath>
#include <set>

namespace rankchain::cli {
namespace {

// What tells the cells apart, width (and a batch tied to it) aside: cells of one name are one line.
std::vector<std::string> line_names(const Study& study) {
    std::vector<Cell> alike = study.cells;
    for (Cell& cell : alike) {
        if (cell.network.batch == cell.network.width) cell.network.batch = 0;
        cell.network.width = 0;
    }
    return distinctions(alike);
}

std::size_t layer_index(const Cell& cell, std::optional<std::int64_t> layer) {
    if (!layer) return cell.layers.size() - 1;
    const auto place = std::find(cell.layers.begin(), cell.layers.end(), *layer);
    if (place == cell.layers.end()) {
        std::string recorded;
        for (const std::int64_t one : cell.layers)
            recorded += (recorded.empty() ? "" : ", ") + number(one);
        throw InvalidArgument("--layer " + number(*layer) +
                              " is not among the recorded depths: " + recorded);
    }
    return static_cast<std::size_t>(place - cell.layers.begin());
}

// The points of the cells named `line`, by width.
Series over_width(const Results& results, const std::vector<std::string>& names,
                  const std::string& line, const Quantity& quantity, const PlotArguments& how) {
    Series series;
    series.name = line;
    const std::vector<Cell>& cells = results.study().cells;
    for (std::size_t c = 0; c < cells.size(); ++c) {
        const std::ptrdiff_t at = find_quantity(cells[c], quantity);
        if (names[c] != line || at < 0) continue;
        const Point point =
            point_at(results, c, layer_index(cells[c], how.layer), static_cast<std::size_t>(at),
                     static_cast<double>(cells[c].network.width), how.band);
        if (std::isfinite(point.y)) series.points.push_back(point);
    }
    std::sort(series.points.begin(), series.points.end(),
              [](const Point& a, const Point& b) { return a.x < b.x; });
    return series;
}

}  // namespace

Figure width_figure(const Results& results, const std::string& title, const PlotArguments& how) {
    const Study& study = results.study();
    const std::vector<Quantity> quantities = select_quantities(study, how.metric);
    if (is_family(quantities)) {
        throw InvalidArgument("--x width draws one value: choose one, such as --metric " +
                              quantities.front().label());
    }
    const std::vector<std::string> names = line_names(study);
    Panel panel;
    panel.x.title = "width d (units)";
    panel.y.title = axis_title(quantities);
    panel.y.from_zero = is_rank(quantities.front());
    std::set<double> widths;
    for (const Quantity& quantity : quantities) {
        for (std::size_t c = 0; c < names.size(); ++c) {
            const std::string& line = names[c];
            const auto first = std::find(names.begin(), names.end(), line);
            if (first - names.begin() != static_cast<std::ptrdiff_t>(c)) continue;
            Series series = over_width(results, names, line, quantity, how);
            if (series.points.empty()) continue;
            series.name = line_name(line, quantity, quantities.size());
            series.colour = colour(panel.series.size());
            series.mark = static_cast<int>(panel.series.size() / 7);
            for (const Point& point : series.points) {
                widths.insert(point.x);
            }
            panel.series.push_back(series);
        }
    }
    if (widths.size() < 2) {
        throw InvalidArgument("--x width needs a study over at least two widths; this one has " +
                              number(static_cast<std::int64_t>(widths.size())));
    }
    if (std::any_of(study.cells.begin(), study.cells.end(), [&](const Cell& cell) {
            return follows_sqrt_width(cell, quantities.front());
        })) {
        panel.series.push_back(square_root(widths));
    }
    if (widths.size() <= 10) panel.x.ticks.assign(widths.begin(), widths.end());

    Figure figure;
    figure.title = title;
    figure.subtitle = subtitle_of(results);
    if (how.layer) figure.subtitle += "; layer " + number(*how.layer);
    figure.panels = {panel};
    figure.notes = {band_note(quantities.front(), how.band)};
    const bool log = *widths.rbegin() / *widths.begin() >= 4;
    choose_log(figure, how.log_axes, log, log, 2);
    return figure;
}

}  // namespace rankchain::cli
