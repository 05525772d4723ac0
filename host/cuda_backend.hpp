// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The CUDA backend as its own shared library shows it, and how it is had. One install works with
// and without a GPU, driver or CUDA libraries, because nothing links that library: it is opened
// here.
#pragma once

#include "host/ops.hpp"

#include <memory>
#include <string>

namespace rankchain {

/// What librankchain_cuda.so exports. Only the first member keeps its place from version to
/// version.
struct CudaBackend {
    const char* version;  ///< version and git revision
    /// The backend on device `ordinal`. DeviceError names the CUDA error, or how many devices there
    /// are.
    std::unique_ptr<Ops> (*make_ops)(int ordinal);
};

/// The name of the one symbol of that library; it returns `const CudaBackend*`.
inline constexpr const char* cuda_backend_symbol = "rankchain_cuda_backend";

/// Opens librankchain_cuda.so beside the file that this code is in, or where the system looks.
/// NotCompiled names the file that is missing; DeviceError says what the system's loader says (the
/// CUDA library that is missing), or both versions where they differ.
const CudaBackend& cuda_backend();

}  // namespace rankchain
