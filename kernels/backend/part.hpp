// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Consecutive draws of a chunk on one queue.
#pragma once

#include "host/chain_plan.hpp"
#include "kernels/backend/chain_path.hpp"
#include "kernels/backend/compress.hpp"
#include "kernels/backend/context.hpp"
#include "kernels/backend/large.hpp"
#include "kernels/backend/memory.hpp"
#include "kernels/backend/spectrum.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace rankchain::cuda {

/// State and layers of the draws `range`. Everything is enqueued on `queue` and nothing waits but
/// where it says so; all device memory is taken at once.
template <class T>
class ChainPart {
  public:
    /// Bytes of device memory for B draws: fixed + per_draw * B, at most.
    static MemoryNeed need(const ChainSpec& spec, const ChainPlan& plan, std::size_t shared_limit);

    /// At layer 0. `memory` and `queue` must outlive it.
    ChainPart(Memory& memory, const Queue& queue, std::size_t shared_limit, const ChainSpec& spec,
              const ChainPlan& plan, DrawRange range);

    /// Layers from + 1 .. to; `from` is where the last call ended. With given weights this waits
    /// for its own uploads.
    void advance(std::int64_t from, std::int64_t to);

    [[nodiscard]] ObservedBatch<T> observed(std::int64_t layer) const;

    /// Enqueues the copy of the statuses to the host; status() reads them after a wait.
    void download_status();
    [[nodiscard]] DrawStatus status(std::int64_t b) const;

    [[nodiscard]] const Queue& queue() const { return queue_; }
    [[nodiscard]] DrawRange range() const { return range_; }

  private:
    void fill();
    void advance_leg(std::int64_t from, std::int64_t to, Path path);
    const float* upload_weights(std::int64_t layer);

    const Queue& queue_;
    ChainSpec spec_;
    ChainPlan plan_;
    DrawRange range_;
    Path first_path_, rest_path_;
    Buffer<T> h_;                           // [B, d, N]
    Buffer<T> p_;                           // the same, where P is kept
    Buffer<T> x_;                           // [d_in, N], where X is shared
    Buffer<float> given_;                   // [B, d, d], where the host makes the weights
    Buffer<std::int64_t> failed_layer_;     // [B]
    Buffer<std::int64_t> degenerate_rows_;  // [B]
    Buffer<double> log_scale_;              // [B], of H
    Buffer<double> log_scale_before_;       // [B], of H one layer before
    std::optional<LargeChain<T>> large_;
    std::optional<Compression<T>> compression_;
    PinnedBuffer<float> made_;             // given_ on the host
    PinnedBuffer<std::int64_t> statuses_;  // [2, B]
    std::optional<Event> uploaded_;
};

extern template class ChainPart<float>;
extern template class ChainPart<double>;

}  // namespace rankchain::cuda
