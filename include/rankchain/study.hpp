// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rankchain/device.hpp>
#include <rankchain/export.hpp>
#include <rankchain/metrics.hpp>
#include <rankchain/network.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rankchain {

/// One point of a study's grid.
struct Cell {
    Network network;
    Input input;
    Observe observe = Observe::hidden;
    std::vector<std::int64_t> layers;  ///< recorded depths, ascending
    std::vector<Quantity> quantities;
    /// The input in the study's words: its kind; of a file `KIND PATH OFFSET`, and `row` or
    /// `column` where it is standardised.
    std::string input_text = "gaussian";
};

/// A Monte-Carlo rank study: every cell of a grid of networks, `draws` times.
struct Study {
    std::string text;  ///< the study file as it was read
    std::uint64_t seed = 1;
    std::int64_t draws = 1;
    bool keep_draws = false;
    std::vector<Cell> cells;
};

/// Reads a study file (docs/study-file.md). Relative paths in it start at its own folder.
/// InvalidArgument: `FILE:LINE:COLUMN: ...` with the offending text, what is allowed and the
/// nearest valid name; files it names are opened and checked too.
RANKCHAIN_API Study load_study(const std::filesystem::path& file);
RANKCHAIN_API Study parse_study(std::string_view text, const std::filesystem::path& name);

/// How far a run has come.
struct Progress {
    std::size_t cell = 0;
    std::size_t cells = 0;
    double layer_draws_done = 0;  ///< layers times draws, this run
    double layer_draws_total = 0;
    double seconds = 0;
    double seconds_left = 0;  ///< by the rate of this run; NaN while unknown
};

struct RunOptions {
    std::filesystem::path result = {};  ///< the result file
    Device device = {};
    std::optional<std::int64_t> draws = {};  ///< in place of the study's
    std::optional<std::uint64_t> seed = {};
    bool resume = false;
    std::int64_t chunk = 0;  ///< draws at a time; 0: from the memory there is
    /// How ranks are counted. Part of the arithmetic: a resume with another one is refused.
    SpectrumMethod spectrum = SpectrumMethod::automatic;
    std::function<void(const Progress&)> progress = {};
    const std::atomic<bool>* stop =
        nullptr;  ///< set from outside: drop the present chunk and return
};

struct RunReport {
    bool finished = false;            ///< false: stopped, state saved
    std::int64_t draws_computed = 0;  ///< over all cells, this run
    std::int64_t draws_failed = 0;
    std::int64_t ranks_undecided = 0;  ///< over all cells, depths and ranks, this run
    double margin = 0;                 ///< of those: as in Summary
};

/// Runs a study into its result file, chunk by chunk, each committed.
/// Errors  InvalidArgument: the file exists and `resume` is not set; it holds another study, seed,
///         version or arithmetic (the differing fields are named); another run owns it (named).
///         OutOfMemory before the first draw, with need and free. Error: the disk. What was
///         committed stays readable.
RANKCHAIN_API RunReport run(const Study& study, const RunOptions& options);

/// What a run would take.
struct Estimate {
    std::int64_t cells = 0;
    double layer_draws = 0;
    double seconds = 0;            ///< calibrated by short chains on this device
    std::int64_t chunk_draws = 0;  ///< of the largest cell
    std::int64_t memory_bytes = 0;
    std::int64_t memory_free_bytes = 0;
    std::int64_t result_bytes = 0;
};
RANKCHAIN_API Estimate estimate(const Study& study, const RunOptions& options);

/// Summary of one quantity at one recorded depth over draws; values that are NaN are excluded and
/// counted. Reduced in draw order.
struct Summary {
    std::int64_t count = 0;
    double mean = 0, std = 0, stderr_ = 0, min = 0;
    double q05 = 0, q25 = 0, median = 0, q75 = 0, q95 = 0, max = 0;
    std::int64_t failed = 0;
    std::int64_t resolved = 0;   ///< draws whose rank the first method could not decide
    std::int64_t undecided = 0;  ///< draws whose rank no method could decide
    double margin = 0;  ///< of those: the largest relative change of the threshold that matters
    std::int64_t degenerate_rows = 0;
    std::map<std::int64_t, std::int64_t> histogram;  ///< integer metrics: value -> draws
};

/// A result file, for reading; also while a run writes it.
class RANKCHAIN_API Results {
  public:
    /// InvalidArgument if it is missing or not a result file.
    explicit Results(const std::filesystem::path& file);
    ~Results();
    Results(Results&&) noexcept;
    Results& operator=(Results&&) noexcept;

    [[nodiscard]] const Study& study() const;
    /// version, git_revision, device, arithmetic, started, ...: what the file says of its making.
    [[nodiscard]] const std::map<std::string, std::string>& provenance() const;
    [[nodiscard]] std::int64_t draws_done(std::size_t cell) const;

    [[nodiscard]] Summary summary(std::size_t cell, std::size_t layer_index,
                                  std::size_t quantity) const;
    /// One value a draw, in draw order.
    [[nodiscard]] std::vector<double> draws(std::size_t cell, std::size_t layer_index,
                                            std::size_t quantity) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace rankchain
