// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The result file of a run: owned, appended chunk by chunk, each chunk one transaction.
#pragma once

#include "host/study/database.hpp"
#include "host/study/file_lock.hpp"
#include <rankchain/array.hpp>
#include <rankchain/device.hpp>
#include <rankchain/metrics.hpp>
#include <rankchain/study.hpp>

#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace rankchain {

class Store {
  public:
    /// Begins a result file, or goes on with one. Owns it until destruction.
    ///
    /// Errors  InvalidArgument: the place cannot be written; another run owns the file (named);
    ///         the file holds something and `resume` is not set; it is no result file, is damaged
    ///         or has a newer layout; study, seed, version or arithmetic differ (fields named), or
    ///         it holds more draws than `study` asks for. Error: the disk.
    Store(const std::filesystem::path& file, const Study& study, const DeviceInfo& device,
          bool resume);

    /// Draws of a cell that the file does not hold, ascending.
    [[nodiscard]] std::vector<DrawRange> missing(std::size_t cell);

    /// One chunk: the samples of every recorded depth of the cell. All of it or nothing.
    void commit(std::size_t cell, DrawRange draws, std::span<const Samples> layers);

    /// Fills `summary` and `histogram` of a cell that lacks no draw. Does nothing where they stand.
    void summarise(std::size_t cell);

    /// All cells are complete.
    void finish();

  private:
    void begin(const DeviceInfo& device);
    void go_on(const DeviceInfo& device);
    void check_same(const Study& stored, const DeviceInfo& device);
    void prepare();

    const Study& study_;
    FileLock lock_;  // before and after the connection
    Database database_;
    std::optional<Statement> insert_chunk_;
};

/// What `meta` says of a run.
std::string owner_name();
std::string utc_now();

}  // namespace rankchain
