// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Where a check runs and how much it does there: on the shim, where the order of threads can be
// chosen and where every load and store may be watched, or on a device, if there is one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include <cuda_runtime.h>
#include <gtest/gtest.h>

namespace rankchain::cuda {

#ifdef RANKCHAIN_SIMT_RACE
inline constexpr bool watched = true;  ///< every load and store is: fewer and smaller cases
#else
inline constexpr bool watched = false;
#endif
inline constexpr int check_share = watched ? 12 : 1;  ///< one of so many cases

#ifdef SIMT_HOST
inline constexpr bool on_device = false;
#else
inline constexpr bool on_device = true;
#endif

/// Why nothing can run here; empty if it can.
inline std::string missing_device() {
    if (!on_device) return "";
    int count = 0;
    const cudaError_t status = cudaGetDeviceCount(&count);
    if (status != cudaSuccess) {
        return std::string("no CUDA device: cudaGetDeviceCount says ") + cudaGetErrorName(status) +
               " (" + cudaGetErrorString(status) + ")";
    }
    return count == 0 ? "no CUDA device" : "";
}

/// Of so many cases, those to run: where RANKCHAIN_SHORT is set (under a sanitizer every one takes
/// its time) a hundredth, but every norm, activation and order.
inline int cases_to_run(int cases) {
    if (std::getenv("RANKCHAIN_SHORT") == nullptr) return cases / check_share;
    return cases / 100 > 84 ? cases / 100 : 84;
}

/// First in SetUp(). Without a device the test is skipped, and fails where RANKCHAIN_REQUIRE_GPU is
/// set: a run for evidence must not pass by skipping.
#define RANKCHAIN_NEED_DEVICE()                                                            \
    if (const std::string missing = rankchain::cuda::missing_device(); !missing.empty()) { \
        if (std::getenv("RANKCHAIN_REQUIRE_GPU") != nullptr) FAIL() << missing;            \
        GTEST_SKIP() << missing;                                                           \
    }                                                                                      \
    static_assert(true)

/// In how many orders of threads a check runs beside in order: $RANKCHAIN_SCHEDULES, or `usual`;
/// under the race check, which finds what any order would show, no more than 2.
inline std::uint64_t check_orders(std::uint64_t usual) {
    if (watched) return std::min<std::uint64_t>(usual, 2);
    const char* const asked = std::getenv("RANKCHAIN_SCHEDULES");
    return asked == nullptr ? usual : std::strtoull(asked, nullptr, 10);
}

// NOLINTNEXTLINE(cert-err58-cpp): a test that does not begin is noticed
inline const std::uint64_t check_schedules = check_orders(20);

/// Another order of threads and blocks; 0 is in order. A device has its own.
inline void schedule_threads([[maybe_unused]] std::uint64_t seed) {
#ifdef SIMT_HOST
    simt::opt().seed = seed;
#endif
}

/// check() in order, then in so many other orders, until something is fatal.
template <class Check>
void in_every_order(const Check& check, std::uint64_t others = check_schedules) {
    for (std::uint64_t order = 0; order <= others; ++order) {
        SCOPED_TRACE("order " + std::to_string(order));
        schedule_threads(order);
        check();
        if (testing::Test::HasFatalFailure()) break;
    }
    schedule_threads(0);
}

/// What make() gives in order, as it must in so many other orders.
template <class Make>
auto same_in_every_order(const Make& make, std::uint64_t others = check_schedules) {
    std::optional<decltype(make())> first;
    in_every_order(
        [&] {
            auto got = make();
            if (first) {
                ASSERT_TRUE(got == *first);
            } else {
                first = std::move(got);
            }
        },
        others);
    return *std::move(first);
}

}  // namespace rankchain::cuda
