// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/rows.hpp"

#include "host/cli/console.hpp"

#include <cmath>

namespace rankchain::cli {
namespace {

std::string scale_text(const Scale& scale) {
    if (scale.kind == Scale::Kind::fan_in) return "fan-in";
    if (scale.kind == Scale::Kind::he) return "he";
    return number(scale.number);
}

std::string joined(const std::vector<std::string>& fields) {
    std::string line;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) line += ',';
        line += csv_field(fields[i]);
    }
    return line + '\n';
}

}  // namespace

std::vector<std::string> cell_columns(const Cell& cell) {
    const Network& n = cell.network;
    return {number(n.width),
            number(n.batch),
            number(n.depth),
            std::string(name(n.weights)),
            scale_text(n.scale),
            number(n.gamma),
            std::string(name(n.normalization)),
            std::string(name(n.activation)),
            std::string(name(n.precision)),
            std::string(name(cell.observe))};
}

const std::vector<std::string>& summary_columns() {
    static const std::vector<std::string> columns{
        "width", "batch", "depth", "weights", "scale", "gamma", "normalization", "activation",
        "precision", "observe", "layer", "metric", "tau", "count", "mean", "std", "stderr", "min",
        "q05", "q25", "median", "q75", "q95", "max", "failed", "resolved",
        // beyond the fixed ones
        "degenerate_rows", "order", "eps", "input", "undecided", "margin"};
    return columns;
}

const std::vector<std::string>& draw_columns() {
    static const std::vector<std::string> columns{
        "width",         "batch",      "depth",     "weights", "scale", "gamma",
        "normalization", "activation", "precision", "observe", "layer", "metric",
        "tau",           "draw",       "value",     "order",   "eps",   "input"};
    return columns;
}

std::vector<std::string> summary_values(const Cell& cell, std::size_t layer_index,
                                        std::size_t quantity, const Summary& summary) {
    const Quantity& what = cell.quantities.at(quantity);
    std::vector<std::string> values = cell_columns(cell);
    values.push_back(number(cell.layers.at(layer_index)));
    values.push_back(what.label());
    values.push_back(std::isnan(what.tau) ? "" : number(what.tau));
    values.push_back(number(summary.count));
    for (const double value :
         {summary.mean, summary.std, summary.stderr_, summary.min, summary.q05, summary.q25,
          summary.median, summary.q75, summary.q95, summary.max}) {
        values.push_back(number(value));
    }
    values.push_back(number(summary.failed));
    values.push_back(number(summary.resolved));
    values.push_back(number(summary.degenerate_rows));
    values.emplace_back(name(cell.network.order));
    values.push_back(number(cell.network.eps));
    values.push_back(cell.input_text);
    values.push_back(number(summary.undecided));
    values.push_back(number(summary.margin));
    return values;
}

void write_summaries_csv(const Results& results,
                         const std::function<void(std::string_view)>& write) {
    write(joined(summary_columns()));
    const std::vector<Cell>& cells = results.study().cells;
    for (std::size_t c = 0; c < cells.size(); ++c) {
        for (std::size_t l = 0; l < cells[c].layers.size(); ++l) {
            for (std::size_t q = 0; q < cells[c].quantities.size(); ++q) {
                write(joined(summary_values(cells[c], l, q, results.summary(c, l, q))));
            }
        }
    }
}

}  // namespace rankchain::cli
