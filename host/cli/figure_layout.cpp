// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/figure_layout.hpp"

#include "host/cli/console.hpp"

#include <algorithm>
#include <cmath>

namespace rankchain::cli {
namespace {

constexpr double margin_left = 108;   // tick labels and axis title
constexpr double margin_top = 84;     // title and subtitle
constexpr double margin_bottom = 84;  // tick labels and axis title
constexpr double panel_title = 30;
constexpr double gap_x = 112;
constexpr double gap_y = 134;
constexpr double key_line = 22;
constexpr double character = 8.8;
constexpr double key_sample = 6;  // characters

// What the key of a panel names, theory aside.
std::vector<std::string> names(const Panel& panel) {
    std::vector<std::string> list;
    for (const Series& series : panel.series) {
        if (series.in_key && !series.theory) list.push_back(series.name + series.colour);
    }
    return list;
}

struct KeySize {
    double width = 0;
    double height = 0;
};

KeySize key_size(const Figure& figure) {
    std::size_t longest = 0;
    std::size_t lines = 0;
    for (const Panel& panel : figure.panels) {
        std::size_t here = figure.notes.size();
        for (const Series& series : panel.series) {
            if (!series.in_key) continue;
            longest = std::max(longest, columns_of(series.name));
            ++here;
        }
        lines = std::max(lines, here);
    }
    for (const std::string& note : figure.notes) {
        longest = std::max(longest, columns_of(note));
    }
    return {std::max(160.0, character * (key_sample + static_cast<double>(longest))) + 24,
            key_line * static_cast<double>(lines)};
}

}  // namespace

void Range::add(double value, bool logarithmic) {
    if (!std::isfinite(value) || (logarithmic && !(value > 0))) return;
    min = std::min(min, value);
    max = std::max(max, value);
}

double place_of_zero(const Range& positive, double base) {
    const double decades = std::log(positive.max / positive.min) / std::log(base);
    return positive.min / std::pow(base, std::max(0.08 * decades, 0.12));
}

FigureLayout layout_of(const Figure& figure) {
    const std::size_t panels = figure.panels.size();
    const auto columns = static_cast<std::size_t>(figure.columns);
    const std::size_t rows = (panels + columns - 1) / columns;
    const double panel_width = panels > 1 ? 440 : 620;
    const double panel_height = panels > 1 ? 320 : 420;
    const double top = margin_top + (panels > 1 ? panel_title : 0);
    const KeySize key = key_size(figure);

    FigureLayout layout;
    layout.left = margin_left;
    layout.one_key = std::all_of(
        figure.panels.begin(), figure.panels.end(),
        [&](const Panel& panel) { return names(panel) == names(figure.panels.front()); });
    const double step_x = panel_width + gap_x + (layout.one_key ? 0 : key.width);
    const double step_y = panel_height + gap_y;
    layout.width = margin_left + static_cast<double>(columns) * step_x - gap_x +
                   (layout.one_key ? key.width : 0);
    layout.height = std::max(top + static_cast<double>(rows) * step_y - gap_y + margin_bottom,
                             top + key.height + margin_bottom);
    for (std::size_t i = 0; i < panels; ++i) {
        const std::size_t column = i % columns;
        const std::size_t row = i / columns;
        Frame frame;
        frame.left = margin_left + static_cast<double>(column) * step_x;
        frame.top = top + static_cast<double>(row) * step_y;
        frame.width = panel_width;
        frame.height = panel_height;
        frame.has_key = i == 0 || !layout.one_key;
        frame.key_left =
            (layout.one_key ? layout.width - key.width : frame.left + panel_width) + 16;
        layout.frames.push_back(frame);
    }
    return layout;
}

}  // namespace rankchain::cli
