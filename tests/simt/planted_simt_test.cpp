// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The checks of this folder find what they are for.
#include "tests/simt/planted.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::test {

SIMT_DYNAMIC_SHARED(planted_shared, 1024);

namespace {

constexpr int size = 128;

/// The error the shim raised, or whether a schedule made wrong numbers; empty if all is well.
std::string trouble(Planted bug) {
    std::string found;
    float* out = nullptr;
    if (cudaMalloc(&out, size * sizeof(float)) != cudaSuccess) return "no memory";
    for (std::uint64_t schedule = 0; schedule < 20 && found.empty(); ++schedule) {
        simt::opt().seed = schedule;
        std::vector<float> before(size, std::nanf(""));
        (void)cudaMemcpy(out, before.data(), size * sizeof(float), cudaMemcpyHostToDevice);
        try {
            if (run_planted(bug, out) != cudaSuccess) found = "launch failed";
        } catch (const simt::Error& error) {
            found = error.what();
        }
        for (int k = 0; k < size && found.empty(); ++k) {
            const int at = k % 64;
            if (!(out[k] == static_cast<float>((at + 1) % 64 + (at + 63) % 64))) found = "wrong";
        }
    }
    (void)cudaFree(out);
    return found;
}

TEST(Simt, AcceptsARightKernel) {
    EXPECT_EQ(trouble(Planted::nothing), "");
}

TEST(Simt, FindsAMissingBarrier) {
#ifdef RANKCHAIN_SIMT_RACE
    EXPECT_NE(trouble(Planted::missing_barrier).find("RACE"), std::string::npos);
#else
    EXPECT_EQ(trouble(Planted::missing_barrier), "wrong");
#endif
}

TEST(Simt, FindsBlocksThatWriteTheSamePlace) {
#ifdef RANKCHAIN_SIMT_RACE
    EXPECT_NE(trouble(Planted::blocks_collide).find("write after unordered write"),
              std::string::npos);
#else
    EXPECT_EQ(trouble(Planted::blocks_collide), "wrong");
#endif
}

TEST(Simt, FindsMemoryNobodyWrote) {
#ifdef RANKCHAIN_SIMT_RACE
    EXPECT_NE(trouble(Planted::never_written).find("nobody wrote"), std::string::npos);
#else
    EXPECT_EQ(trouble(Planted::never_written), "wrong");
#endif
}

TEST(Simt, FindsADivergentBarrier) {
    EXPECT_NE(trouble(Planted::divergent_barrier).find("barrier divergence"), std::string::npos);
}

}  // namespace
}  // namespace rankchain::test
