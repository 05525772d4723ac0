// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/io/input_file.hpp"
#include "tests/fuzz/memory_file.hpp"
#include <rankchain/error.hpp>

#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace rankchain {

/// Reads fuzzed bytes as an input: whatever they are, either they are refused with a message or
/// what comes out keeps the contract. The first byte chooses offset, batch and standardise.
inline void read_input(FileKind kind, const std::uint8_t* data, std::size_t size) {
    if (size == 0) return;
    const std::int64_t offset = data[0] & 3;
    const std::int64_t batch = 1 + ((data[0] >> 2) & 7);
    const auto standardise = static_cast<Standardise>((data[0] >> 5) % 3);
    const MemoryFile file(data + 1, size - 1);
    try {
        const Input input = load_input({kind, file.path(), offset, standardise}, batch);
        if (input.rows < 1) std::abort();
        if (input.values->size() != static_cast<std::size_t>(input.rows * batch)) std::abort();
        for (const double value : *input.values) {
            if (!std::isfinite(value)) std::abort();
        }
    } catch (const InvalidArgument&) {
    }
}

}  // namespace rankchain
