// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace rankchain {

/// One number of a file.
///
///   kind  'u' and 'i' whole numbers of 1, 2, 4 or 8 bytes, 'f' IEEE 754 of 2, 4 or 8 bytes,
///         'b' a truth value of 1 byte (not 0: 1)
struct ElementType {
    char kind = 'u';
    std::size_t bytes = 1;
    bool big_endian = false;
};

/// The number at `data` as a double: exact but for whole numbers beyond 2^53, which are rounded to
/// nearest.
using Decoder = double (*)(const std::byte* data);

/// The decoder of a type, or null where there is none.
Decoder find_decoder(const ElementType& type);

}  // namespace rankchain
