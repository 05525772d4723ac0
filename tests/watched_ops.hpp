// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Another backend, watched: what a run begins, and what a test does just before or just after.
#pragma once

#include "host/ops.hpp"

#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace rankchain {

class WatchedOps final : public Ops {
  public:
    explicit WatchedOps(Ops& ops) : ops_(ops) {}

    std::vector<DrawRange> begun;           ///< chunks that were asked for, those too that failed
    std::function<void(DrawRange)> before;  ///< a chunk is asked for
    std::function<void(DrawRange)> after;   ///< it has its memory

    std::unique_ptr<Chunk> begin(const ChainSpec& spec, DrawRange range) override {
        begun.push_back(range);
        if (before) before(range);
        auto chunk = ops_.begin(spec, range);
        if (after) after(range);
        return chunk;
    }

    [[nodiscard]] DeviceInfo info() const override { return ops_.info(); }
    [[nodiscard]] MemoryNeed memory_need(const ChainSpec& spec,
                                         std::span<const Quantity> quantities) const override {
        return ops_.memory_need(spec, quantities);
    }
    [[nodiscard]] std::int64_t memory_free() const override { return ops_.memory_free(); }
    void weights(Weights law, std::uint64_t seed, DrawRange range, std::uint32_t layer,
                 BatchView<float> out) override {
        ops_.weights(law, seed, range, layer, out);
    }
    void layer(const Network& network, BatchView<const float> w, BatchView<const float> h,
               BatchView<float> out, std::span<DrawStatus> status) override {
        ops_.layer(network, w, h, out, status);
    }
    void layer(const Network& network, BatchView<const float> w, BatchView<const double> h,
               BatchView<double> out, std::span<DrawStatus> status) override {
        ops_.layer(network, w, h, out, status);
    }
    Spectrum singular_values(BatchView<const double> h) override { return ops_.singular_values(h); }
    SoftRanks soft_ranks(BatchView<const double> h, std::span<const double> taus,
                         SpectrumMethod method) override {
        return ops_.soft_ranks(h, taus, method);
    }

  private:
    Ops& ops_;
};

}  // namespace rankchain
