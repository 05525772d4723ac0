// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What the readers say of files that a test makes up.
#pragma once

#include "host/io/input_file.hpp"
#include "tests/io_files.hpp"
#include "tests/refusal.hpp"
#include "tests/temporary.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain {

using io_files::write;

// What load_input() says of these bytes, "" where it takes them.
inline std::string refusal_of(const std::string& bytes, FileKind kind, std::int64_t offset = 0,
                              std::int64_t batch = 1) {
    const TemporaryFolder folder;
    const auto path = write(folder / "file", bytes);
    std::string message = refusal([&] { load_input({kind, path, offset}, batch); });
    if (!message.empty()) {
        EXPECT_EQ(message.rfind(path.string() + ": ", 0), 0U) << message;
    }
    return message;
}

inline std::vector<double> values_of(const std::string& bytes, FileKind kind, std::int64_t offset,
                                     std::int64_t batch,
                                     Standardise standardise = Standardise::none) {
    const TemporaryFolder folder;
    const Input input =
        load_input({kind, write(folder / "file", bytes), offset, standardise}, batch);
    EXPECT_EQ(input.kind, Input::Kind::given);
    EXPECT_EQ(static_cast<std::size_t>(input.rows * batch), input.values->size());
    return *input.values;
}

inline void expect_mentions(const std::string& message, const std::string& part) {
    EXPECT_NE(message.find(part), std::string::npos)
        << "'" << message << "' lacks '" << part << "'";
}

inline std::string bytes_from(std::size_t count, unsigned first = 0) {
    std::string bytes;
    for (std::size_t i = 0; i < count; ++i)
        bytes += static_cast<char>((first + i) % 256);
    return bytes;
}

}  // namespace rankchain
