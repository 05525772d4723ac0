// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// A figure as data: panels of curves with bands. gnuplot.cpp draws it, figure_data() exports it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rankchain::cli {

struct Point {
    double x = 0;
    double y = 0;
    double low = 0;  ///< lower and upper edge of the band; NaN: none
    double high = 0;
};

struct Series {
    std::string name;
    std::vector<Point> points;
    std::string colour;   ///< "#rrggbb"
    bool theory = false;  ///< dashed and without marks
    bool in_key = true;
    int mark = 0;  ///< 0: a dot; others tell series of one colour apart
};

struct Axis {
    std::string title;          ///< gnuplot's enhanced text
    double log_base = 0;        ///< 0: linear
    double min = 0, max = 0;    ///< both 0: from the data
    bool from_zero = false;     ///< linear axes: show 0
    std::vector<double> ticks;  ///< empty: chosen by gnuplot
};

struct Panel {
    std::string title;
    Axis x, y;
    std::vector<Series> series;
};

struct Figure {
    std::string title;
    std::string subtitle;
    std::vector<std::string> notes;  ///< last lines of the key: what the band is, fits
    std::vector<Panel> panels;
    int columns = 1;
};

/// Colour-blind-safe colours (Okabe and Ito 2008), then the same again.
std::string colour(std::size_t index);
/// A colour of an ordered family, `position` from 0 to 1, dark to light.
std::string ramp_colour(double position);

/// CSV: panel,series,kind,x,y,low,high; kind is measured or theory.
std::string figure_data(const Figure& figure);

/// Draws into FILE.svg or FILE.png with gnuplot. InvalidArgument: another suffix. Error: gnuplot is
/// missing or fails; nothing is written then.
void draw(const Figure& figure, const std::filesystem::path& file);

/// InvalidArgument unless draw() could write this file.
void check_figure_path(const std::filesystem::path& file);

}  // namespace rankchain::cli
