// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What tests/gpu shows of the whole backend on a device, on the CPU with fewer draws: so that it is
// known to run before there is a device.
#include "kernels/shared_memory.cuh"

namespace rankchain::cuda {
SIMT_DYNAMIC_SHARED(dynamic_shared, 256 << 10);
}  // namespace rankchain::cuda

#include "tests/gpu/backend_gpu_test.cpp"
