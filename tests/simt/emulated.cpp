// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Shared memory of the emulated backend's kernels.
#include "kernels/shared_memory.cuh"

namespace rankchain::cuda {

SIMT_DYNAMIC_SHARED(dynamic_shared, 256 << 10);

}  // namespace rankchain::cuda
