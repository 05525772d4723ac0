// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The built-in studies behind the figures of arXiv:2003.01652.
#pragma once

#include "host/cli/figure.hpp"
#include <rankchain/study.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace rankchain::cli {

/// A study file of a figure: NAME.toml beside its result.
struct PaperStudy {
    std::string name;
    std::string text;
};

enum class PaperSize { quick, standard, full };

struct PaperFigure {
    std::string_view name;
    std::string_view what;
    std::vector<PaperStudy> (*studies)(PaperSize size);  ///< null: comes with training
    Figure (*figure)(const std::vector<Results>& results);
    /// Lines to print under the figure: fits, with their errors.
    std::string (*findings)(const std::vector<Results>& results);
};

const std::vector<PaperFigure>& paper_figures();

std::vector<PaperStudy> fig2_studies(PaperSize size);
std::vector<PaperStudy> fig3a_studies(PaperSize size);
std::vector<PaperStudy> fig3b_studies(PaperSize size);
Figure fig2_figure(const std::vector<Results>& results);
Figure fig3a_figure(const std::vector<Results>& results);
Figure fig3b_figure(const std::vector<Results>& results);
std::string fig3a_findings(const std::vector<Results>& results);

}  // namespace rankchain::cli
