// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/measure.hpp"

#include "host/cpu/gram.hpp"
#include "host/cpu/spectrum.hpp"
#include "host/measured.hpp"
#include "host/spectrum_choice.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <type_traits>
#include <vector>

namespace rankchain::cpu {
namespace {

bool asks(std::span<const Quantity> quantities, Metric metric) {
    return std::any_of(quantities.begin(), quantities.end(),
                       [metric](const Quantity& quantity) { return quantity.metric == metric; });
}

/// A soft rank that is not decided by the shape.
bool is_count(const Quantity& quantity) {
    return quantity.metric == Metric::soft_rank && quantity.tau > 0;
}

bool is_spectral(const Quantity& quantity) {
    return source_of(quantity) >= SpectrumSource::gram_eigenvalues;
}

/// Buffers of one thread, kept from call to call.
struct Buffers {
    AlignedVector<double> w;
    std::vector<double> sigma;
    Gram gram;
    Tridiagonal tridiagonal;
};

/// The number of eigenvalues of G that are >= threshold, where the tridiagonal form proves it: the
/// counts on both sides of the threshold, as far away as its error reaches, are the same.
std::optional<std::int64_t> certified_count(const Tridiagonal& tridiagonal, double threshold,
                                            double error) {
    const std::int64_t high = tridiagonal.count_at_least(threshold + error);
    if (tridiagonal.count_at_least(threshold - error) != high) return std::nullopt;
    return high;
}

/// Where values and flags of one draw go.
struct Output {
    double* values;
    std::uint8_t* resolved;
    std::int64_t stride;

    [[nodiscard]] double& value(std::size_t q) const {
        return values[static_cast<std::int64_t>(q) * stride];
    }
    [[nodiscard]] std::uint8_t& flag(std::size_t q) const {
        return resolved[static_cast<std::int64_t>(q) * stride];
    }
};

/// Every count from the Gram matrix. False, with the flags of those concerned, if one of them is
/// within the error of its threshold.
bool count_by_gram(Buffers& buffers, const Measured& m, std::span<const Quantity> quantities,
                   const Output& out) {
    Gram& gram = buffers.gram;
    buffers.tridiagonal.reduce(gram);
    bool decided = true;
    for (std::size_t q = 0; q < quantities.size(); ++q) {
        if (!is_count(quantities[q])) continue;
        const double threshold = m.threshold(quantities[q].tau);
        const double error = gram_error(gram.n, gram.k, gram.trace, gram.frobenius, threshold);
        const auto count = certified_count(buffers.tridiagonal, threshold, error);
        out.value(q) = static_cast<double>(count.value_or(-1));
        out.flag(q) = count ? 0 : 1;
        decided = decided && count;
    }
    return decided;
}

}  // namespace

template <class T>
void measure(const Observed<T>& h, std::span<const Quantity> quantities, double* values,
             std::uint8_t* resolved, std::int64_t stride, DrawStatus& status) {
    thread_local Buffers buffers;
    const Output out{values, resolved, stride};
    for (std::size_t q = 0; q < quantities.size(); ++q) {
        out.value(q) = std::numeric_limits<double>::quiet_NaN();
        out.flag(q) = 0;
    }
    const auto source = choose_spectrum(quantities);
    status.spectrum_failed = false;

    buffers.w.resize(static_cast<std::size_t>(h.rows * h.cols));
    const auto exponent = widen(h.data, h.rows, h.cols, h.stride, buffers.w.data());
    if (!exponent) {
        status.spectrum_failed = source >= SpectrumSource::gram_eigenvalues;
        return;
    }
    Measured m{.rows = h.rows,
               .batch = h.batch,
               .layer = h.layer,
               .centred = h.centred,
               .precision = std::is_same_v<T, float> ? Precision::float32 : Precision::float64,
               .exponent = *exponent,
               .log_scale = h.log_scale};

    if (asks(quantities, Metric::mean_abs_cosine)) {
        if (h.cols != h.batch) {
            throw Error("mean_abs_cosine was asked of a matrix that has lost its columns");
        }
        m.mean_abs_cosine = mean_abs_cosine(buffers.w.data(), h.rows, h.cols);
    }
    if (source == SpectrumSource::gram_eigenvalues || asks(quantities, Metric::stable_rank) ||
        asks(quantities, Metric::rank_lower_bound) || asks(quantities, Metric::orthogonality_gap)) {
        buffers.gram.form(buffers.w.data(), h.rows, h.cols);
        m.trace = buffers.gram.trace;
        m.frobenius = buffers.gram.frobenius;
        m.orthogonality_gap = buffers.gram.orthogonality_gap(h.batch);
    }
    const bool counted =
        source == SpectrumSource::gram_eigenvalues && count_by_gram(buffers, m, quantities, out);
    if (counted && asks(quantities, Metric::stable_rank)) {
        m.lambda_1 = buffers.tridiagonal.largest(m.trace, m.frobenius);
    }
    if (source >= SpectrumSource::gram_eigenvalues && !counted) {
        buffers.sigma.resize(static_cast<std::size_t>(std::min(h.rows, h.cols)));
        status.spectrum_failed =
            singular_values(buffers.w.data(), h.rows, h.cols, buffers.sigma.data()) != 0;
        m.sigma = buffers.sigma;
    }

    for (std::size_t q = 0; q < quantities.size(); ++q) {
        if (status.spectrum_failed && is_spectral(quantities[q])) {
            out.value(q) = std::numeric_limits<double>::quiet_NaN();
        } else if (!(counted && is_count(quantities[q]))) {
            // Where singular values were needed every count is taken from them, so that counts at
            // two thresholds are monotone whatever their rounding.
            out.value(q) = m.value(quantities[q]);
        }
    }
}

template void measure(const Observed<float>&, std::span<const Quantity>, double*, std::uint8_t*,
                      std::int64_t, DrawStatus&);
template void measure(const Observed<double>&, std::span<const Quantity>, double*, std::uint8_t*,
                      std::int64_t, DrawStatus&);

std::int64_t measure_bytes(std::int64_t rows, std::int64_t cols,
                           std::span<const Quantity> quantities) {
    // Any count may come to need the singular values too.
    const bool cosines = asks(quantities, Metric::mean_abs_cosine);
    const auto source = choose_spectrum(quantities);
    std::int64_t bytes =
        static_cast<std::int64_t>(sizeof(double)) * (rows * cols + std::min(rows, cols));
    if (source >= SpectrumSource::gram) bytes += gram_bytes(rows, cols, cosines);
    if (source >= SpectrumSource::gram_eigenvalues) bytes += singular_values_bytes(rows, cols);
    return bytes;
}

}  // namespace rankchain::cpu
