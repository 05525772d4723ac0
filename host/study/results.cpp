// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Reading a result file, also while a run writes it.
#include "host/study/result_file.hpp"
#include "host/study/statistics.hpp"
#include "host/study/stored_draws.hpp"
#include <rankchain/error.hpp>
#include <rankchain/study.hpp>

#include <algorithm>

namespace rankchain {

struct Results::State {
    explicit State(const std::filesystem::path& file) : database(file, Database::Mode::read) {
        const Transaction snapshot(database, Database::Mode::read);
        check_layout(database);
        provenance = read_meta(database);
        study = read_study(database, provenance);
        // Chunks are appended and never changed, so the rows up to this one are a snapshot: every
        // answer speaks of the same draws, whatever a run adds meanwhile.
        last_chunk = database.integer("SELECT coalesce(max(chunk), 0) FROM chunks");
        for (std::size_t cell = 0; cell < study.cells.size(); ++cell) {
            std::int64_t count = 0;
            for (const DrawRange& range : read_ranges(database, study, cell, last_chunk)) {
                count += range.count;
            }
            if (provenance["state"] == "complete" && count != study.draws) {
                throw InvalidArgument(file.string() + ": damaged: cell " + std::to_string(cell) +
                                      " has " + std::to_string(count) + " draws of " +
                                      std::to_string(study.draws));
            }
            draws_done.push_back(count);
        }
    }

    // The series of one quantity, and its neighbours for the next question.
    const Series& series(std::size_t cell, std::size_t layer_index, std::size_t quantity) {
        if (cell >= study.cells.size() || layer_index >= study.cells[cell].layers.size() ||
            quantity >= study.cells[cell].quantities.size()) {
            throw InvalidArgument(database.file().string() + ": there is no cell " +
                                  std::to_string(cell) + ", recorded depth " +
                                  std::to_string(layer_index) + ", quantity " +
                                  std::to_string(quantity));
        }
        if (cell != held_cell || layer_index != held_layer || quantity < held_first ||
            quantity >= held_first + held.series.size()) {
            const std::size_t all = study.cells[cell].quantities.size();
            const std::size_t group = group_size(draws_done[cell], all);
            const std::size_t first = quantity / group * group;
            held.series.clear();  // nothing is held while reading fails
            held = read_layer(database, study, cell, layer_index, first,
                              std::min(group, all - first), last_chunk, draws_done[cell]);
            held_cell = cell;
            held_layer = layer_index;
            held_first = first;
        }
        return held.series[quantity - held_first];
    }

    Database database;
    Study study;
    Meta provenance;
    std::int64_t last_chunk = 0;
    std::vector<std::int64_t> draws_done;

    LayerDraws held;
    std::size_t held_cell = 0, held_layer = 0, held_first = 0;
};

namespace {

void check_readable(const std::filesystem::path& file) {
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (!std::filesystem::exists(status)) {
        throw InvalidArgument(file.string() + ": there is no such result file");
    }
    if (!std::filesystem::is_regular_file(status)) {
        throw InvalidArgument(file.string() + ": a result file must be a regular file");
    }
    if (std::filesystem::file_size(file, error) == 0) {
        throw InvalidArgument(file.string() + ": is empty, not a result file of rankchain");
    }
}

}  // namespace

Results::Results(const std::filesystem::path& file) {
    check_readable(file);
    state_ = std::make_unique<State>(file);
}
Results::~Results() = default;
Results::Results(Results&&) noexcept = default;
Results& Results::operator=(Results&&) noexcept = default;

const Study& Results::study() const {
    return state_->study;
}

const std::map<std::string, std::string>& Results::provenance() const {
    return state_->provenance;
}

std::int64_t Results::draws_done(std::size_t cell) const {
    if (cell >= state_->draws_done.size()) {
        throw InvalidArgument(state_->database.file().string() + ": there is no cell " +
                              std::to_string(cell));
    }
    return state_->draws_done[cell];
}

Summary Results::summary(std::size_t cell, std::size_t layer_index, std::size_t quantity) const {
    const Series& series = state_->series(cell, layer_index, quantity);
    return summarise(series, is_integer(state_->study.cells[cell].quantities[quantity].metric),
                     state_->held.degenerate_rows);
}

std::vector<double> Results::draws(std::size_t cell, std::size_t layer_index,
                                   std::size_t quantity) const {
    if (!state_->study.keep_draws) {
        throw InvalidArgument(state_->database.file().string() +
                              ": this study keeps summaries; the values of its draws come with "
                              "keep = \"draws\" under [record]");
    }
    return state_->series(cell, layer_index, quantity).values;
}

}  // namespace rankchain
