// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/study/result_file.hpp"

#include <rankchain/error.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <zlib.h>

namespace rankchain {
namespace {

constexpr std::int64_t application_id = 0x524B4348;  // "RKCH"
constexpr std::int64_t schema_version = 2;

constexpr const char* schema_sql = R"sql(
PRAGMA application_id = 0x524B4348;
PRAGMA user_version = 2;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE cells (
  cell INTEGER PRIMARY KEY, width INTEGER, batch INTEGER, depth INTEGER, weights TEXT, scale,
  gamma REAL, normalization TEXT, activation TEXT, operation_order TEXT, eps REAL, precision TEXT,
  input TEXT, input_rows INTEGER, input_digest TEXT, observe TEXT,
  input_text TEXT,
  summarised_draws INTEGER NOT NULL DEFAULT -1);
CREATE TABLE layers (
  cell INTEGER, layer_index INTEGER, layer INTEGER, PRIMARY KEY (cell, layer_index)) WITHOUT ROWID;
CREATE TABLE quantities (
  cell INTEGER, quantity INTEGER, metric TEXT, tau REAL, value_index INTEGER, label TEXT,
  PRIMARY KEY (cell, quantity)) WITHOUT ROWID;
CREATE TABLE chunks (
  chunk INTEGER PRIMARY KEY, cell INTEGER, layer_index INTEGER, first_draw INTEGER, count INTEGER,
  "values" BLOB, resolved BLOB, failed_layers BLOB, spectrum_failed BLOB, degenerate_rows BLOB,
  margins BLOB, checksum INTEGER, UNIQUE (cell, layer_index, first_draw));
CREATE TABLE summary (
  cell INTEGER, layer INTEGER, metric TEXT, tau REAL, count INTEGER, mean REAL, std REAL,
  stderr REAL, min REAL, q05 REAL, q25 REAL, median REAL, q75 REAL, q95 REAL, max REAL,
  failed INTEGER, resolved INTEGER, degenerate_rows INTEGER, undecided INTEGER, margin REAL);
CREATE INDEX summary_cell ON summary (cell);
CREATE TABLE histogram (
  cell INTEGER, layer INTEGER, metric TEXT, tau REAL, value INTEGER, draws INTEGER);
CREATE INDEX histogram_cell ON histogram (cell);
CREATE VIEW results AS
  SELECT width, batch, depth, weights, scale, gamma, normalization, activation, operation_order,
         eps, precision, input_text, observe, summary.* FROM summary JOIN cells USING (cell);
)sql";

constexpr std::array<std::string_view, 5> input_names{"gaussian", "gaussian-shared", "identity",
                                                      "duplicate-pairs", "given"};

std::string_view input_name(const Input& input) {
    return input_names.at(static_cast<std::size_t>(input.kind));
}

// Shortest text that reads back as the same number, whatever the locale.
std::string number(double value) {
    std::array<char, 32> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} ? std::string(text.data(), end) : std::string("?");
}

std::string scale_text(const Scale& scale) {
    switch (scale.kind) {
        case Scale::Kind::fan_in:
            return "fan-in";
        case Scale::Kind::he:
            return "he";
        case Scale::Kind::number:
            break;
    }
    return number(scale.number);
}

void write_cell(Database& database, Statement& statement, std::int64_t index, const Cell& cell) {
    const Network& n = cell.network;
    statement.bind(1, index).bind(2, n.width).bind(3, n.batch).bind(4, n.depth);
    statement.bind(5, name(n.weights));
    if (n.scale.kind == Scale::Kind::number) {
        statement.bind(6, n.scale.number);
    } else {
        statement.bind(6, std::string_view(scale_text(n.scale)));
    }
    statement.bind(7, n.gamma).bind(8, name(n.normalization)).bind(9, name(n.activation));
    statement.bind(10, name(n.order)).bind(11, n.eps).bind(12, name(n.precision));
    statement.bind(13, input_name(cell.input)).bind(14, input_rows(n, cell.input));
    statement.bind(15, std::string_view(input_digest(cell.input))).bind(16, name(cell.observe));
    statement.bind(17, std::string_view(cell.input_text));
    statement.run();
    Statement layer(database, "INSERT INTO layers VALUES (?, ?, ?)");
    for (std::size_t i = 0; i < cell.layers.size(); ++i) {
        layer.bind(1, index).bind(2, static_cast<std::int64_t>(i)).bind(3, cell.layers[i]).run();
    }
    Statement quantity(database, "INSERT INTO quantities VALUES (?, ?, ?, ?, ?, ?)");
    for (std::size_t q = 0; q < cell.quantities.size(); ++q) {
        const Quantity& of = cell.quantities[q];
        quantity.bind(1, index).bind(2, static_cast<std::int64_t>(q)).bind(3, name(of.metric));
        quantity.bind(4, of.tau).bind(5, of.index).bind(6, std::string_view(of.label())).run();
    }
}

Scale read_scale(const Statement& row, int column) {
    if (!row.is_text(column)) return {Scale::Kind::number, row.real(column)};
    return {row.text(column) == "he" ? Scale::Kind::he : Scale::Kind::fan_in, 1.0};
}

Cell read_cell(Database& database, const Statement& row) {
    Cell cell;
    Network& n = cell.network;
    n.width = row.integer(1);
    n.batch = row.integer(2);
    n.depth = row.integer(3);
    n.weights = parse_weights(row.text(4));
    n.scale = read_scale(row, 5);
    n.gamma = row.real(6);
    n.normalization = parse_normalization(row.text(7));
    n.activation = parse_activation(row.text(8));
    n.order = parse_order(row.text(9));
    n.eps = row.real(10);
    n.precision = parse_precision(row.text(11));
    const std::string kind = row.text(12);
    const auto* const found = std::find(input_names.begin(), input_names.end(), kind);
    if (found == input_names.end()) damaged(database, "cells.input is \"" + kind + "\"");
    cell.input.kind = static_cast<Input::Kind>(found - input_names.begin());
    if (cell.input.kind == Input::Kind::given) {
        cell.input.rows = row.integer(13);
    } else {
        validate(n, cell.input);
    }
    cell.observe = parse_observe(row.text(15));
    cell.input_text = row.text(16);
    return cell;
}

std::string join(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts)
        text += (text.empty() ? "" : " ") + part;
    return text;
}

constexpr const char* checksum_key = "checksum";

// CRC-32 of everything in `meta` and of the study field by field, each text with its end.
std::string description_checksum(const Study& study, const Meta& meta) {
    uLong crc = crc32_z(0, nullptr, 0);
    const auto add = [&](const std::string& text) {
        crc = crc32_z(crc, reinterpret_cast<const Bytef*>(text.c_str()), text.size() + 1);
    };
    for (const auto& [key, value] : meta) {
        if (key == checksum_key) continue;
        add(key);
        add(value);
    }
    for (const auto& [field, value] : describe(study)) {
        add(field);
        add(value);
    }
    return std::to_string(crc);
}

}  // namespace

void write_layout(Database& database, const Study& study, const Meta& meta) {
    database.execute(schema_sql);
    write_meta(database, study, meta);
    Statement statement(database,
                        "INSERT INTO cells VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                        "?, ?, -1)");
    for (std::size_t i = 0; i < study.cells.size(); ++i) {
        write_cell(database, statement, static_cast<std::int64_t>(i), study.cells[i]);
    }
}

void write_meta(Database& database, const Study& study, Meta meta) {
    meta[checksum_key] = description_checksum(study, meta);
    Statement row(database, "INSERT OR REPLACE INTO meta VALUES (?, ?)");
    for (const auto& [key, value] : meta) {
        row.bind(1, std::string_view(key)).bind(2, std::string_view(value)).run();
    }
}

void check_layout(Database& database) {
    const std::string file = database.file().string();
    if (database.integer("PRAGMA application_id") != application_id) {
        throw InvalidArgument(file + ": not a result file of rankchain");
    }
    const std::int64_t version = database.integer("PRAGMA user_version");
    if (version != schema_version) {
        throw InvalidArgument(file + ": written with layout " + std::to_string(version) +
                              " of result files; this version of rankchain reads layout " +
                              std::to_string(schema_version));
    }
    // Tables, not views that might never end.
    if (database.integer("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN "
                         "('meta', 'cells', 'layers', 'quantities', 'chunks', 'summary', "
                         "'histogram')") != 7) {
        damaged(database, "a table is missing");
    }
}

Meta read_meta(Database& database) {
    Meta meta;
    Statement rows(database, "SELECT key, value FROM meta");
    while (rows.step())
        meta[rows.text(0)] = rows.text(1);
    for (const char* const key : {"study", "seed", "draws", "keep", "version", "arithmetic"}) {
        if (!meta.contains(key)) damaged(database, std::string("meta lacks ") + key);
    }
    return meta;
}

Study read_study(Database& database, const Meta& meta) {
    const auto number_of = [&](const char* key, auto& value) {
        const std::string& text = meta.at(key);
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size()) {
            damaged(database, std::string("meta.") + key + " is \"" + text + "\"");
        }
    };
    Study study;
    study.text = meta.at("study");
    number_of("seed", study.seed);
    number_of("draws", study.draws);
    study.keep_draws = meta.at("keep") == "draws";
    const auto cell_at = [&](const Statement& row) -> Cell& {
        const std::int64_t index = row.integer(0);
        if (index < 0 || index >= static_cast<std::int64_t>(study.cells.size())) {
            damaged(database, "there is no cell " + std::to_string(index));
        }
        return study.cells[static_cast<std::size_t>(index)];
    };
    Statement cells(database, "SELECT * FROM cells ORDER BY cell");
    while (cells.step()) {
        if (cells.integer(0) != static_cast<std::int64_t>(study.cells.size())) {
            damaged(database, "there is no cell " + std::to_string(study.cells.size()));
        }
        try {
            study.cells.push_back(read_cell(database, cells));
        } catch (const InvalidArgument& error) {
            damaged(database, "cell " + std::to_string(cells.integer(0)) + ": " + error.what());
        }
    }
    Statement layers(database, "SELECT cell, layer FROM layers ORDER BY cell, layer_index");
    while (layers.step()) {
        Cell& cell = cell_at(layers);
        if (!cell.layers.empty() && cell.layers.back() >= layers.integer(1)) {
            damaged(database, "layers are not ascending");
        }
        cell.layers.push_back(layers.integer(1));
    }
    Statement quantities(database,
                         "SELECT cell, metric, tau, value_index FROM quantities "
                         "ORDER BY cell, quantity");
    while (quantities.step()) {
        try {
            cell_at(quantities)
                .quantities.push_back(
                    {parse_metric(quantities.text(1)), quantities.real(2), quantities.integer(3)});
        } catch (const InvalidArgument& error) {
            damaged(database, error.what());
        }
    }
    const auto known = meta.find(checksum_key);
    if (known == meta.end() || known->second != description_checksum(study, meta)) {
        damaged(database, "the checksum of the description does not fit");
    }
    return study;
}

std::string input_digest(const Input& input) {
    if (input.kind != Input::Kind::given || !input.values) return {};
    const auto bytes = std::as_bytes(std::span(*input.values));
    const uLong crc =
        crc32_z(crc32_z(0, nullptr, 0), reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
    return "crc32:" + std::to_string(crc);
}

std::vector<std::pair<std::string, std::string>> describe(const Study& study) {
    std::vector<std::pair<std::string, std::string>> fields{
        {"seed", std::to_string(study.seed)},
        {"keep", study.keep_draws ? "draws" : "summary"},
        {"number of cells", std::to_string(study.cells.size())}};
    for (std::size_t i = 0; i < study.cells.size(); ++i) {
        const Cell& cell = study.cells[i];
        const Network& n = cell.network;
        const auto add = [&](const char* field, std::string_view value) {
            fields.emplace_back("cell " + std::to_string(i) + " " + field, value);
        };
        add("width", std::to_string(n.width));
        add("batch", std::to_string(n.batch));
        add("depth", std::to_string(n.depth));
        add("weights", name(n.weights));
        add("scale", scale_text(n.scale));
        add("gamma", number(n.gamma));
        add("normalization", name(n.normalization));
        add("activation", name(n.activation));
        add("order", name(n.order));
        add("eps", number(n.eps));
        add("precision", name(n.precision));
        add("input", input_name(cell.input));
        add("input rows", std::to_string(input_rows(n, cell.input)));
        add("observe", name(cell.observe));
        std::vector<std::string> layers;
        for (const std::int64_t layer : cell.layers)
            layers.push_back(std::to_string(layer));
        add("depths", join(layers));
        std::vector<std::string> quantities;
        for (const Quantity& q : cell.quantities) {
            std::string label = q.label();
            if (q.metric == Metric::soft_rank) label.append("(").append(number(q.tau)).append(")");
            quantities.push_back(std::move(label));
        }
        add("metrics", join(quantities));
    }
    return fields;
}

}  // namespace rankchain
