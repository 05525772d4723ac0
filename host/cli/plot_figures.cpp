// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The figures of `rankchain plot`: against depth, one line a cell; against width, one line for
// each set of cells that differ in width alone.
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

constexpr std::size_t most_lines = 24;
constexpr std::size_t most_panels = 9;

bool is_family(const std::vector<Quantity>& quantities) {
    return quantities.front().index > 0;
}

void choose_log(Figure& figure, LogAxes how, bool x_auto, bool y_auto, double base) {
    for (Panel& panel : figure.panels) {
        const bool x =
            how == LogAxes::automatic ? x_auto : how == LogAxes::x || how == LogAxes::both;
        const bool y =
            how == LogAxes::automatic ? y_auto : how == LogAxes::y || how == LogAxes::both;
        panel.x.log_base = x ? base : 0;
        panel.y.log_base = y ? base : 0;
    }
}

void add_theory(Panel& panel, const Cell& cell, const Quantity& quantity,
                const std::string& colour_of, std::set<std::string>& named) {
    const auto curve = theory_over_depth(cell, quantity, cell.layers);
    if (!curve) return;
    Series series;
    series.name = curve->name;
    series.colour = colour_of;
    series.theory = true;
    series.in_key = named.insert(curve->name).second;
    for (std::size_t i = 0; i < cell.layers.size(); ++i) {
        if (!std::isfinite(curve->values[i])) continue;
        series.points.push_back({static_cast<double>(cell.layers[i]), curve->values[i], NAN, NAN});
    }
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
        for (std::size_t i = 0; i < here.size(); ++i) {
            add_theory(panel, cells[c], here[i], "#777777", named);
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
    if (is_family(quantities) && quantities.size() > 1) {
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
    panel.y.title = axis_title(quantities.front());
    panel.y.from_zero = is_rank(quantities.front());
    if (quantities.size() > 1) panel.y.title = "soft rank,  #\\{i : σ_i^2 / N ≥ τ\\}";
    Panel theory;  // drawn last, so named last in the key
    std::set<std::string> named;
    for (std::size_t c = 0; c < study.cells.size(); ++c) {
        for (const Quantity& quantity : quantities) {
            if (find_quantity(study.cells[c], quantity) < 0) continue;
            Series series = over_depth(results, c, quantity, how.band);
            const std::string threshold =
                quantities.size() > 1 ? "τ = " + rounded(quantity.tau, 6) : "";
            series.name = labels[c];
            if (!threshold.empty()) series.name += (labels[c].empty() ? "" : ", ") + threshold;
            if (series.name.empty()) series.name = quantity_name(quantity);
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

Figure width_figure(const Results& results, const std::string& title, const PlotArguments& how) {
    const Study& study = results.study();
    const std::vector<Quantity> quantities = select_quantities(study, how.metric);
    if (is_family(quantities) && quantities.size() > 1) {
        throw InvalidArgument("--x width draws one value: choose one, such as --metric " +
                              quantities.front().label());
    }
    // Cells alike but for width (and a batch tied to it) are one line.
    std::vector<Cell> alike = study.cells;
    for (Cell& cell : alike) {
        cell.network.batch = cell.network.batch == cell.network.width ? 0 : cell.network.batch;
        cell.network.width = 0;
    }
    const std::vector<std::string> labels = distinctions(alike);

    Figure figure;
    figure.title = title;
    figure.subtitle = subtitle_of(results);
    Panel panel;
    panel.x.title = "width d (units)";
    panel.y.title = quantities.size() > 1 ? "soft rank,  #\\{i : σ_i^2 / N ≥ τ\\}"
                                          : axis_title(quantities.front());
    panel.y.from_zero = is_rank(quantities.front());
    std::set<double> widths;
    bool sqrt_law = false;
    for (const Quantity& quantity : quantities) {
        std::vector<std::string> groups;
        for (const std::string& label : labels) {
            if (std::find(groups.begin(), groups.end(), label) == groups.end()) {
                groups.push_back(label);
            }
        }
        for (const std::string& group : groups) {
            Series series;
            series.name = group;
            if (quantities.size() > 1) {
                series.name += (group.empty() ? "τ = " : ", τ = ") + rounded(quantity.tau, 6);
            }
            if (series.name.empty()) series.name = quantity_name(quantity);
            for (std::size_t c = 0; c < study.cells.size(); ++c) {
                const Cell& cell = study.cells[c];
                const std::ptrdiff_t at = find_quantity(cell, quantity);
                if (labels[c] != group || at < 0) continue;
                const std::int64_t layer = how.layer.value_or(cell.layers.back());
                const auto place = std::find(cell.layers.begin(), cell.layers.end(), layer);
                if (place == cell.layers.end()) {
                    throw InvalidArgument("--layer " + number(layer) +
                                          " is not among the recorded depths");
                }
                const Point point =
                    point_at(results, c, static_cast<std::size_t>(place - cell.layers.begin()),
                             static_cast<std::size_t>(at), static_cast<double>(cell.network.width),
                             how.band);
                if (!std::isfinite(point.y)) continue;
                widths.insert(point.x);
                sqrt_law = sqrt_law || follows_sqrt_width(cell, quantity);
                series.points.push_back(point);
            }
            std::sort(series.points.begin(), series.points.end(),
                      [](const Point& a, const Point& b) { return a.x < b.x; });
            series.colour = colour(panel.series.size());
            series.mark = static_cast<int>(panel.series.size() / 7);
            if (!series.points.empty()) panel.series.push_back(series);
        }
    }
    if (widths.size() < 2) {
        throw InvalidArgument("--x width needs a study over at least two widths; this one has " +
                              number(static_cast<std::int64_t>(widths.size())));
    }
    if (sqrt_law) {
        Series series;
        series.name = "√d";
        series.colour = "#555555";
        series.theory = true;
        for (const double width : widths) {
            series.points.push_back({width, std::sqrt(width), NAN, NAN});
        }
        panel.series.push_back(series);
    }
    if (how.layer) figure.subtitle += "; layer " + number(*how.layer);
    if (widths.size() <= 10) panel.x.ticks.assign(widths.begin(), widths.end());
    figure.panels = {panel};
    figure.notes = {band_note(quantities.front(), how.band)};
    const bool log = *widths.rbegin() / *widths.begin() >= 4;
    choose_log(figure, how.log_axes, log, log, 2);
    return figure;
}

}  // namespace rankchain::cli
