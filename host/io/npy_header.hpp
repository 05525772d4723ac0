// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/io/byte_source.hpp"
#include "host/io/element.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rankchain {

/// What the header of a .npy file says.
struct NpyHeader {
    ElementType element;
    std::string descr;  ///< as the file writes the type, e.g. "<f8"
    bool fortran_order = false;
    std::vector<std::uint64_t> shape;
    std::uint64_t count = 1;  ///< product of the shape
};

/// Reads the header, versions 1.0 to 3.0, and checks it against the length of the file, so that the
/// caller may allocate `count` numbers. Afterwards the source stands at the first value.
/// See https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
NpyHeader read_npy_header(ByteSource& source);

}  // namespace rankchain
