// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime.h>

namespace rankchain::test {

/// What is wrong with a kernel; see planted.cu.
enum class Planted { nothing, missing_barrier, blocks_collide, never_written, divergent_barrier };

/// out[k] = sum of the neighbours of thread k: 2 blocks of 64 threads, out has 128 floats.
cudaError_t run_planted(Planted bug, float* out);

}  // namespace rankchain::test
