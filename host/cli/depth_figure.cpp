// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// `rankchain plot`, against depth: one line a cell, or for a spectrum one panel a cell.
#include "host/cli/console.hpp"
#include "host/cli/curves.hpp"
#include "host/cli/labels.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <cmath>
#include <set>

namespace rankchain::cli {
namespace {

constexpr std::size_t most_lines = 24;
constexpr std::size_t most_panels = 9;

// Named in the key once a panel.
void add_theory(Panel& panel, const Cell& cell, const Quantity& quantity, const std::string& rgb,
                std::set<std::string>& named) {
    Series series = theory_series(cell, quantity, rgb);
    if (series.points.empty()) return;
    series.in_key = named.insert(series.name).second;
    panel.series.push_back(series);
}

// Every value of a spectrum: a panel a cell, the values in an ordered ramp of colours.
void add_family_panels(Figure& figure, const Results& results,
                       const std::vector<Quantity>& quantities, const std::string& axis) {
    const std::vector<Cell>& cells = results.study().cells;
    const std::vector<std::string> labels = distinctions(cells);
    for (std::size_t c = 0; c < cells.size(); ++c) {
        Panel panel;
        panel.title = labels[c];
        panel.x.title = "depth ℓ (layers)";
        panel.y.title = axis;
        std::vector<Quantity> here;
        for (const Quantity& quantity : quantities) {
            if (find_quantity(cells[c], quantity) >= 0) here.push_back(quantity);
        }
        std::set<std::string> named;
        for (std::size_t i = 0; i < here.size(); ++i) {
            Series series = over_depth(results, c, here[i], Band::none);
            const double share =
                here.size() > 1 ? static_cast<double>(i) / static_cast<double>(here.size() - 1) : 0;
            series.name = quantity_name(here[i]);
            series.colour = ramp_colour(share);
            series.in_key = here.size() <= 8 || i == 0 || i + 1 == here.size() ||
                            (i % ((here.size() + 3) / 4) == 0 && i + 2 < here.size());
            panel.series.push_back(series);
        }
        for (const Quantity& quantity : here) {
            add_theory(panel, cells[c], quantity, "#777777", named);
        }
        if (!here.empty()) figure.panels.push_back(panel);
    }
    figure.columns = figure.panels.size() > 4 ? 3 : figure.panels.size() > 1 ? 2 : 1;
    figure.notes = {wants_log_value(quantities.front()) ? "lines: medians over draws"
                                                        : "lines: means over draws"};
}

}  // namespace

Figure depth_figure(const Results& results, const std::string& title, const PlotArguments& how) {
    const Study& study = results.study();
    const std::vector<Quantity> quantities = select_quantities(study, how.metric);
    Figure figure;
    figure.title = title;
    figure.subtitle = subtitle_of(results);
    const bool log_x = std::any_of(study.cells.begin(), study.cells.end(),
                                   [](const Cell& cell) { return wants_log_depth(cell.layers); });
    if (is_family(quantities)) {
        if (study.cells.size() > most_panels) {
            throw InvalidArgument("a spectrum needs a panel for each of " +
                                  number(static_cast<std::int64_t>(study.cells.size())) +
                                  " cells, more than 9; choose one value, such as --metric " +
                                  quantities.front().label());
        }
        add_family_panels(figure, results, quantities, axis_title(quantities.front()));
        choose_log(figure, how.log_axes, log_x, wants_log_value(quantities.front()), 10);
        return figure;
    }

    const std::vector<std::string> labels = distinctions(study.cells);
    Panel panel;
    panel.x.title = "depth ℓ (layers)";
    panel.y.title = axis_title(quantities);
    panel.y.from_zero = is_rank(quantities.front());
    Panel theory;  // drawn last, so named last in the key
    std::set<std::string> named;
    for (std::size_t c = 0; c < study.cells.size(); ++c) {
        for (const Quantity& quantity : quantities) {
            if (find_quantity(study.cells[c], quantity) < 0) continue;
            Series series = over_depth(results, c, quantity, how.band);
            series.name = line_name(labels[c], quantity, quantities.size());
            series.colour = colour(panel.series.size());
            series.mark = static_cast<int>(panel.series.size() / 7);
            panel.series.push_back(series);
            add_theory(theory, study.cells[c], quantity, series.colour, named);
        }
    }
    if (panel.series.size() > most_lines) {
        throw InvalidArgument("the figure would have " +
                              number(static_cast<std::int64_t>(panel.series.size())) +
                              " lines, more than 24; choose one with --metric, such as " +
                              quantity_name(quantities.front()) + ", or split the study");
    }
    panel.series.insert(panel.series.end(), theory.series.begin(), theory.series.end());
    figure.panels = {panel};
    figure.notes = {band_note(quantities.front(), how.band)};
    choose_log(figure, how.log_axes, log_x, wants_log_value(quantities.front()), 10);
    return figure;
}

}  // namespace rankchain::cli
