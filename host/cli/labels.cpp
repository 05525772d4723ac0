// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/labels.hpp"

#include "host/cli/console.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace rankchain::cli {
namespace {

// Places in settings().
constexpr std::size_t depth_field = 2;
constexpr std::size_t input_field = 12;  // then its offset and its standardisation

std::string norm_words(Normalization value) {
    switch (value) {
        case Normalization::batch:
            return "batch norm";
        case Normalization::batch_center:
            return "centring only";
        case Normalization::batch_scale:
            return "scaling only";
        case Normalization::layer:
            return "layer norm";
        case Normalization::rms:
            return "RMS norm";
        case Normalization::none:
            return "no norm";
    }
    return std::string(name(value));
}

std::string scale_words(const Scale& scale) {
    if (scale.kind == Scale::Kind::fan_in) return "scale 1/√fan-in";
    if (scale.kind == Scale::Kind::he) return "scale √(2/fan-in)";
    return scale.number == 1.0 ? "" : "scale " + rounded(scale.number);
}

// `KIND PATH OFFSET[ row| column]` of a file (Cell::input_text) in three parts; else the kind
// alone.
std::vector<std::string> input_words(std::string text) {
    if (text.find(' ') == std::string::npos) return {"input " + text, "", ""};
    std::string standardise = "not standardised";
    for (const std::string what : {"row", "column"}) {
        if (!text.ends_with(" " + what)) continue;
        text.resize(text.size() - what.size() - 1);
        standardise = what + "s standardised";
    }
    const std::size_t offset = text.rfind(' ');
    return {"input " + text.substr(0, offset), "offset" + text.substr(offset), standardise};
}

// Of `input KIND PATH` the path without its folders.
std::string short_input(const std::string& words) {
    const std::size_t slash = words.rfind('/');
    const std::size_t path = words.find(' ', words.find(' ') + 1);
    if (slash == std::string::npos || path == std::string::npos || slash < path) return words;
    return words.substr(0, path + 1) + words.substr(slash + 1);
}

// The settings of many cells, files by their names alone where those tell them apart.
std::vector<std::vector<std::string>> all_settings(const std::vector<Cell>& cells) {
    std::vector<std::vector<std::string>> all;
    all.reserve(cells.size());
    std::set<std::string> inputs;
    std::set<std::string> shortened;
    for (const Cell& cell : cells) {
        all.push_back(settings(cell));
        inputs.insert(all.back()[input_field]);
        shortened.insert(short_input(all.back()[input_field]));
    }
    if (shortened.size() < inputs.size()) return all;
    for (std::vector<std::string>& words : all)
        words[input_field] = short_input(words[input_field]);
    return all;
}

void append(std::string& list, const std::string& item) {
    if (item.empty()) return;
    if (!list.empty()) list += ", ";
    list += item;
}

}  // namespace

std::vector<std::string> settings(const Cell& cell) {
    const Network& n = cell.network;
    const bool square = n.width == n.batch;
    const std::vector<std::string> input = input_words(cell.input_text);
    return {square ? "d = N = " + number(n.width) : "d = " + number(n.width),
            square ? "" : "N = " + number(n.batch),
            "depth " + number(n.depth),
            norm_words(n.normalization),
            std::string(name(n.activation)),
            std::string(name(n.weights)) + " weights",
            scale_words(n.scale),
            "γ = " + (std::isinf(n.gamma) ? "∞" : rounded(n.gamma)),
            n.order == Order::act_norm ? "act-norm" : "norm-act",
            "ε = " + rounded(n.eps),
            std::string(name(n.precision)),
            cell.observe == Observe::preactivation ? "pre-activations" : "hidden",
            input[0],
            input[1],
            input[2]};
}

std::vector<std::string> distinctions(const std::vector<Cell>& cells) {
    std::vector<std::string> labels(cells.size());
    if (cells.empty()) return labels;
    const std::vector<std::vector<std::string>> all = all_settings(cells);
    for (std::size_t field = 0; field < all.front().size(); ++field) {
        const bool differs = std::any_of(all.begin(), all.end(), [&](const auto& words) {
            return words[field] != all.front()[field];
        });
        if (!differs) continue;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            append(labels[i], all[i][field]);
        }
    }
    return labels;
}

std::string common_settings(const std::vector<Cell>& cells) {
    if (cells.empty()) return "";
    const std::vector<std::vector<std::string>> all = all_settings(cells);
    const std::vector<std::string>& first = all.front();
    const std::vector<std::string> usual = settings(Cell{});
    std::string list;
    for (std::size_t field = 0; field < first.size(); ++field) {
        const bool same = std::all_of(all.begin(), all.end(), [&](const auto& words) {
            return words[field] == first[field];
        });
        // From the seventh on (scale, gamma, ...) only what is unusual is worth a word; the depth
        // is on the axis.
        const bool worth = field < 6 || field == input_field ||
                           (first[field] != usual[field] && first[field] != "offset 0" &&
                            first[field] != "not standardised");
        if (same && worth && field != depth_field) append(list, first[field]);
    }
    return list;
}

std::string quantity_name(const Quantity& quantity) {
    return quantity.metric == Metric::soft_rank ? "soft_rank(" + number(quantity.tau) + ")"
                                                : quantity.label();
}

std::string axis_title(const Quantity& quantity) {
    switch (quantity.metric) {
        case Metric::soft_rank:
            return "soft rank,  #\\{i : σ_i^2 / N ≥ " + rounded(quantity.tau, 6) + "\\}";
        case Metric::rank_lower_bound:
            return "rank lower bound,  tr(M)^2 / ‖M‖_F^2";
        case Metric::numerical_rank:
            return "numerical rank,  #\\{i : σ_i > σ_1 max(d, N) ε\\}";
        case Metric::stable_rank:
            return "stable rank,  ‖H‖_F^2 / σ_1^2";
        case Metric::effective_rank:
            return "effective rank,  exp(−Σ p_i ln p_i)";
        case Metric::orthogonality_gap:
            return "orthogonality gap,  ‖H^TH / ‖H‖_F^2 − I / N‖_F";
        case Metric::isometry_gap:
            return "isometry gap,  ln mean λ − mean ln λ";
        case Metric::mean_abs_cosine:
            return "mean |cos| between samples";
        case Metric::condition_number:
            return "condition number,  σ_1 / σ_n";
        case Metric::spectrum:
            return "eigenvalues λ_i of  M = H H^T / N";
        case Metric::lyapunov:
            return "Lyapunov exponents,  (1/ℓ) ln σ_i";
    }
    return quantity.label();
}

}  // namespace rankchain::cli
