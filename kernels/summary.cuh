// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Statistics over draws for callers whose values stay on the device (docs/numerics.md,
// "Statistics").
#pragma once

#include <cstdint>

#include <cuda_runtime.h>

namespace rankchain::cuda {

class Memory;

/// Of one quantity: `Summary` of <rankchain/study.hpp> as far as the values themselves tell.
struct SeriesSummary {
    std::int64_t count, failed;  ///< values; NaN in place of one
    double mean, std, stderr_, min;
    double q05, q25, median, q75, q95, max;
};

/// Bytes of `memory` that summarise() takes at most, and histogram() of B numbers: 20 a value for
/// arrays, and for Thrust's two sorts 16 each, a third more than a copy of what they sort.
std::int64_t summarise_bytes(std::int64_t quantities, std::int64_t draws);
std::int64_t histogram_bytes(std::int64_t draws);

/// summaries [Q] of values [Q, B], both on the device; sorted [Q, B], or null: each row ascending,
/// NaN last.
///
/// Sums     compensated (Neumaier) in draw order over 1024 draws at a time, then over these in
/// turn;
///          deviations and their squares plainly in the same order, in a second pass. So up to 1024
///          draws have the order of the host's statistics.
/// Memory   from `memory`; it need not take anything back before the end.
/// Errors   OutOfMemory; DeviceError.
/// Stream   enqueued on `stream`; may wait.
/// Order    run_to_run.
void summarise(Memory& memory, const double* values, std::int64_t quantities, std::int64_t draws,
               SeriesSummary* summaries, double* sorted, cudaStream_t stream);

/// The exact histogram of `count` ascending whole numbers (of a row of `sorted`, without its NaN):
/// values and counts on the device, room for `count` each. Returns how many there are; waits for
/// it.
std::int64_t histogram(Memory& memory, const double* sorted, std::int64_t count,
                       std::int64_t* values, std::int64_t* counts, cudaStream_t stream);

}  // namespace rankchain::cuda
