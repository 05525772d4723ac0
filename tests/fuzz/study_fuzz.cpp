// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Fuzzed bytes as a study file: refused with its place, or a study whose cells keep the contract.
#include "host/study/study_file.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace rankchain {
namespace {

// No file is opened: what a fuzzer names could be anything.
Input no_file(const InputFile& file, std::int64_t batch) {
    if (batch > 64) throw InvalidArgument(file.path.string() + ": too few samples");
    return {Input::Kind::given, 3,
            std::make_shared<std::vector<double>>(static_cast<std::size_t>(3 * batch), 0.5)};
}

void check(const Study& study) {
    if (study.cells.empty() || study.draws < 0 || study.draws > draws_limit) std::abort();
    for (const Cell& cell : study.cells) {
        validate(cell.network, cell.input);
        if (cell.quantities.empty() || cell.layers.empty()) std::abort();
        if (!std::is_sorted(cell.layers.begin(), cell.layers.end())) std::abort();
        if (cell.layers.front() < 0 || cell.layers.back() > cell.network.depth) std::abort();
    }
}

}  // namespace
}  // namespace rankchain

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        rankchain::check(rankchain::parse_study(text, "s.toml", rankchain::no_file));
    } catch (const rankchain::InvalidArgument& error) {
        const std::string_view message = error.what();
        if (!message.starts_with("s.toml:")) std::abort();
    }
    return 0;
}
