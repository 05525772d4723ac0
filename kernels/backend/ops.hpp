// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/ops.hpp"

#include <memory>

namespace rankchain::cuda {

/// The CUDA backend on device `ordinal`. DeviceError names the CUDA error where there is none to be
/// had, or how many devices there are.
std::unique_ptr<Ops> make_ops(int ordinal);

}  // namespace rankchain::cuda
