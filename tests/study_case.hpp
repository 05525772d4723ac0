// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Whole runs as tests ask for them: a small study, and what its result says, bit for bit.
#pragma once

#include "host/study/runner.hpp"
#include "tests/temporary.hpp"
#include <rankchain/study.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <filesystem>

#include <gtest/gtest.h>

namespace rankchain {

inline constexpr const char* study_text = R"(
seed = 7
draws = 200
[network]
width = [5, 12]
batch = [7, 12]
depth = 12
normalization = ["batch", "none"]
activation = ["linear", "relu"]
[record]
depths = [0, 1, 5, 12]
soft_rank = [0.1, 0.5]
metrics = ["rank_lower_bound", "stable_rank", "isometry_gap", "mean_abs_cosine", "numerical_rank"]
keep = "draws"
)";

inline Study real_study() {
    return parse_study(study_text, "study.toml");
}

inline Study fake_study(std::int64_t draws = 100) {
    Study study = parse_study(
        "[network]\nwidth = [2, 3]\ndepth = 9\n[record]\ndepths = [0, 2, 9]\nsoft_rank = [1]\n"
        "metrics = [\"stable_rank\"]\nkeep = \"draws\"\n",
        "fake.toml");
    study.draws = draws;
    return study;
}

// FNV-1a over every value of every draw, bit for bit, in the order of cells, depths, quantities.
inline std::uint64_t hash_of(const std::filesystem::path& file) {
    const Results results(file);
    std::uint64_t hash = 14695981039346656037U;
    const auto add = [&](std::uint64_t word) {
        for (int byte = 0; byte < 8; ++byte)
            hash = (hash ^ (word >> 8 * byte & 255U)) * 1099511628211U;
    };
    for (std::size_t cell = 0; cell < results.study().cells.size(); ++cell) {
        const Cell& of = results.study().cells[cell];
        for (std::size_t layer = 0; layer < of.layers.size(); ++layer) {
            for (std::size_t q = 0; q < of.quantities.size(); ++q) {
                for (const double x : results.draws(cell, layer, q)) {
                    add(std::bit_cast<std::uint64_t>(x));
                }
                const Summary s = results.summary(cell, layer, q);
                for (const double x : {s.mean, s.std, s.stderr_, s.q05, s.median, s.q95}) {
                    add(std::isnan(x) ? 0 : std::bit_cast<std::uint64_t>(x));
                }
                add(static_cast<std::uint64_t>(s.resolved));
                add(static_cast<std::uint64_t>(s.failed));
                add(static_cast<std::uint64_t>(s.degenerate_rows));
            }
        }
    }
    return hash;
}

inline RunOptions into(const std::filesystem::path& file, std::int64_t chunk = 0,
                       bool resume = false, int threads = 1) {
    return {.result = file,
            .device = {Device::Kind::cpu, 0, threads},
            .resume = resume,
            .chunk = chunk};
}

inline std::uint64_t expected_hash(const TemporaryFolder& folder) {
    const std::filesystem::path file = folder / "expected";
    EXPECT_TRUE(run(real_study(), into(file)).finished);
    return hash_of(file);
}

}  // namespace rankchain
