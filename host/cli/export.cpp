// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/commands.hpp"
#include "host/cli/console.hpp"
#include "host/cli/json.hpp"
#include "host/cli/rows.hpp"
#include "host/cli/run_view.hpp"
#include <rankchain/error.hpp>

#include <cmath>

namespace rankchain::cli {
namespace {

std::string comma_joined(const std::vector<std::string>& fields) {
    std::string line;
    for (const std::string& field : fields) {
        line += (line.empty() ? "" : ",") + csv_field(field);
    }
    return line;
}

void write_draws_csv(const Results& results) {
    put(comma_joined(draw_columns()) + "\n");
    const std::vector<Cell>& cells = results.study().cells;
    for (std::size_t c = 0; c < cells.size(); ++c) {
        const Cell& cell = cells[c];
        const std::string front = comma_joined(cell_columns(cell)) + ",";
        const std::string back = "," + std::string(name(cell.network.order)) + "," +
                                 number(cell.network.eps) + "," + csv_field(cell.input_text) + "\n";
        for (std::size_t l = 0; l < cell.layers.size(); ++l) {
            for (std::size_t q = 0; q < cell.quantities.size(); ++q) {
                const Quantity& what = cell.quantities[q];
                const std::string middle = front + number(cell.layers[l]) + "," + what.label() +
                                           "," + (std::isnan(what.tau) ? "" : number(what.tau)) +
                                           ",";
                const std::vector<double> values = results.draws(c, l, q);
                for (std::size_t draw = 0; draw < values.size(); ++draw) {
                    put(middle + std::to_string(draw) + "," + number(values[draw]) + back);
                }
            }
        }
    }
}

}  // namespace

int export_command(const ExportArguments& arguments) {
    const Results results(arguments.file);
    if (arguments.draws && !results.study().keep_draws) {
        throw InvalidArgument(arguments.file.string() +
                              " holds summaries only, so --draws has nothing to show; run the "
                              "study with keep = \"draws\" under [record]");
    }
    tell_if_unfinished(results, arguments.file);
    if (arguments.json) {
        write_json(results, arguments.draws, put);
    } else if (arguments.draws) {
        write_draws_csv(results);
    } else {
        write_summaries_csv(results, put);
    }
    return done;
}

}  // namespace rankchain::cli
