// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Soft ranks and singular values of matrices, in the spectral stage's terms.
#pragma once

#include <rankchain/array.hpp>
#include <rankchain/metrics.hpp>
#include <rankchain/spectrum.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace rankchain::cuda {

inline std::vector<Quantity> soft_rank_quantities(std::span<const double> taus) {
    std::vector<Quantity> quantities;
    for (const double tau : taus)
        quantities.push_back({Metric::soft_rank, tau, 0});
    return quantities;
}
inline std::vector<Quantity> singular_value_quantities() {
    return {{Metric::spectrum, std::numeric_limits<double>::quiet_NaN(), 1}};
}

/// Margins that are all zero are not kept.
inline void drop_decided(std::vector<double>& margin) {
    if (std::all_of(margin.begin(), margin.end(), [](double change) { return change == 0.0; })) {
        margin.clear();
    }
}

/// Places for what a stage collects of B matrices.
inline Samples empty_samples(std::size_t quantities, std::int64_t draws) {
    Samples samples;
    samples.draws = draws;
    samples.values.resize(quantities * static_cast<std::size_t>(draws));
    samples.resolved.resize(samples.values.size());
    samples.margin.resize(samples.values.size());
    samples.status.resize(static_cast<std::size_t>(draws));
    return samples;
}
template <class T>
Spectrum empty_spectrum(BatchView<const T> h) {
    Spectrum spectrum;
    spectrum.draws = h.draws;
    spectrum.count = std::min(h.rows, h.cols);
    spectrum.values.resize(static_cast<std::size_t>(h.draws * spectrum.count));
    spectrum.info.resize(static_cast<std::size_t>(h.draws));
    return spectrum;
}

inline SoftRanks to_soft_ranks(const Samples& samples) {
    SoftRanks ranks;
    for (const double value : samples.values)
        ranks.count.push_back(std::isnan(value) ? -1 : static_cast<std::int64_t>(value));
    ranks.resolved = samples.resolved;
    ranks.margin = samples.margin;
    drop_decided(ranks.margin);
    return ranks;
}

}  // namespace rankchain::cuda
