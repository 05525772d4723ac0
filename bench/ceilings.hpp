// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

namespace rankchain::bench {

/// What the device gave, each resource a second under the names of kernels/work.hpp, the best of
/// several runs. Throws std::runtime_error with one clause where there is no device or a call
/// fails.
std::map<std::string, double> cuda_ceilings();

}  // namespace rankchain::bench
