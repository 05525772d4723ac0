// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace rankchain::cpu {

/// Bytes the machine can give now without swapping: MemAvailable of /proc/meminfo, or less where
/// the limit of this process's control group (version 1 or 2) leaves less.
std::int64_t memory_free();

}  // namespace rankchain::cpu
