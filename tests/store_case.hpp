// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Result files as tests make, alter and compare them.
#pragma once

#include "host/study/runner.hpp"
#include "tests/fake_ops.hpp"
#include "tests/refusal.hpp"
#include <rankchain/study.hpp>

#include <bit>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace rankchain {

inline Study study_of(const std::string& changes = "", const std::string& top = "") {
    return parse_study("seed = 3\n" + top + "[network]\nwidth = [2, 3]\ndepth = 4\n" + changes +
                           "[record]\ndepths = [0, 4]\nsoft_rank = [0.5]\nmetrics = "
                           "[\"stable_rank\", \"isometry_gap\"]\nkeep = \"draws\"\n",
                       "s.toml");
}

inline RunOptions into(const std::filesystem::path& file, bool resume = false,
                       std::int64_t draws = 40) {
    return {.result = file, .draws = draws, .resume = resume, .chunk = 7};
}

inline void make(const std::filesystem::path& file, std::int64_t draws = 40) {
    FakeOps ops;
    run(ops, study_of(), into(file, false, draws));
}

inline std::string resume_refusal(const std::filesystem::path& file, const Study& study,
                                  std::int64_t draws = 40, FakeOps ops = {}) {
    return refusal([&] { run(ops, study, into(file, true, draws)); });
}

inline std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

inline void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
}

// Everything a result file says of its draws, bit for bit.
inline std::vector<std::uint64_t> contents(const std::filesystem::path& file) {
    const Results results(file);
    std::vector<std::uint64_t> all;
    for (std::size_t cell = 0; cell < results.study().cells.size(); ++cell) {
        const Cell& of = results.study().cells[cell];
        for (std::size_t layer = 0; layer < of.layers.size(); ++layer) {
            for (std::size_t q = 0; q < of.quantities.size(); ++q) {
                for (const double x : results.draws(cell, layer, q)) {
                    all.push_back(std::bit_cast<std::uint64_t>(x));
                }
                const Summary s = results.summary(cell, layer, q);
                all.push_back(static_cast<std::uint64_t>(s.resolved));
                all.push_back(static_cast<std::uint64_t>(s.degenerate_rows));
            }
        }
    }
    return all;
}

}  // namespace rankchain
