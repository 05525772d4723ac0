// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/console.hpp"
#include "host/cli/curves.hpp"
#include "host/cli/labels.hpp"
#include "host/cli/paper.hpp"
#include "host/cli/theory.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace rankchain::cli {
namespace {

constexpr const char* paper_title = "Daneshmand et al. 2020 (arXiv:2003.01652), ";

// Per-draw averages over the recorded layers, then mean and standard error over draws: layers of
// one chain are not independent, draws are.
struct Average {
    double mean = NAN;
    double error = NAN;
};

Average average_over_layers(const Results& results, std::size_t cell, std::size_t quantity) {
    const std::size_t layers = results.study().cells[cell].layers.size();
    std::vector<double> sums;
    for (std::size_t l = 0; l < layers; ++l) {
        const std::vector<double> values = results.draws(cell, l, quantity);
        sums.resize(values.size(), 0.0);
        for (std::size_t b = 0; b < values.size(); ++b) {
            sums[b] += values[b] / static_cast<double>(layers);
        }
    }
    std::erase_if(sums, [](double v) { return !std::isfinite(v); });
    const auto n = static_cast<double>(sums.size());
    if (sums.empty()) return {};
    double mean = 0;
    for (const double v : sums) {
        mean += v / n;
    }
    double squares = 0;
    for (const double v : sums) {
        squares += (v - mean) * (v - mean);
    }
    return {mean, std::sqrt(squares / (n - 1) / n)};
}

// The four curves of Figure 3a: (metric, gamma) -> width -> average.
using Curves = std::map<std::pair<bool, bool>, std::map<std::int64_t, Average>>;

Curves fig3a_curves(const std::vector<Results>& all) {
    Curves curves;
    for (const Results& results : all) {
        const std::vector<Cell>& cells = results.study().cells;
        for (std::size_t c = 0; c < cells.size(); ++c) {
            for (std::size_t q = 0; q < cells[c].quantities.size(); ++q) {
                const bool bound = cells[c].quantities[q].metric == Metric::rank_lower_bound;
                const bool residual = std::isfinite(cells[c].network.gamma);
                curves[{bound, residual}][cells[c].network.width] =
                    average_over_layers(results, c, q);
            }
        }
    }
    return curves;
}

std::string curve_name(const std::pair<bool, bool>& key) {
    return std::string(key.first ? "rank lower bound" : "soft rank, τ = 0.5") +
           (key.second ? ", γ = 0.01" : ", γ = ∞");
}

LineFit log_fit(const std::map<std::int64_t, Average>& curve) {
    std::vector<double> x;
    std::vector<double> y;
    for (const auto& [width, average] : curve) {
        x.push_back(std::log2(static_cast<double>(width)));
        y.push_back(std::log2(average.mean));
    }
    return fit_line(x, y);
}

}  // namespace

Figure fig2_figure(const std::vector<Results>& all) {
    const Results& results = all.front();
    const std::vector<Cell>& cells = results.study().cells;
    Figure figure;
    figure.title = std::string(paper_title) + "Figure 2: rank against depth";
    figure.subtitle = subtitle_of(results);
    figure.columns = 3;
    figure.notes = {band_note(cells.front().quantities.front(), Band::quantiles)};
    std::vector<Quantity> quantities = cells.front().quantities;
    std::sort(quantities.begin(), quantities.end(), [](const Quantity& a, const Quantity& b) {
        return a.metric == Metric::numerical_rank && b.metric != Metric::numerical_rank;
    });
    for (const Quantity& quantity : quantities) {
        for (const Activation activation :
             {Activation::linear, Activation::relu, Activation::tanh}) {
            Panel panel;
            panel.title = name(activation);
            panel.x = {"depth ℓ (layers)", 10, 0, 0, false, {}};
            panel.y = {axis_title(quantity), 0, -1, 34, true, {0, 8, 16, 24, 32}};
            Series theory;
            for (std::size_t c = 0; c < cells.size(); ++c) {
                if (cells[c].network.activation != activation) continue;
                const bool none = cells[c].network.normalization == Normalization::none;
                Series series = over_depth(results, c, quantity, Band::quantiles);
                series.name = none ? "no normalisation" : "batch normalisation";
                series.colour = colour(none ? 1 : 0);
                panel.series.push_back(series);
                if (none) theory = theory_series(cells[c], quantity, "#555555");
            }
            if (!theory.points.empty()) panel.series.push_back(theory);
            figure.panels.push_back(panel);
        }
    }
    return figure;
}

Figure fig3a_figure(const std::vector<Results>& all) {
    Figure figure;
    figure.title = std::string(paper_title) + "Figure 3a: rank against width";
    figure.subtitle = "d = N, scaling only, linear, gaussian weights, float64";
    Panel panel;
    panel.x = {"width d (units)", 2, 0, 0, false, {}};
    panel.y = {"mean rank of the hidden representation", 2, 0, 0, false, {}};
    std::set<double> widths;
    for (const auto& [key, curve] : fig3a_curves(all)) {
        const LineFit fit = log_fit(curve);
        Series series;
        series.name = curve_name(key);
        if (std::isfinite(fit.slope)) series.name += ", slope " + rounded(fit.slope, 3);
        series.colour = colour((key.first ? 2U : 0U) + (key.second ? 1U : 0U));
        series.mark = key.second ? 1 : 0;
        for (const auto& [width, average] : curve) {
            const auto x = static_cast<double>(width);
            series.points.push_back({x, average.mean, average.mean - 2 * average.error,
                                     average.mean + 2 * average.error});
            widths.insert(x);
        }
        panel.series.push_back(series);
    }
    panel.series.push_back(square_root(widths));
    panel.x.ticks.assign(widths.begin(), widths.end());
    figure.panels = {panel};
    figure.notes = {"line: mean; band: ± 2 std. errors"};
    return figure;
}

std::string fig3a_findings(const std::vector<Results>& all) {
    std::string text =
        "log2 of the mean rank against log2 d (ordinary least squares; the error is "
        "that of the residuals):\n";
    for (const auto& [key, curve] : fig3a_curves(all)) {
        const LineFit fit = log_fit(curve);
        text += "  " + curve_name(key) + ": slope " + rounded(fit.slope, 4) + " ± " +
                rounded(fit.slope_error, 2) + "\n";
        for (const auto& [width, average] : curve) {
            text += "    d = " + number(width) + ": mean " + rounded(average.mean, 5) + " ± " +
                    rounded(average.error, 2) + ", log2 " + rounded(std::log2(average.mean), 4) +
                    " ± " + rounded(average.error / average.mean / std::log(2.0), 2) + "\n";
        }
    }
    return text;
}

Figure fig3b_figure(const std::vector<Results>& all) {
    const Results& results = all.front();
    const std::vector<Cell>& cells = results.study().cells;
    Figure figure;
    figure.title = std::string(paper_title) + "Figure 3b: spectrum against depth";
    figure.subtitle = subtitle_of(results);
    figure.columns = 2;
    figure.notes = {"lines: medians over draws"};
    for (std::size_t c = 0; c < cells.size(); ++c) {
        const std::vector<Quantity>& values = cells[c].quantities;
        const bool none = cells[c].network.normalization == Normalization::none;
        Panel panel;
        panel.title = none ? "no normalisation" : "batch normalisation";
        panel.x = {"depth ℓ (layers)", 10, 0, 0, false, {}};
        panel.y = {axis_title(values.front()), 10, 1e-16, 100, false, {}};
        for (std::size_t i = 0; i < values.size(); ++i) {
            Series series = over_depth(results, c, values[i], Band::none);
            series.name = quantity_name(values[i]);
            series.colour =
                ramp_colour(static_cast<double>(i) / static_cast<double>(values.size() - 1));
            const std::int64_t index = values[i].index;
            series.in_key = index == 1 || (index & (index - 1)) == 0;
            panel.series.push_back(series);
        }
        bool named = false;
        for (const Quantity& value : values) {
            if (!none || (value.index & (value.index - 1)) != 0) continue;
            Series theory = theory_series(cells[c], value, "#333333");
            theory.in_key = !named;
            named = true;
            panel.series.push_back(theory);
        }
        figure.panels.push_back(panel);
    }
    return figure;
}

}  // namespace rankchain::cli
