// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// How much a check does here: on the shim, where the order of threads can be chosen and where every
// load and store may be watched, or on a device.
#pragma once

#include <cstdint>

#include <cuda_runtime.h>

namespace rankchain::cuda {

#ifdef RANKCHAIN_SIMT_RACE
inline constexpr int check_share = 12;  ///< one of so many cases: each takes its time
inline constexpr std::uint64_t check_schedules = 2;
#else
inline constexpr int check_share = 1;
inline constexpr std::uint64_t check_schedules = 20;
#endif

/// Another order of threads and blocks; 0 is in order. A device has its own.
inline void schedule_threads([[maybe_unused]] std::uint64_t seed) {
#ifdef SIMT_HOST
    simt::opt().seed = seed;
#endif
}

}  // namespace rankchain::cuda
