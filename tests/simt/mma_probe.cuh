// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime.h>

namespace rankchain::test {

/// d = a b + c by one mma of one warp: a [16, 8], b [8, 8], c and d [16, 8], row-major, on the
/// device. float: a and b on the tf32 grid.
cudaError_t probe_mma(const float* a, const float* b, const float* c, float* d);
cudaError_t probe_mma(const double* a, const double* b, const double* c, double* d);

}  // namespace rankchain::test
