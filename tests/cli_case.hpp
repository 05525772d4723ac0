// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// A small study through the command, and its numbers out of CSV.
#pragma once

#include "tests/command.hpp"
#include "tests/temporary.hpp"

#include <charconv>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain {

inline constexpr const char* small_study = R"(
seed = 7
draws = 40
[network]
width = [4, 8]
batch = "width"
depth = 20
normalization = ["batch", "none"]
[record]
depths = [0, 1, 5, 20]
soft_rank = [0.1, 0.5]
metrics = ["rank_lower_bound", "numerical_rank", "spectrum"]
keep = "draws"
)";

inline command::Outcome run_small(const TemporaryFolder& folder) {
    command::write(folder / "small.toml", small_study);
    return command::call(folder.path(), {"run", "small.toml"});
}

inline std::vector<std::map<std::string, std::string>> table(const std::string& csv) {
    const std::vector<std::string> all = command::lines(csv);
    const std::vector<std::string> names = command::fields(all.at(0));
    std::vector<std::map<std::string, std::string>> rows;
    for (std::size_t i = 1; i < all.size(); ++i) {
        const std::vector<std::string> values = command::fields(all[i]);
        EXPECT_EQ(values.size(), names.size()) << all[i];
        std::map<std::string, std::string> row;
        for (std::size_t c = 0; c < names.size() && c < values.size(); ++c) {
            row[names[c]] = values[c];
        }
        rows.push_back(row);
    }
    return rows;
}

inline double real(const std::string& text) {
    double value = std::nan("");
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    EXPECT_TRUE(error == std::errc{} && end == text.data() + text.size()) << text;
    return value;
}

}  // namespace rankchain
