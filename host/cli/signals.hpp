// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

namespace rankchain::cli {

/// While it lives, the first SIGINT or SIGTERM sets stop(), so that a run ends in good order; a
/// second one ends the process at once with the same exit code (the result file stands any kill).
class StopSignals {
  public:
    StopSignals();
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    [[nodiscard]] const std::atomic<bool>& stop() const;
    /// 128 + the signal's number; 0: none came.
    [[nodiscard]] int exit_code() const;
};

}  // namespace rankchain::cli
