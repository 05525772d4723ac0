// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The C interface: studies and their results.
#include "host/c_api.hpp"
#include <rankchain/study.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

namespace api = rankchain::c_api;

struct rankchain_study {
    rankchain::Study study;
};

struct rankchain_stop {
    std::atomic<bool> flag{false};
    static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");
};

struct rankchain_results {
    rankchain::Results results;
    rankchain_study study;
};

namespace {

const rankchain::Cell& cell_of(const rankchain_study* study, std::size_t cell) {
    api::require(study, "study");
    if (cell >= study->study.cells.size()) {
        throw rankchain::InvalidArgument("cell is " + std::to_string(cell) + "; the study has " +
                                         std::to_string(study->study.cells.size()));
    }
    return study->study.cells[cell];
}

// The element of a recorded list.
template <class T>
const T& element(const std::vector<T>& list, std::size_t index, const char* name) {
    if (index >= list.size()) {
        throw rankchain::InvalidArgument(std::string(name) + " is " + std::to_string(index) +
                                         "; the cell has " + std::to_string(list.size()));
    }
    return list[index];
}

rankchain::Summary summary_of(const rankchain_results* results, std::size_t cell,
                              std::size_t layer_index, std::size_t quantity_index) {
    api::require(results, "results");
    const rankchain::Cell& where = cell_of(&results->study, cell);
    static_cast<void>(element(where.layers, layer_index, "layer_index"));
    static_cast<void>(element(where.quantities, quantity_index, "quantity_index"));
    return results->results.summary(cell, layer_index, quantity_index);
}

rankchain::RunOptions to_options(const rankchain_run_options* options) {
    const rankchain_run_options given = api::full(options, rankchain_run_options_init_sized,
                                                  sizeof(rankchain_run_options), "options");
    api::require(given.result, "options->result");
    rankchain::RunOptions result;
    result.result = given.result;
    result.device = api::to_device(given.device);
    if (given.set_draws != 0) result.draws = given.draws;
    if (given.set_seed != 0) result.seed = given.seed;
    result.resume = given.resume != 0;
    result.chunk = given.chunk;
    result.spectrum = given.spectrum == nullptr ? api::to_spectrum(given.device)
                                                : rankchain::parse_spectrum_method(given.spectrum);
    if (given.progress != nullptr) {
        result.progress = [report = given.progress,
                           user = given.user](const rankchain::Progress& now) {
            const rankchain_progress progress{
                now.cell,    now.cells,       now.layer_draws_done, now.layer_draws_total,
                now.seconds, now.seconds_left};
            report(&progress, user);
        };
    }
    if (given.stop != nullptr) result.stop = &given.stop->flag;
    return result;
}

}  // namespace

rankchain_status rankchain_study_load(const char* file, rankchain_study** study) {
    return api::guarded([&] {
        api::require(file, "file");
        api::require(study, "study");
        *study = new rankchain_study{rankchain::load_study(file)};
    });
}

rankchain_status rankchain_study_parse(const char* text, const char* name,
                                       rankchain_study** study) {
    return api::guarded([&] {
        api::require(text, "text");
        api::require(name, "name");
        api::require(study, "study");
        *study = new rankchain_study{rankchain::parse_study(text, name)};
    });
}

void rankchain_study_destroy(rankchain_study* study) {
    delete study;
}

rankchain_status rankchain_study_describe(const rankchain_study* study,
                                          rankchain_study_info* info) {
    return api::guarded([&] {
        api::require(study, "study");
        api::require(info, "info");
        *info = {study->study.seed, study->study.draws, study->study.cells.size(),
                 study->study.keep_draws ? 1 : 0};
    });
}

rankchain_status rankchain_study_cell(const rankchain_study* study, size_t cell,
                                      rankchain_cell_info* info, rankchain_network* network) {
    return api::guarded([&] {
        api::require(info, "info");
        const rankchain::Cell& found = cell_of(study, cell);
        if (network != nullptr) {
            // Refuses a structure that its _init function has not set.
            static_cast<void>(api::full(network, rankchain_network_init_sized,
                                        sizeof(rankchain_network), "network"));
            const std::size_t size = network->struct_size;
            const rankchain_network whole = api::from_network(found.network, size);
            std::copy_n(reinterpret_cast<const char*>(&whole), size,
                        reinterpret_cast<char*>(network));
        }
        *info = {static_cast<rankchain_observe>(found.observe), found.layers.size(),
                 found.quantities.size()};
    });
}

rankchain_status rankchain_study_layer(const rankchain_study* study, size_t cell,
                                       size_t layer_index, int64_t* layer) {
    return api::guarded([&] {
        api::require(layer, "layer");
        *layer = element(cell_of(study, cell).layers, layer_index, "layer_index");
    });
}

rankchain_status rankchain_study_quantity(const rankchain_study* study, size_t cell,
                                          size_t quantity_index, rankchain_quantity* quantity) {
    return api::guarded([&] {
        api::require(quantity, "quantity");
        *quantity = api::from_quantity(
            element(cell_of(study, cell).quantities, quantity_index, "quantity_index"));
    });
}

rankchain_status rankchain_stop_create(rankchain_stop** stop) {
    return api::guarded([&] {
        api::require(stop, "stop");
        *stop = new rankchain_stop;
    });
}

void rankchain_stop_set(rankchain_stop* stop) {
    if (stop != nullptr) stop->flag.store(true);
}

void rankchain_stop_destroy(rankchain_stop* stop) {
    delete stop;
}

rankchain_status rankchain_study_run(const rankchain_study* study,
                                     const rankchain_run_options* options,
                                     rankchain_run_report* report) {
    return api::guarded([&] {
        api::require(study, "study");
        const rankchain::RunReport result = rankchain::run(study->study, to_options(options));
        if (report != nullptr) {
            *report = {result.draws_computed, result.draws_failed, result.finished ? 1 : 0,
                       result.ranks_undecided, result.margin};
        }
    });
}

rankchain_status rankchain_results_open(const char* file, rankchain_results** results) {
    return api::guarded([&] {
        api::require(file, "file");
        api::require(results, "results");
        rankchain::Results opened(file);
        rankchain::Study study = opened.study();
        *results = new rankchain_results{std::move(opened), {std::move(study)}};
    });
}

void rankchain_results_destroy(rankchain_results* results) {
    delete results;
}

rankchain_status rankchain_results_study(const rankchain_results* results,
                                         const rankchain_study** study) {
    return api::guarded([&] {
        api::require(results, "results");
        api::require(study, "study");
        *study = &results->study;
    });
}

rankchain_status rankchain_results_provenance(const rankchain_results* results, const char* key,
                                              const char** value) {
    return api::guarded([&] {
        api::require(results, "results");
        api::require(key, "key");
        api::require(value, "value");
        const auto& all = results->results.provenance();
        const auto found = all.find(key);
        if (found == all.end()) {
            std::string keys;
            for (const auto& [name, text] : all)
                keys += (keys.empty() ? "" : ", ") + name;
            throw rankchain::InvalidArgument("unknown key \"" + std::string(key) +
                                             "\"; allowed: " + keys);
        }
        *value = found->second.c_str();
    });
}

rankchain_status rankchain_results_draws_done(const rankchain_results* results, size_t cell,
                                              int64_t* draws) {
    return api::guarded([&] {
        api::require(results, "results");
        api::require(draws, "draws");
        static_cast<void>(cell_of(&results->study, cell));
        *draws = results->results.draws_done(cell);
    });
}

rankchain_status rankchain_results_summary(const rankchain_results* results, size_t cell,
                                           size_t layer_index, size_t quantity_index,
                                           rankchain_summary* summary) {
    return api::guarded([&] {
        api::require(summary, "summary");
        const rankchain::Summary s = summary_of(results, cell, layer_index, quantity_index);
        *summary = api::from_summary(s);
    });
}

rankchain_status rankchain_results_histogram(const rankchain_results* results, size_t cell,
                                             size_t layer_index, size_t quantity_index,
                                             int64_t* values, int64_t* draws, size_t capacity) {
    return api::guarded([&] {
        const rankchain::Summary s = summary_of(results, cell, layer_index, quantity_index);
        if (capacity < s.histogram.size()) {
            throw rankchain::InvalidArgument("capacity is " + std::to_string(capacity) +
                                             "; the histogram has " +
                                             std::to_string(s.histogram.size()) + " entries");
        }
        if (s.histogram.empty()) return;
        api::require(values, "values");
        api::require(draws, "draws");
        for (const auto& [value, count] : s.histogram) {
            *values++ = value;
            *draws++ = count;
        }
    });
}

rankchain_status rankchain_results_draws(const rankchain_results* results, size_t cell,
                                         size_t layer_index, size_t quantity_index, double* out,
                                         size_t capacity, size_t* count) {
    return api::guarded([&] {
        api::require(results, "results");
        api::require(count, "count");
        const std::vector<double> values =
            results->results.draws(cell, layer_index, quantity_index);
        if (out != nullptr) {
            if (capacity < values.size()) {
                throw rankchain::InvalidArgument("capacity is " + std::to_string(capacity) +
                                                 "; there are " + std::to_string(values.size()) +
                                                 " draws");
            }
            std::copy(values.begin(), values.end(), out);
        }
        *count = values.size();
    });
}
