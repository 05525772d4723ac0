// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rankchain/study.hpp>

#include <chrono>
#include <optional>

namespace rankchain::cli {

/// Progress of a run on standard error: one line that rewrites itself on a terminal, a plain line
/// every few seconds elsewhere.
class ProgressLine {
  public:
    explicit ProgressLine(bool quiet);
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    void show(const Progress& progress);
    /// Takes the line off the terminal.
    void clear();

  private:
    using Clock = std::chrono::steady_clock;
    bool quiet_;
    bool terminal_;
    bool drawn_ = false;
    std::optional<Clock::time_point> last_;
};

}  // namespace rankchain::cli
