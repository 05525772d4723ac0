// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/figure.hpp"

#include "host/cli/console.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace rankchain::cli {
namespace {

std::string optional_number(double value) {
    return std::isnan(value) ? "" : number(value);
}

}  // namespace

std::string colour(std::size_t index) {
    constexpr std::array<const char*, 7> colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                 "#e69f00", "#56b4e9", "#333333"};
    return colours.at(index % colours.size());
}

std::string ramp_colour(double position) {
    // Knots of viridis (van der Walt and Smith 2015), its pale yellow end left out.
    constexpr std::array<std::array<double, 3>, 5> knots{
        {{68, 1, 84}, {59, 82, 139}, {33, 145, 140}, {94, 201, 98}, {173, 220, 48}}};
    const double place = std::clamp(position, 0.0, 1.0) * (knots.size() - 1);
    const auto below = std::min(static_cast<std::size_t>(place), knots.size() - 2);
    const double share = place - static_cast<double>(below);
    std::array<char, 8> text{};
    std::array<int, 3> rgb{};
    for (std::size_t c = 0; c < 3; ++c) {
        rgb[c] = static_cast<int>(
            std::lround((1 - share) * knots[below][c] + share * knots[below + 1][c]));
    }
    (void)std::snprintf(text.data(), text.size(), "#%02x%02x%02x", rgb[0] & 255, rgb[1] & 255,
                        rgb[2] & 255);
    return text.data();
}

std::string figure_data(const Figure& figure) {
    std::string text = "panel,series,kind,x,y,low,high\n";
    for (const Panel& panel : figure.panels) {
        for (const Series& series : panel.series) {
            for (const Point& point : series.points) {
                text += csv_field(panel.title) + "," + csv_field(series.name) + "," +
                        (series.theory ? "theory" : "measured") + "," + number(point.x) + "," +
                        number(point.y) + "," + optional_number(point.low) + "," +
                        optional_number(point.high) + "\n";
            }
        }
    }
    return text;
}

void check_figure_path(const std::filesystem::path& file) {
    const std::string suffix = file.extension().string();
    if (suffix != ".svg" && suffix != ".png") {
        throw InvalidArgument("figure " + file.string() +
                              ": the name must end in .svg or .png, which chooses the format");
    }
    check_writable(file);
}

}  // namespace rankchain::cli
