// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// How many draws a chunk takes. Results do not depend on it (docs/numerics.md, "Determinism").
#pragma once

#include "host/ops.hpp"
#include <rankchain/study.hpp>

#include <algorithm>
#include <cstdint>

namespace rankchain {

/// What a backend is asked to run for a cell.
ChainSpec chain_spec(const Cell& cell, std::uint64_t seed);

/// Bytes for B draws of a cell: the backend's, and the samples kept until they are committed.
MemoryNeed memory_need(const Ops& ops, const Cell& cell, std::uint64_t seed);

/// Work of one draw of a cell in arbitrary units, to share out progress between unlike cells:
/// the layers' products and random numbers.
double draw_work(const Cell& cell);

/// fixed + per_draw * draws, saturated.
std::int64_t bytes_for(const MemoryNeed& need, std::int64_t draws);

/// The size of the next chunk of one cell: as many draws as half of the free memory holds, no more
/// than the measured rate finishes in about the interval of commits, but a draw for each thread;
/// after trouble with memory, never above half of what failed.
class ChunkSize {
  public:
    /// `asked`: what the caller wants, 0 for the measured size.
    ChunkSize(const Ops& ops, const Cell& cell, std::uint64_t seed, std::int64_t asked);

    [[nodiscard]] std::int64_t next(std::int64_t left) const;
    void measured(std::int64_t draws, double seconds);
    void out_of_memory(std::int64_t draws) { most_ = std::max<std::int64_t>(1, draws / 2); }

  private:
    std::int64_t asked_;
    std::int64_t threads_;
    std::int64_t most_;
    double seconds_per_draw_ = 0;  // 0: not measured yet
};

/// OutOfMemory, with both numbers, where even one draw of a cell (or `asked` draws) does not fit.
void check_memory(const Ops& ops, const Study& study, std::int64_t asked);

}  // namespace rankchain
