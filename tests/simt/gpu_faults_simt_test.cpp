// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What tests/gpu shows of a device whose memory ends and of one that is lost, on the CPU: so that
// it is known to run before there is a device. The loss itself is injected here.
#include "kernels/shared_memory.cuh"

namespace rankchain::cuda {
SIMT_DYNAMIC_SHARED(dynamic_shared, 256 << 10);
}  // namespace rankchain::cuda

#include "tests/gpu/lost_gpu_test.cpp"    // NOLINT(bugprone-suspicious-include)
#include "tests/gpu/memory_gpu_test.cpp"  // NOLINT(bugprone-suspicious-include)
