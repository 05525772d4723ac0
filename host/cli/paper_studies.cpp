// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/paper.hpp"

namespace rankchain::cli {
namespace {

std::string filled(std::string text, const std::vector<std::pair<std::string, std::string>>& with) {
    for (const auto& [place, value] : with) {
        const std::size_t at = text.find(place);
        if (at != std::string::npos) text.replace(at, place.size(), value);
    }
    return text;
}

constexpr const char* fig2_text =
    R"(# Rank against depth, with and without batch normalisation (Figure 2).
# The "relu" of the authors' released code is tanh, so both are here.
seed  = 1
draws = @DRAWS

[network]
width         = 32
batch         = "width"
depth         = @DEPTH
weights       = "gaussian"
normalization = ["batch", "none"]
activation    = ["linear", "relu", "tanh"]
precision     = "float64"

[input]
kind = "gaussian"

[record]
depths    = "log:@POINTS"
soft_rank = [0.1]
metrics   = ["numerical_rank"]
)";

// The plain chain relaxes in some d layers: the ranks of d = 64 at layer 60 are still 3 % above
// where they settle.
constexpr const char* fig3a_plain_text =
    R"(# Rank against width, plain chain (Figure 3a, gamma = inf). It relaxes in a few times d layers; each
# draw is averaged over the recorded layers.
seed  = 1
draws = @DRAWS

[network]
width         = @WIDTHS
batch         = "width"
depth         = @DEPTH
weights       = "gaussian"
gamma         = inf
normalization = "batch-scale"
activation    = "linear"
precision     = "float64"

[input]
kind = "gaussian"

[record]
depths    = @LAYERS
soft_rank = [0.5]
metrics   = ["rank_lower_bound"]
keep      = "draws"
)";

// Mixing takes of the order of 1/gamma^2 = 10 000 layers.
constexpr const char* fig3a_residual_text =
    R"(# Rank against width, residual chain (Figure 3a, gamma = 0.01), from the identity. It mixes in some
# 1/gamma^2 = 10 000 layers; each draw is averaged over the recorded layers.
seed  = 1
draws = @DRAWS

[network]
width         = @WIDTHS
batch         = "width"
depth         = 80000
weights       = "gaussian"
gamma         = 0.01
normalization = "batch-scale"
activation    = "linear"
precision     = "float64"

[input]
kind = "identity"

[record]
depths    = [40000, 42000, 44000, 46000, 48000, 50000, 52000, 54000, 56000, 58000, 60000,
             62000, 64000, 66000, 68000, 70000, 72000, 74000, 76000, 78000, 80000]
soft_rank = [0.5]
metrics   = ["rank_lower_bound"]
keep      = "draws"
)";

constexpr const char* fig3b_text =
    R"(# Spectrum against depth, with and without batch normalisation (Figure 3b).
seed  = 1
draws = @DRAWS

[network]
width         = 32
batch         = "width"
depth         = @DEPTH
weights       = "gaussian"
normalization = ["batch", "none"]
activation    = "linear"
precision     = "float64"

[input]
kind = "gaussian"

[record]
depths  = "log:@POINTS"
metrics = ["spectrum"]
)";

}  // namespace

std::vector<PaperStudy> fig2_studies(PaperSize size) {
    const bool quick = size == PaperSize::quick;
    return {{"fig2", filled(fig2_text, {{"@DRAWS", size == PaperSize::full ? "1000"
                                                   : quick                 ? "20"
                                                                           : "100"},
                                        {"@DEPTH", quick ? "5000" : "50000"},
                                        {"@POINTS", quick ? "20" : "40"}})}};
}

std::vector<PaperStudy> fig3a_studies(PaperSize size) {
    const auto plain = [](const char* draws, const char* widths) {
        return PaperStudy{"fig3a-plain", filled(fig3a_plain_text,
                                                {{"@DRAWS", draws},
                                                 {"@WIDTHS", widths},
                                                 {"@DEPTH", "1000"},
                                                 {"@LAYERS", "[500, 600, 700, 800, 900, 1000]"}})};
    };
    const auto plain_wide = [](const char* draws) {
        return PaperStudy{
            "fig3a-plain-wide",
            filled(fig3a_plain_text, {{"@DRAWS", draws},
                                      {"@WIDTHS", "[128, 256]"},
                                      {"@DEPTH", "2000"},
                                      {"@LAYERS", "[1000, 1200, 1400, 1600, 1800, 2000]"}})};
    };
    const auto residual = [](const char* name, const char* draws, const char* widths) {
        return PaperStudy{name,
                          filled(fig3a_residual_text, {{"@DRAWS", draws}, {"@WIDTHS", widths}})};
    };
    switch (size) {
        case PaperSize::quick:
            return {plain("50", "[8, 16, 32, 64]"), residual("fig3a-residual", "8", "[8, 16, 32]")};
        case PaperSize::standard:
            return {plain("400", "[8, 16, 32, 64]"), plain_wide("32"),
                    residual("fig3a-residual", "48", "[8, 16, 32, 64]"),
                    residual("fig3a-residual-128", "8", "[128]"),
                    residual("fig3a-residual-256", "4", "[256]")};
        case PaperSize::full:
            return {plain("4000", "[8, 16, 32, 64]"), plain_wide("320"),
                    residual("fig3a-residual", "256", "[8, 16, 32, 64]"),
                    residual("fig3a-residual-128", "64", "[128]"),
                    residual("fig3a-residual-256", "32", "[256]")};
    }
    return {};
}

std::vector<PaperStudy> fig3b_studies(PaperSize size) {
    const bool quick = size == PaperSize::quick;
    return {{"fig3b", filled(fig3b_text, {{"@DRAWS", size == PaperSize::full ? "1000"
                                                     : quick                 ? "20"
                                                                             : "200"},
                                          {"@DEPTH", quick ? "1000" : "10000"},
                                          {"@POINTS", quick ? "20" : "40"}})}};
}

const std::vector<PaperFigure>& paper_figures() {
    static const std::vector<PaperFigure> figures{
        {"fig1", "rank at initialisation against training", nullptr, nullptr, nullptr},
        {"fig2", "rank against depth to 50 000, with and without batch normalisation", fig2_studies,
         fig2_figure, nullptr},
        {"fig3a", "rank against width, d = 8 to 256, plain and residual", fig3a_studies,
         fig3a_figure, fig3a_findings},
        {"fig3b", "spectrum against depth, with and without batch normalisation", fig3b_studies,
         fig3b_figure, nullptr},
        {"fig4", "pre-training for rank", nullptr, nullptr, nullptr},
        {"fig5", "centring, scaling, both, in training", nullptr, nullptr, nullptr},
        {"fig6", "an asymmetric initialisation against training", nullptr, nullptr, nullptr}};
    return figures;
}

}  // namespace rankchain::cli
