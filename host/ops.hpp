// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The contract of every operation a backend implements. It is written here once; host/cpu and
// kernels/ implement it and say only how. Letters: B draws, d width, N batch, l layer.
#pragma once

#include <rankchain/array.hpp>
#include <rankchain/device.hpp>
#include <rankchain/metrics.hpp>
#include <rankchain/network.hpp>
#include <rankchain/spectrum.hpp>

#include <cstdint>
#include <memory>
#include <span>

namespace rankchain {

/// What a chunk of draws runs through.
struct ChainSpec {
    Network network;
    Input input;
    std::uint64_t seed = 0;
    Observe observe = Observe::hidden;
    /// Whether the columns of H are asked for (observed(), mean_abs_cosine). Where they are not, a
    /// linear chain whose norm acts on rows or on the whole may carry K [d, min(d, N)] with
    /// H = K Q^T, Q orthonormal, in place of H: singular values are those of H to rounding.
    bool columns = true;
    /// How ranks are counted.
    SpectrumMethod spectrum = SpectrumMethod::automatic;
};

/// Bytes a chunk needs: fixed + per_draw * B, known before the first draw.
struct MemoryNeed {
    std::int64_t fixed = 0;
    std::int64_t per_draw = 0;
};

/// The state of consecutive draws, all at the same layer.
class Chunk {
  public:
    virtual ~Chunk() = default;

    /// H_l from H_{l-1} for every draw, up to `layer` (at least the present one, at most L).
    ///
    ///   Z = gamma scale (w_l H_{l-1}) + H_{l-1}   gamma finite and W square
    ///   Z = scale (w_l H_{l-1})                   otherwise; w_l the weights before scale
    ///   then norm and act in the network's order (docs/numerics.md, "The chain")
    ///
    /// Sums     in the chain's precision; mean and variance by two passes (no E[z^2] - E[z]^2);
    ///          every order of summation fixed by (d, N) alone.
    /// Faults   a row, column or whole Z with nothing to divide by and eps = 0 becomes zeros and is
    ///          added to `degenerate_rows`. A draw whose numbers are not finite stops at that
    ///          layer, recorded as `failed_layer`; the other draws go on.
    /// Order    run_to_run: independent of B, threads and how the way to `layer` is divided.
    /// Wait     a device may return before it is done. A chunk's first call waits for itself, a
    ///          later one for the call before the last: whoever times calls, each at most twice as
    ///          long as the one before, is never further off than two of them.
    virtual void advance(std::int64_t layer) = 0;

    /// The quantities of every draw at the present layer. At layer 0 both `hidden` and
    /// `preactivation` observe X.
    ///
    /// Sums     Gram matrices, spectra and metrics in float64, from H widened.
    /// Faults   a draw that failed has NaN for every quantity; one whose spectrum did not converge
    ///          has NaN for the spectral ones; a quantity that is not defined for a draw (Lyapunov
    ///          below the resolution of the precision) is NaN.
    /// Order    run_to_run.
    virtual Samples measure(std::span<const Quantity> quantities) = 0;

    /// The observed matrices widened to double, [B, rows, N]. Only where ChainSpec::columns.
    virtual void observed(BatchView<double> out) = 0;

    [[nodiscard]] virtual std::int64_t layer() const = 0;
    [[nodiscard]] virtual DrawRange draws() const = 0;
};

/// A backend.
class Ops {
  public:
    virtual ~Ops() = default;

    [[nodiscard]] virtual DeviceInfo info() const = 0;

    /// What begin() and measure() will allocate for B draws, at most.
    [[nodiscard]] virtual MemoryNeed memory_need(const ChainSpec& spec,
                                                 std::span<const Quantity> quantities) const = 0;
    /// Bytes this device can give now.
    [[nodiscard]] virtual std::int64_t memory_free() const = 0;

    /// Draws `range` at layer 0. Errors: InvalidArgument (validate()), OutOfMemory with need and
    /// free.
    virtual std::unique_ptr<Chunk> begin(const ChainSpec& spec, DrawRange range) = 0;

    /// w_l before scale of the draws `range`: out [B, rows, cols]. See rankchain/weights.hpp.
    virtual void weights(Weights law, std::uint64_t seed, DrawRange range, std::uint32_t layer,
                         BatchView<float> out) = 0;

    /// One layer under the caller's own weights: out [B, d, N] = H_l from w [B, d, k], h [B, k, N].
    /// Of `network` it takes scale, gamma, normalization, activation, order and eps. Same
    /// arithmetic as advance(). `status` has one entry a draw.
    /// Alias    out must not overlap w or h.
    /// Errors   InvalidArgument if the shapes disagree; both are printed.
    virtual void layer(const Network& network, BatchView<const float> w, BatchView<const float> h,
                       BatchView<float> out, std::span<DrawStatus> status) = 0;
    virtual void layer(const Network& network, BatchView<const float> w, BatchView<const double> h,
                       BatchView<double> out, std::span<DrawStatus> status) = 0;

    /// See rankchain/spectrum.hpp.
    virtual Spectrum singular_values(BatchView<const double> h) = 0;
    virtual SoftRanks soft_ranks(BatchView<const double> h, std::span<const double> taus,
                                 SpectrumMethod method) = 0;
};

/// The backend that `device` means here. host/backend.cpp is the one file that knows which exist.
std::unique_ptr<Ops> make_ops(const Device& device);

}  // namespace rankchain
