// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/curves.hpp"

#include "host/cli/console.hpp"
#include "host/cli/labels.hpp"
#include "host/cli/run_view.hpp"
#include "host/cli/theory.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace rankchain::cli {
namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

bool same(const Quantity& a, const Quantity& b) {
    return a.metric == b.metric && a.index == b.index &&
           (a.tau == b.tau || (std::isnan(a.tau) && std::isnan(b.tau)));
}

std::vector<Quantity> all_quantities(const Study& study) {
    std::vector<Quantity> all;
    for (const Cell& cell : study.cells) {
        for (const Quantity& quantity : cell.quantities) {
            const bool known = std::any_of(all.begin(), all.end(), [&](const Quantity& other) {
                return same(quantity, other);
            });
            if (!known) all.push_back(quantity);
        }
    }
    return all;
}

bool answers_to(const Quantity& quantity, std::string_view metric) {
    return metric == name(quantity.metric) || metric == quantity.label() ||
           metric == quantity_name(quantity);
}

}  // namespace

std::vector<Quantity> select_quantities(const Study& study, std::string_view metric) {
    const std::vector<Quantity> all = all_quantities(study);
    if (all.empty()) throw InvalidArgument("the study records nothing");
    std::vector<Quantity> chosen;
    for (const Quantity& quantity : all) {
        const bool first = quantity.metric == all.front().metric &&
                           (quantity.index > 0 || same(quantity, all.front()));
        if (metric.empty() ? first : answers_to(quantity, metric)) {
            chosen.push_back(quantity);
        }
    }
    if (chosen.empty()) {
        std::string allowed;
        for (const Quantity& quantity : all) {
            // A spectrum goes by its one name here.
            const std::string text =
                quantity.index > 0 ? std::string(name(quantity.metric)) : quantity_name(quantity);
            if (quantity.index > 1) continue;
            allowed += (allowed.empty() ? "" : ", ") + text;
        }
        throw InvalidArgument("--metric \"" + std::string(metric) +
                              "\" is not in this result; it has: " + allowed);
    }
    return chosen;
}

std::ptrdiff_t find_quantity(const Cell& cell, const Quantity& quantity) {
    const auto found = std::find_if(cell.quantities.begin(), cell.quantities.end(),
                                    [&](const Quantity& other) { return same(quantity, other); });
    return found == cell.quantities.end() ? -1 : found - cell.quantities.begin();
}

Point point_at(const Results& results, std::size_t cell, std::size_t layer_index,
               std::size_t quantity, double x, Band band) {
    const Summary summary = results.summary(cell, layer_index, quantity);
    const Quantity& what = results.study().cells.at(cell).quantities.at(quantity);
    Point point{x, wants_log_value(what) ? summary.median : summary.mean, nothing, nothing};
    if (summary.count == 0) point.y = nothing;
    if (band == Band::quantiles) {
        point.low = summary.q05;
        point.high = summary.q95;
    } else if (band == Band::standard_error) {
        point.low = summary.mean - 2 * summary.stderr_;
        point.high = summary.mean + 2 * summary.stderr_;
    }
    return point;
}

Series over_depth(const Results& results, std::size_t cell, const Quantity& quantity, Band band) {
    Series series;
    const Cell& of = results.study().cells.at(cell);
    const std::ptrdiff_t at = find_quantity(of, quantity);
    if (at < 0) return series;
    for (std::size_t i = 0; i < of.layers.size(); ++i) {
        const Point point = point_at(results, cell, i, static_cast<std::size_t>(at),
                                     static_cast<double>(of.layers[i]), band);
        if (std::isfinite(point.y)) series.points.push_back(point);
    }
    return series;
}

std::string band_note(const Quantity& quantity, Band band) {
    std::string line = wants_log_value(quantity) ? "line: median" : "line: mean";
    switch (band) {
        case Band::quantiles:
            return line + "; band: 5 % to 95 %";
        case Band::standard_error:
            return line + "; band: ± 2 std. errors";
        case Band::none:
            return line + " over draws";
    }
    return line;
}

bool wants_log_depth(const std::vector<std::int64_t>& layers) {
    std::vector<std::int64_t> positive;
    std::copy_if(layers.begin(), layers.end(), std::back_inserter(positive),
                 [](std::int64_t l) { return l > 0; });
    if (positive.size() < 3) return false;
    const std::int64_t last = positive.back();
    return last / positive.front() >= 30 && positive[positive.size() / 2] < last / 4;
}

bool wants_log_value(const Quantity& quantity) {
    return quantity.metric == Metric::condition_number || quantity.metric == Metric::spectrum;
}

bool is_rank(const Quantity& quantity) {
    switch (quantity.metric) {
        case Metric::soft_rank:
        case Metric::rank_lower_bound:
        case Metric::numerical_rank:
        case Metric::stable_rank:
        case Metric::effective_rank:
            return true;
        default:
            return false;
    }
}

Series theory_series(const Cell& cell, const Quantity& quantity, const std::string& rgb) {
    Series series;
    series.colour = rgb;
    series.theory = true;
    if (const auto curve = theory_over_depth(cell, quantity, cell.layers)) {
        series.name = curve->name;
        for (std::size_t i = 0; i < cell.layers.size(); ++i) {
            if (!std::isfinite(curve->values[i])) continue;
            series.points.push_back(
                {static_cast<double>(cell.layers[i]), curve->values[i], NAN, NAN});
        }
    }
    return series;
}

bool is_family(const std::vector<Quantity>& quantities) {
    return quantities.size() > 1 && quantities.front().index > 0;
}

std::string line_name(const std::string& cells, const Quantity& quantity, std::size_t quantities) {
    if (quantities > 1) {
        return cells + (cells.empty() ? "τ = " : ", τ = ") + rounded(quantity.tau, 6);
    }
    return cells.empty() ? quantity_name(quantity) : cells;
}

std::string axis_title(const std::vector<Quantity>& quantities) {
    return quantities.size() == 1 || quantities.front().metric != Metric::soft_rank
               ? axis_title(quantities.front())
               : "soft rank,  #\\{i : σ_i^2 / N ≥ τ\\}";
}

void choose_log(Figure& figure, LogAxes how, bool suits_x, bool suits_y, double base) {
    const bool automatic = how == LogAxes::automatic;
    for (Panel& panel : figure.panels) {
        const bool x = automatic ? suits_x : how == LogAxes::x || how == LogAxes::both;
        const bool y = automatic ? suits_y : how == LogAxes::y || how == LogAxes::both;
        panel.x.log_base = x ? base : 0;
        panel.y.log_base = y ? base : 0;
    }
}

Series square_root(const std::set<double>& widths) {
    Series series;
    series.name = "√d";
    series.colour = "#555555";
    series.theory = true;
    for (const double width : widths) {
        series.points.push_back({width, std::sqrt(width), NAN, NAN});
    }
    return series;
}

std::string subtitle_of(const Results& results) {
    const Study& study = results.study();
    const std::int64_t least = least_draws(results);
    std::string text = common_settings(study.cells);
    text += "; " + (least < study.draws ? number(least) + " of " : "") + number(study.draws) +
            " draws, seed " + std::to_string(study.seed);
    return text;
}

}  // namespace rankchain::cli
