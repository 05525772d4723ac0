// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Where the parts of a figure stand, in pixels of an SVG; a PNG has twice as many.
#pragma once

#include "host/cli/figure.hpp"

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace rankchain::cli {

/// What values span; on a logarithmic axis only positive ones count.
struct Range {
    double min = std::numeric_limits<double>::infinity();
    double max = -std::numeric_limits<double>::infinity();

    void add(double value, bool logarithmic);
    [[nodiscard]] bool empty() const { return !(min <= max); }
};

/// Where depth 0 is drawn on a logarithmic axis: a step left of the smallest positive place.
double place_of_zero(const Range& positive, double base);

/// A panel's frame, and the upper left corner of its key.
struct Frame {
    double left = 0;
    double top = 0;
    double width = 0;
    double height = 0;
    double key_left = 0;
    bool has_key = true;
};

struct FigureLayout {
    double width = 0;
    double height = 0;
    double left = 0;            ///< of the titles
    bool one_key = true;        ///< the first panel's key serves all
    std::vector<Frame> frames;  ///< [panel]
};

FigureLayout layout_of(const Figure& figure);

}  // namespace rankchain::cli
