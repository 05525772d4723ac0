// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The public faces of a backend's operations.
#include "host/ops.hpp"
#include <rankchain/chain.hpp>
#include <rankchain/spectrum.hpp>

namespace rankchain {

Chains::Chains(const Network& network, const Input& input, std::uint64_t seed, DrawRange draws,
               const Device& device, Observe observe, SpectrumMethod spectrum)
    : network_(network),
      chunk_(make_ops(device)->begin({network, input, seed, observe, /*columns=*/true, spectrum},
                                     draws)) {}
Chains::~Chains() = default;
Chains::Chains(Chains&&) noexcept = default;
Chains& Chains::operator=(Chains&&) noexcept = default;

void Chains::advance(std::int64_t layer) {
    chunk_->advance(layer);
}
std::int64_t Chains::layer() const {
    return chunk_->layer();
}
DrawRange Chains::draws() const {
    return chunk_->draws();
}
Samples Chains::measure(std::span<const Quantity> quantities) {
    validate_quantities(network_, quantities);
    return chunk_->measure(quantities);
}
void Chains::observed(BatchView<double> out) {
    chunk_->observed(out);
}

Spectrum singular_values(BatchView<const double> h, const Device& device) {
    return make_ops(device)->singular_values(h);
}

SoftRanks soft_ranks(BatchView<const double> h, std::span<const double> taus, const Device& device,
                     SpectrumMethod method) {
    return make_ops(device)->soft_ranks(h, taus, method);
}

}  // namespace rankchain
