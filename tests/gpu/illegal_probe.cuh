// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime.h>

namespace rankchain::test {

/// Enqueues a kernel that reads where nothing is: the process loses its device.
cudaError_t read_illegal_address();

}  // namespace rankchain::test
