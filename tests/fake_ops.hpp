// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// A backend whose numbers are a formula of (seed, draw, layer, quantity), for tests of what is
// around a backend. It can run out of memory.
#pragma once

#include "host/ops.hpp"
#include <rankchain/error.hpp>

#include <cmath>
#include <limits>
#include <map>
#include <new>

namespace rankchain {

class FakeOps : public Ops {
  public:
    std::string arithmetic = "fake 1";
    std::int64_t free = std::int64_t{1} << 30;
    MemoryNeed need{1000, 1000};
    std::int64_t draws_that_fit = std::numeric_limits<std::int64_t>::max();
    bool fails_late = false;  ///< std::bad_alloc while measuring, not OutOfMemory at the beginning
    std::int64_t failing_draw = -1;  ///< not finite from layer 2 on
    std::int64_t lost_device_at = -1;
    std::map<std::int64_t, int> begun;  ///< how often each draw was begun

    static double value(std::uint64_t seed, std::int64_t draw, std::int64_t layer, std::size_t q) {
        const auto mixed = (seed * 1000003U + static_cast<std::uint64_t>(draw)) * 7919U +
                           static_cast<std::uint64_t>(layer) * 31U + q;
        return static_cast<double>(mixed % 97U);
    }

    [[nodiscard]] DeviceInfo info() const override { return {"fake", arithmetic, 2}; }
    [[nodiscard]] MemoryNeed memory_need(const ChainSpec& /*spec*/,
                                         std::span<const Quantity> /*quantities*/) const override {
        return need;
    }
    [[nodiscard]] std::int64_t memory_free() const override { return free; }
    std::unique_ptr<rankchain::Chunk> begin(const ChainSpec& spec, DrawRange range) override {
        if (range.first == lost_device_at) throw DeviceError("the device fell off the bus");
        if (range.count > draws_that_fit && !fails_late) throw OutOfMemory("no room");
        for (std::int64_t b = 0; b < range.count; ++b)
            ++begun[range.first + b];
        return std::make_unique<Chunk>(*this, spec, range);
    }
    void weights(Weights, std::uint64_t, DrawRange, std::uint32_t, BatchView<float>) override {}
    void layer(const Network&, BatchView<const float>, BatchView<const float>, BatchView<float>,
               std::span<DrawStatus>) override {}
    void layer(const Network&, BatchView<const float>, BatchView<const double>, BatchView<double>,
               std::span<DrawStatus>) override {}
    Spectrum singular_values(BatchView<const double>) override { return {}; }
    SoftRanks soft_ranks(BatchView<const double>, std::span<const double>,
                         SpectrumMethod) override {
        return {};
    }

  private:
    class Chunk : public rankchain::Chunk {
      public:
        Chunk(FakeOps& ops, const ChainSpec& spec, DrawRange range)
            : ops_(ops), seed_(spec.seed), range_(range) {}
        void advance(std::int64_t layer) override { layer_ = layer; }
        Samples measure(std::span<const Quantity> quantities) override {
            if (ops_.fails_late && range_.count > ops_.draws_that_fit) throw std::bad_alloc();
            Samples samples;
            samples.draws = range_.count;
            const auto count = static_cast<std::size_t>(range_.count);
            samples.values.resize(quantities.size() * count);
            samples.resolved.resize(quantities.size() * count);
            samples.status.resize(count);
            for (std::int64_t b = 0; b < range_.count; ++b) {
                const std::int64_t draw = range_.first + b;
                const bool failed = draw == ops_.failing_draw && layer_ >= 2;
                if (failed) samples.status[static_cast<std::size_t>(b)].failed_layer = 2;
                samples.status[static_cast<std::size_t>(b)].degenerate_rows = draw % 3;
                for (std::size_t q = 0; q < quantities.size(); ++q) {
                    const auto at = q * count + static_cast<std::size_t>(b);
                    samples.values[at] = failed ? std::nan("") : value(seed_, draw, layer_, q);
                    samples.resolved[at] = draw % 5 == 0;
                }
            }
            return samples;
        }
        void observed(BatchView<double>) override {}
        [[nodiscard]] std::int64_t layer() const override { return layer_; }
        [[nodiscard]] DrawRange draws() const override { return range_; }

      private:
        FakeOps& ops_;
        std::uint64_t seed_;
        DrawRange range_;
        std::int64_t layer_ = 0;
    };
};

}  // namespace rankchain
