// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/ops.hpp"

#include <memory>

namespace rankchain::cpu {

/// Draws `range` of a valid spec at layer 0, each advanced by one of `threads` threads.
std::unique_ptr<Chunk> begin_chunk(const ChainSpec& spec, DrawRange range, int threads);

/// Bytes begin_chunk() and what the chunk measures allocate.
MemoryNeed chunk_memory(const ChainSpec& spec, std::span<const Quantity> quantities, int threads);

}  // namespace rankchain::cpu
