// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/temporary.hpp"
#include <rankchain/error.hpp>
#include <rankchain/study.hpp>

#include <gtest/gtest.h>

namespace rankchain {
namespace {

constexpr std::string_view small_study = R"(
seed = 7
draws = 100
[network]
width = [4, 8]
batch = "width"
depth = 20
normalization = ["batch", "none"]
[record]
depths = [0, 1, 5, 20]
soft_rank = [0.1, 0.5]
metrics = ["rank_lower_bound", "stable_rank", "isometry_gap"]
keep = "draws"
)";

TEST(Run, GivesEveryDrawOfEveryCell) {
    const TemporaryFolder folder;
    const Study study = parse_study(small_study, "small.toml");
    const RunReport report = run(study, {.result = folder / "r.rankchain"});
    EXPECT_TRUE(report.finished);
    EXPECT_EQ(report.draws_computed, 400);
    const Results results(folder / "r.rankchain");
    ASSERT_EQ(results.study().cells.size(), 4U);
    for (std::size_t cell = 0; cell < 4; ++cell) {
        EXPECT_EQ(results.draws_done(cell), 100);
        const Summary s = results.summary(cell, 3, 0);
        EXPECT_EQ(s.count, 100);
        EXPECT_GE(s.mean, 1);
    }
}

}  // namespace
}  // namespace rankchain
