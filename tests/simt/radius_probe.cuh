// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <cuda_runtime.h>

namespace rankchain::test {

/// radius[i] = sqrt(-2 ln u) of words[i], as host/arith/formula.inl makes it; on the device.
cudaError_t probe_radius(const std::uint32_t* words, float* radius, std::int64_t count);

}  // namespace rankchain::test
