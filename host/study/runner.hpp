// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/ops.hpp"
#include <rankchain/study.hpp>

namespace rankchain {

/// run() and estimate() of rankchain/study.hpp on a backend that is already there.
RunReport run(Ops& ops, const Study& study, const RunOptions& options);
Estimate estimate(Ops& ops, const Study& study, const RunOptions& options);

/// The study that the options ask for: their draws and seed in place of its own, every cell
/// checked. InvalidArgument names the cell.
Study checked_study(const Study& study, const RunOptions& options);

}  // namespace rankchain
