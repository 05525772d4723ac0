// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/run_view.hpp"

#include "host/cli/console.hpp"
#include "host/cli/curves.hpp"
#include "host/cli/labels.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/signals.hpp"

#include <algorithm>
#include <vector>

namespace rankchain::cli {
namespace {

constexpr std::size_t most_rows = 40;
constexpr std::size_t most_metrics = 5;

std::string aligned(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()), 0);
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], columns_of(row[i]));
        }
    }
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i] + std::string(widths[i] - columns_of(row[i]) + 2, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

}  // namespace

int run_watched(const Study& study, RunOptions options, bool quiet,
                const std::string& resume_hint) {
    const StopSignals signals;
    ProgressLine line(quiet);
    options.stop = &signals.stop();
    options.progress = [&](const Progress& progress) { line.show(progress); };
    const RunReport report = run(study, options);
    line.clear();
    if (report.ranks_undecided > 0 && !quiet) tell_undecided(report.ranks_undecided, report.margin);
    if (report.finished) return 0;
    complain("interrupted after " + number(report.draws_computed) +
             " draws of this run; they are kept. To go on: " + resume_hint);
    const int code = signals.exit_code();
    return code == 0 ? 1 : code;
}

std::string result_table(const Results& results) {
    const Study& study = results.study();
    const std::vector<std::string> labels = distinctions(study.cells);
    // Spectra are left to the figure and the export.
    std::vector<Quantity> shown;
    std::size_t left_out = 0;
    if (!study.cells.empty()) {
        for (const Quantity& quantity : study.cells.front().quantities) {
            if (quantity.index == 0 && shown.size() < most_metrics) {
                shown.push_back(quantity);
            } else {
                ++left_out;
            }
        }
    }
    std::vector<std::vector<std::string>> rows{{"cell", "layer", "draws"}};
    for (const Quantity& quantity : shown) {
        rows.front().push_back(quantity_name(quantity));
    }
    rows.front().emplace_back("failed");
    for (std::size_t c = 0; c < std::min(study.cells.size(), most_rows); ++c) {
        const Cell& cell = study.cells[c];
        if (cell.layers.empty()) continue;
        std::vector<std::string> row{labels[c].empty() ? settings(cell).front() : labels[c],
                                     number(cell.layers.back()), number(results.draws_done(c))};
        std::int64_t failed = 0;
        for (const Quantity& wanted : shown) {
            const std::ptrdiff_t at = find_quantity(cell, wanted);
            const Summary summary =
                at < 0 ? Summary{}
                       : results.summary(c, cell.layers.size() - 1, static_cast<std::size_t>(at));
            row.push_back(summary.count == 0
                              ? "-"
                              : rounded(summary.mean) + " ± " + rounded(summary.stderr_, 2));
            failed = std::max(failed, summary.failed);
        }
        row.push_back(number(failed));
        rows.push_back(row);
    }
    std::string text = aligned(rows);
    if (study.cells.size() > most_rows) {
        text += "... and " + std::to_string(study.cells.size() - most_rows) + " cells more\n";
    }
    if (left_out > 0) text += "(" + std::to_string(left_out) + " more values a cell: export)\n";
    return text;
}

std::int64_t least_draws(const Results& results) {
    std::int64_t least = results.study().draws;
    for (std::size_t c = 0; c < results.study().cells.size(); ++c) {
        least = std::min(least, results.draws_done(c));
    }
    return least;
}

void tell_if_unfinished(const Results& results, const std::filesystem::path& file) {
    const std::int64_t least = least_draws(results);
    const std::int64_t wanted = results.study().draws;
    if (least >= wanted) return;
    complain("note: " + file.string() + " is not finished: a cell has " + number(least) + " of " +
             number(wanted) + " draws; go on with run --resume");
}

std::string shell_word(const std::string& text) {
    constexpr const char* plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+:,@%=";
    if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'') {
            quoted.append("'\\''");
        } else {
            quoted.push_back(c);
        }
    }
    quoted.push_back('\'');
    return quoted;
}

}  // namespace rankchain::cli
