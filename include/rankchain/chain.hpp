// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rankchain/array.hpp>
#include <rankchain/device.hpp>
#include <rankchain/export.hpp>
#include <rankchain/metrics.hpp>
#include <rankchain/network.hpp>

#include <cstdint>
#include <memory>
#include <span>

namespace rankchain {

class Chunk;

/// The chains of consecutive draws of one network, all at the same layer.
///
///   rankchain::Network network{.width = 64, .batch = 64, .depth = 100};
///   rankchain::Chains chains(network, {}, /*seed=*/1, {0, 1000});
///   chains.advance(100);
///   auto samples = chains.measure(quantities);
///
/// Draw b of seed s is the same network whatever the range, the device's threads or the order of
/// calls (docs/numerics.md, "Randomness"). `spectrum` is how measure() counts ranks.
/// Errors  InvalidArgument (validate()), OutOfMemory, DeviceError.
class RANKCHAIN_API Chains {
  public:
    Chains(const Network& network, const Input& input, std::uint64_t seed, DrawRange draws,
           const Device& device = {}, Observe observe = Observe::hidden,
           SpectrumMethod spectrum = SpectrumMethod::automatic);
    ~Chains();
    Chains(Chains&&) noexcept;
    Chains& operator=(Chains&&) noexcept;

    /// On to `layer`, from the present one up to the network's depth; 0 is the input.
    void advance(std::int64_t layer);
    [[nodiscard]] std::int64_t layer() const;
    [[nodiscard]] DrawRange draws() const;

    /// The quantities of every draw at the present layer. InvalidArgument: as
    /// validate_quantities().
    [[nodiscard]] Samples measure(std::span<const Quantity> quantities);

    /// The observed matrices, widened to double: out [B, rows, N], rows = d (d_in at layer 0).
    void observed(BatchView<double> out);

  private:
    Network network_;
    std::unique_ptr<Chunk> chunk_;
};

}  // namespace rankchain
