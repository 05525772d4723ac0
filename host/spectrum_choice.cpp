// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/spectrum_choice.hpp"

#include <algorithm>
#include <limits>

namespace rankchain {

SpectrumSource source_of(const Quantity& quantity) {
    switch (quantity.metric) {
        case Metric::soft_rank:
            // sigma^2 / N >= 0 always holds.
            return quantity.tau > 0.0 ? SpectrumSource::gram_eigenvalues : SpectrumSource::nothing;
        case Metric::rank_lower_bound:
        case Metric::orthogonality_gap:
        case Metric::mean_abs_cosine:
            return SpectrumSource::gram;
        case Metric::stable_rank:
            // The largest eigenvalue is had to relative accuracy.
            return SpectrumSource::gram_eigenvalues;
        case Metric::numerical_rank:
        case Metric::effective_rank:
        case Metric::isometry_gap:
        case Metric::condition_number:
        case Metric::spectrum:
        case Metric::lyapunov:
            // Small sigma_i matter, and squaring loses those below sqrt(u) sigma_1.
            return SpectrumSource::singular_values;
    }
    return SpectrumSource::singular_values;
}

bool is_count(const Quantity& quantity) {
    return quantity.metric == Metric::soft_rank && quantity.tau > 0;
}

bool is_spectral(const Quantity& quantity) {
    return source_of(quantity) >= SpectrumSource::gram_eigenvalues;
}

bool asks(std::span<const Quantity> quantities, Metric metric) {
    return std::any_of(quantities.begin(), quantities.end(),
                       [metric](const Quantity& quantity) { return quantity.metric == metric; });
}

SpectrumSource choose_spectrum(std::span<const Quantity> quantities) {
    auto source = SpectrumSource::nothing;
    for (const Quantity& quantity : quantities)
        source = std::max(source, source_of(quantity));
    return source;
}

namespace {

// Of a method whose backward error is at most `solver` n^2 u ||G||_F.
double bound(double solver, std::int64_t n, std::int64_t k, double trace, double frobenius,
             double x) {
    constexpr double u = std::numeric_limits<double>::epsilon() / 2;
    const auto size = static_cast<double>(n);
    return 1.01 * u * (static_cast<double>(k) * trace + solver * size * size * frobenius + 8.0 * x);
}

}  // namespace

double gram_error(std::int64_t n, std::int64_t k, double trace, double frobenius, double x) {
    return bound(16.0, n, k, trace, frobenius, x);
}

double eigenvalue_error(std::int64_t n, std::int64_t k, double trace, double frobenius, double x) {
    return bound(32.0, n, k, trace, frobenius, x);
}

double resolution(double sigma_1, std::int64_t rows, std::int64_t batch, Precision precision) {
    const double eps = precision == Precision::float32
                           ? double{std::numeric_limits<float>::epsilon()}
                           : std::numeric_limits<double>::epsilon();
    return sigma_1 * (static_cast<double>(std::max(rows, batch)) * eps);
}

std::int64_t generic_rank(std::int64_t rows, std::int64_t batch, bool centred) {
    return std::min(rows, centred ? batch - 1 : batch);
}

}  // namespace rankchain
