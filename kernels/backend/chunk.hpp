// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/ops.hpp"
#include "kernels/backend/context.hpp"

#include <memory>
#include <span>

namespace rankchain::cuda {

/// Draws `range` at layer 0, in two parts on two queues: the first part's spectra are computed
/// while the second part's chains still run.
std::unique_ptr<Chunk> begin_chunk(const std::shared_ptr<Context>& context, const ChainSpec& spec,
                                   DrawRange range);

/// Bytes of device memory that begin_chunk() and Chunk::measure take for B draws, at most.
MemoryNeed chunk_memory(Context& context, const ChainSpec& spec,
                        std::span<const Quantity> quantities);

}  // namespace rankchain::cuda
