// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// One reader a format. Each checks every length before it allocates, and reads the file to its end
// so that damage behind the samples taken is found too.
#pragma once

#include "host/io/byte_source.hpp"

#include <cstdint>
#include <vector>

namespace rankchain {

/// Samples, one a column.
struct Columns {
    std::int64_t features = 0;
    std::vector<double> values;  ///< [features, batch], row-major
};

/// Samples offset .. offset + batch - 1. Both arguments are valid (offset >= 0, batch >= 1).
Columns read_idx(ByteSource& source, std::int64_t offset, std::int64_t batch);
Columns read_cifar10(ByteSource& source, std::int64_t offset, std::int64_t batch);
Columns read_npy(ByteSource& source, std::int64_t offset, std::int64_t batch);

/// Refuses where the file holds fewer samples than are asked for: have and want.
void check_samples(const ByteSource& source, std::uint64_t have, std::int64_t offset,
                   std::int64_t batch);

}  // namespace rankchain
