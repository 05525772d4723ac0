// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/json.hpp"

#include "host/cli/console.hpp"
#include "host/cli/rows.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

namespace rankchain::cli {
namespace {

using Json = nlohmann::ordered_json;

Json value_of(double value) {
    if (std::isnan(value)) return nullptr;
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    return value;
}

// Columns whose text is a name, whatever it looks like.
bool is_text(const std::string& column) {
    return column == "weights" || column == "normalization" || column == "activation" ||
           column == "precision" || column == "observe" || column == "metric" ||
           column == "order" || column == "input";
}

Json value_of(const std::string& column, const std::string& text) {
    if (text.empty()) return nullptr;
    if (is_text(column)) return text;
    if (text == "nan") return nullptr;
    if (text == "inf" || text == "-inf") return text;
    // A number as the CSV has it is a number of JSON; "fan-in" and "he" are not.
    Json number = Json::parse(text, nullptr, false);
    return number.is_discarded() ? Json(text) : number;
}

Json row_of(const Results& results, std::size_t c, std::size_t l, std::size_t q, bool with_draws) {
    const Cell& cell = results.study().cells[c];
    const Summary summary = results.summary(c, l, q);
    const std::vector<std::string> values = summary_values(cell, l, q, summary);
    Json row = Json::object();
    for (std::size_t i = 0; i < values.size(); ++i) {
        row[summary_columns()[i]] = value_of(summary_columns()[i], values[i]);
    }
    if (is_integer(cell.quantities[q].metric)) {
        Json histogram = Json::object();
        for (const auto& [value, draws] : summary.histogram) {
            histogram[std::to_string(value)] = draws;
        }
        row["histogram"] = histogram;
    }
    if (with_draws) {
        Json draws = Json::array();
        for (const double value : results.draws(c, l, q)) {
            draws.push_back(value_of(value));
        }
        row["draws"] = draws;
    }
    return row;
}

// Text that came from a file may hold anything; what is not UTF-8 is replaced, never fatal.
std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

void write_json(const Results& results, bool with_draws,
                const std::function<void(std::string_view)>& write) {
    const Study& study = results.study();
    Json provenance = Json::object();
    for (const auto& [key, value] : results.provenance()) {
        provenance[key] = value;
    }
    write("{\"provenance\": " + dump(provenance) + ",\n\"study\": " + dump(Json(study.text)) +
          ",\n\"seed\": " + std::to_string(study.seed) + ",\n\"draws\": " + number(study.draws) +
          ",\n\"rows\": [");
    bool first = true;
    for (std::size_t c = 0; c < study.cells.size(); ++c) {
        for (std::size_t l = 0; l < study.cells[c].layers.size(); ++l) {
            for (std::size_t q = 0; q < study.cells[c].quantities.size(); ++q) {
                write((first ? "\n" : ",\n") + dump(row_of(results, c, l, q, with_draws)));
                first = false;
            }
        }
    }
    write("\n]}\n");
}

std::string json_library() {
    return "nlohmann-json " + std::to_string(NLOHMANN_JSON_VERSION_MAJOR) + "." +
           std::to_string(NLOHMANN_JSON_VERSION_MINOR) + "." +
           std::to_string(NLOHMANN_JSON_VERSION_PATCH);
}

}  // namespace rankchain::cli
