// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cli/figure.hpp"

#include <string>

namespace rankchain::cli {

/// The gnuplot script that draws the figure into `figure.svg` or `figure.png` of the working
/// folder. It holds its data.
std::string gnuplot_script(const Figure& figure, bool png);

}  // namespace rankchain::cli
