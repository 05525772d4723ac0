// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Study -> chunk -> chain -> measure -> store. Cell by cell, in each the draws that the file lacks,
// chunk by chunk; a chunk advances in slices short enough that a stop or a progress line never
// waits long.
#include "host/study/chunk_size.hpp"
#include "host/study/runner.hpp"
#include "host/study/store.hpp"
#include "host/study/study_file.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <new>
#include <optional>
#include <string>
#include <vector>

namespace rankchain {
namespace {

constexpr double slice_s = 0.2;
constexpr double progress_interval_s = 0.1;

class Stopwatch {
  public:
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }

  private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// What is done of what this run has to do, told at most every progress_interval_s.
class Meter {
  public:
    Meter(const Study& study, const RunOptions& options) : study_(study), options_(options) {
        progress_.cells = study.cells.size();
    }

    void add_total(const Cell& cell, std::int64_t draws) {
        progress_.layer_draws_total += layers(cell) * static_cast<double>(draws);
        work_total_ += draw_work(cell) * static_cast<double>(draws);
    }
    // `draws` of the cell stand at `layer`, beyond the chunks that are committed.
    void at(std::size_t cell, std::int64_t draws, std::int64_t layer, bool always = false) {
        if (!options_.progress) return;
        progress_.seconds = watch_.seconds();
        if (!always && progress_.seconds < told_ + progress_interval_s) return;
        told_ = progress_.seconds;
        const Cell& of = study_.cells[cell];
        const double share = layers(of) > 0 ? static_cast<double>(layer) / layers(of) : 0.0;
        const double work = work_done_ + draw_work(of) * static_cast<double>(draws) * share;
        progress_.cell = cell;
        progress_.layer_draws_done =
            done_ + static_cast<double>(draws) * static_cast<double>(layer);
        progress_.seconds_left = work > 0 ? progress_.seconds * (work_total_ - work) / work
                                          : std::numeric_limits<double>::quiet_NaN();
        options_.progress(progress_);
    }
    void committed(std::size_t cell, std::int64_t draws) {
        done_ += layers(study_.cells[cell]) * static_cast<double>(draws);
        work_done_ += draw_work(study_.cells[cell]) * static_cast<double>(draws);
        at(cell, 0, 0, work_done_ >= work_total_);
    }

  private:
    static double layers(const Cell& cell) { return static_cast<double>(cell.layers.back()); }

    const Study& study_;
    const RunOptions& options_;
    Stopwatch watch_;
    Progress progress_;
    double told_ = -1;
    double done_ = 0;
    double work_done_ = 0;
    double work_total_ = 0;
};

class Runner {
  public:
    Runner(Ops& ops, const Study& study, const RunOptions& options, Store& store)
        : ops_(ops), study_(study), options_(options), store_(store), meter_(study, options) {}

    RunReport run() {
        std::vector<std::vector<DrawRange>> missing;
        for (std::size_t cell = 0; cell < study_.cells.size(); ++cell) {
            missing.push_back(store_.missing(cell));
            for (const DrawRange& gap : missing.back()) {
                meter_.add_total(study_.cells[cell], gap.count);
            }
        }
        for (std::size_t cell = 0; cell < study_.cells.size(); ++cell) {
            for (const DrawRange& gap : missing[cell]) {
                if (!run_gap(cell, gap)) return report_;
            }
            store_.summarise(cell);
        }
        store_.finish();
        report_.finished = true;
        return report_;
    }

  private:
    [[nodiscard]] bool stopped() const {
        return options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed);
    }

    // False: stopped.
    bool run_gap(std::size_t index, DrawRange gap) {
        const Cell& cell = study_.cells[index];
        ChunkSize size(ops_, cell, study_.seed, options_.chunk);
        // A first guess from the cells before, on the careful side: they may be unlike this one.
        if (seconds_per_work_ > 0) size.measured(1, 4 * seconds_per_work_ * draw_work(cell));
        seconds_per_layer_draw_ = 0;
        while (gap.count > 0) {
            const DrawRange range{gap.first, size.next(gap.count)};
            const Stopwatch watch;
            std::optional<std::vector<Samples>> samples;
            try {
                samples = run_chunk(index, range);
            } catch (const OutOfMemory&) {
                if (range.count == 1) throw;
                size.out_of_memory(range.count);
                continue;
            } catch (const std::bad_alloc&) {
                if (range.count == 1) {
                    throw OutOfMemory(where(index, range) + ": out of memory for one draw; " +
                                      std::to_string(ops_.memory_free()) + " bytes are free");
                }
                size.out_of_memory(range.count);
                continue;
            } catch (const DeviceError& error) {
                throw DeviceError(where(index, range) + ": " + error.what());
            }
            if (!samples) return false;
            store_.commit(index, range, *samples);
            const double seconds = watch.seconds();
            size.measured(range.count, seconds);
            const double work = draw_work(cell) * static_cast<double>(range.count);
            if (work > 0) seconds_per_work_ = seconds / work;
            meter_.committed(index, range.count);
            count(range, *samples);
            gap = {gap.first + range.count, gap.count - range.count};
        }
        return true;
    }

    // Nothing: stopped, the chunk dropped.
    std::optional<std::vector<Samples>> run_chunk(std::size_t index, DrawRange range) {
        if (stopped()) return std::nullopt;
        const Cell& cell = study_.cells[index];
        ChainSpec spec = chain_spec(cell, study_.seed);
        spec.spectrum = options_.spectrum;
        const auto chunk = ops_.begin(spec, range);
        std::vector<Samples> samples;
        samples.reserve(cell.layers.size());
        for (const std::int64_t layer : cell.layers) {
            if (!advance(*chunk, index, layer)) return std::nullopt;
            samples.push_back(chunk->measure(cell.quantities));
            meter_.at(index, range.count, layer);
            if (stopped()) return std::nullopt;
        }
        return samples;
    }

    // In slices of about slice_s by the rate so far, which begins with one layer.
    bool advance(Chunk& chunk, std::size_t cell, std::int64_t layer) {
        const auto draws = static_cast<double>(chunk.draws().count);
        while (chunk.layer() < layer) {
            const double per_layer = seconds_per_layer_draw_ * draws;
            const double fit = per_layer > 0 ? std::min(slice_s / per_layer, 1e9) : 1.0;
            const std::int64_t step = std::max<std::int64_t>(1, static_cast<std::int64_t>(fit));
            const std::int64_t from = chunk.layer();
            const Stopwatch watch;
            chunk.advance(std::min(layer, from + step));
            // Halved at most: a device may still be at work on what it was given.
            seconds_per_layer_draw_ =
                std::max({watch.seconds() / draws / static_cast<double>(chunk.layer() - from),
                          seconds_per_layer_draw_ / 2, 1e-18});
            meter_.at(cell, chunk.draws().count, chunk.layer());
            if (stopped()) return false;
        }
        return true;
    }

    void count(DrawRange range, const std::vector<Samples>& samples) {
        report_.draws_computed += range.count;
        for (std::size_t b = 0; b < static_cast<std::size_t>(range.count); ++b) {
            report_.draws_failed +=
                std::any_of(samples.begin(), samples.end(), [&](const Samples& layer) {
                    return layer.status[b].failed_layer >= 0 || layer.status[b].spectrum_failed;
                });
        }
        for (const Samples& layer : samples) {
            for (const double margin : layer.margin) {
                if (margin == 0.0) continue;
                ++report_.ranks_undecided;
                report_.margin = std::max(report_.margin, margin);
            }
        }
    }

    static std::string where(std::size_t cell, DrawRange range) {
        return "cell " + std::to_string(cell) + ", draws " + std::to_string(range.first) + " to " +
               std::to_string(range.first + range.count - 1);
    }

    Ops& ops_;
    const Study& study_;
    const RunOptions& options_;
    Store& store_;
    Meter meter_;
    RunReport report_;
    double seconds_per_layer_draw_ = 0;  // of this cell
    double seconds_per_work_ = 0;        // of the last chunk
};

void check_cell(const Cell& cell) {
    validate(cell.network, cell.input);
    if (cell.quantities.empty()) throw InvalidArgument("nothing to measure");
    if (cell.layers.empty()) throw InvalidArgument("no depth is recorded");
    std::int64_t last = -1;
    for (const std::int64_t layer : cell.layers) {
        if (layer <= last || layer > cell.network.depth) {
            throw InvalidArgument("recorded depths must ascend from 0 to depth " +
                                  std::to_string(cell.network.depth) + "; here is " +
                                  std::to_string(layer));
        }
        last = layer;
    }
}

// Ranks within rounding of their threshold, and the last digits of a stable rank, may differ from
// method to method.
DeviceInfo info_with(DeviceInfo info, SpectrumMethod spectrum) {
    if (spectrum == SpectrumMethod::automatic) return info;
    info.arithmetic += "; spectrum " + std::string(name(spectrum));
    return info;
}

}  // namespace

Study checked_study(const Study& study, const RunOptions& options) {
    Study asked = study;
    asked.draws = options.draws.value_or(study.draws);
    asked.seed = options.seed.value_or(study.seed);
    if (asked.draws < 0 || asked.draws > draws_limit) {
        throw InvalidArgument("draws is " + std::to_string(asked.draws) +
                              "; allowed are whole numbers from 0 to " +
                              std::to_string(draws_limit));
    }
    if (options.chunk < 0) {
        throw InvalidArgument("chunk is " + std::to_string(options.chunk) +
                              "; allowed are whole numbers from 0");
    }
    if (asked.cells.empty()) throw InvalidArgument("a study needs at least one cell");
    for (std::size_t i = 0; i < asked.cells.size(); ++i) {
        try {
            check_cell(asked.cells[i]);
        } catch (const InvalidArgument& error) {
            throw InvalidArgument("cell " + std::to_string(i) + ": " + error.what());
        }
    }
    return asked;
}

RunReport run(Ops& ops, const Study& study, const RunOptions& options) {
    const Study asked = checked_study(study, options);
    check_memory(ops, asked, options.chunk);
    Store store(options.result, asked, info_with(ops.info(), options.spectrum), options.resume);
    return Runner(ops, asked, options, store).run();
}

RunReport run(const Study& study, const RunOptions& options) {
    const auto ops = make_ops(options.device);
    return run(*ops, study, options);
}

}  // namespace rankchain
