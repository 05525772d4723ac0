// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cuda_backend.hpp"

#include <memory>

namespace rankchain::cuda {

/// The backend on the caller's stream and arrays: the contract is CudaOnStream's
/// (rankchain/cuda.hpp).
std::unique_ptr<CudaOnStream::Backend> on_stream(CudaStream stream, int ordinal);

}  // namespace rankchain::cuda
