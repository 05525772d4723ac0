// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/read_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    rankchain::read_input(rankchain::FileKind::npy, data, size);
    if (size == 0) return 0;
    const rankchain::MemoryFile file(data + 1, size - 1);
    try {
        const rankchain::NpyArray array = rankchain::load_npy(file.path());
        std::int64_t count = 1;
        for (const std::int64_t length : array.shape)
            count *= length;
        if (static_cast<std::size_t>(count) != array.values.size()) std::abort();
    } catch (const rankchain::InvalidArgument&) {
    }
    return 0;
}
