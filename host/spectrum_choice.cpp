// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/spectrum_choice.hpp"

#include "host/arith/count_error.hpp"

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

bool has_bidiagonal(std::int64_t rows, std::int64_t cols) {
    // Each side alone first: no product of sizes overflows.
    return std::min(rows, cols) <= lanes_side && std::max(rows, cols) <= lanes_size &&
           rows * cols <= lanes_size;
}

CountMethod choose_count(std::span<const Quantity> quantities, std::int64_t rows, std::int64_t cols,
                         std::int64_t batch, SpectrumMethod method) {
    bool counts = false;
    bool from_h = false;
    bool values = method == SpectrumMethod::svd;
    double least = std::numeric_limits<double>::infinity();
    for (const Quantity& quantity : quantities) {
        if (quantity.metric == Metric::numerical_rank) {
            from_h = true;
        } else if (source_of(quantity) == SpectrumSource::singular_values) {
            values = true;
        } else if (source_of(quantity) == SpectrumSource::gram_eigenvalues) {
            counts = true;
            if (quantity.metric == Metric::soft_rank) least = std::min(least, quantity.tau);
        }
    }
    if (!counts && !from_h) {
        const bool asked = choose_spectrum(quantities) == SpectrumSource::singular_values;
        return asked ? CountMethod::singular_values : CountMethod::none;
    }
    if (values) return CountMethod::singular_values;
    if (!from_h && method == SpectrumMethod::eigen) return CountMethod::gram;
    // Every norm leaves ||H||_F^2 = tr(G) near rows N at most: below the error of such a G there is
    // nothing to be seen in it.
    const auto n = std::min(rows, cols);
    const auto k = std::max(rows, cols);
    const double trace = static_cast<double>(rows) * static_cast<double>(batch);
    const bool tiny = !(static_cast<double>(batch) * least > gram_error(n, k, trace, trace, 0));
    if (!from_h && !tiny) return CountMethod::gram;
    const bool lanes = method != SpectrumMethod::eigen && has_bidiagonal(rows, cols);
    return lanes ? CountMethod::bidiagonal : CountMethod::singular_values;
}

double bidiagonal_error(std::int64_t n, std::int64_t k, double frobenius, double x) {
    return arith::bidiagonal_error(n, k, frobenius, x);
}

double singular_value_error(std::int64_t rows, std::int64_t cols, double sigma_1) {
    constexpr double eps = std::numeric_limits<double>::epsilon();
    return 30.0 * eps * static_cast<double>(std::max(rows, cols)) * sigma_1;
}

double gram_error(std::int64_t n, std::int64_t k, double trace, double frobenius, double x) {
    return arith::gram_error(n, k, trace, frobenius, x);
}

double eigenvalue_error(std::int64_t n, std::int64_t k, double trace, double frobenius, double x) {
    return arith::eigenvalue_error(n, k, trace, frobenius, x);
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
