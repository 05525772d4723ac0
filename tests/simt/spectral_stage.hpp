// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What the checks of the spectral stage share: its emulated device, what is asked of it, and what
// it asked of the libraries.
#pragma once

#include "tests/simt/schedule.hpp"
#include "tests/simt/spectral_case.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::cuda::spectral_checks {

inline constexpr double eps = std::numeric_limits<double>::epsilon();
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

inline Quantity of(Metric metric) {
    return {metric, nan, 0};
}
inline Quantity soft_rank(double tau) {
    return {Metric::soft_rank, tau, 0};
}

inline const std::vector<Quantity> gram_quantities{
    of(Metric::rank_lower_bound), of(Metric::orthogonality_gap), of(Metric::mean_abs_cosine)};
inline const std::vector<Quantity> count_quantities{
    soft_rank(0), soft_rank(0.1),          soft_rank(0.5),
    soft_rank(1), of(Metric::stable_rank), of(Metric::rank_lower_bound)};

inline std::vector<Quantity> all_quantities(std::int64_t n) {
    std::vector<Quantity> all{soft_rank(0.1),
                              soft_rank(0.5),
                              soft_rank(1e-12),
                              of(Metric::rank_lower_bound),
                              of(Metric::numerical_rank),
                              of(Metric::stable_rank),
                              of(Metric::effective_rank),
                              of(Metric::orthogonality_gap),
                              of(Metric::isometry_gap),
                              of(Metric::mean_abs_cosine),
                              of(Metric::condition_number)};
    for (std::int64_t i = 1; i <= n; ++i) {
        all.push_back({Metric::spectrum, nan, i});
        all.push_back({Metric::lyapunov, nan, i});
    }
    return all;
}

struct SpectrumStage : testing::Test {
    void SetUp() override {
        RANKCHAIN_NEED_DEVICE();
#ifdef SIMT_HOST
        simt::reset();
        simt::libraries() = {};
#endif
    }
    void TearDown() override {
#ifdef SIMT_HOST
        // Nothing that a library was given had been left unwritten.
        EXPECT_EQ(simt::libraries().spoiled, 0);
        EXPECT_TRUE(simt::libraries().faults.empty());
        simt::opt().deferred = false;
        simt::opt().seed = 0;
        simt::libraries() = {};
#endif
    }
};

inline bool same_bits(const Samples& a, const Samples& b) {
    return cuda::same_bits(a.values, b.values) && a.resolved == b.resolved;
}

/// What the shim's libraries were asked for; a device does not say.
inline void forget_calls() {
#ifdef SIMT_HOST
    simt::libraries().batches.clear();
#endif
}
inline bool called([[maybe_unused]] const std::string& library) {
#ifdef SIMT_HOST
    const auto& batches = simt::libraries().batches;
    return std::any_of(batches.begin(), batches.end(), [&](const auto& call) {
        return call.first.compare(0, library.size(), library) == 0;
    });
#else
    return false;
#endif
}

}  // namespace rankchain::cuda::spectral_checks
