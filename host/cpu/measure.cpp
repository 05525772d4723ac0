// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/measure.hpp"

#include "host/cpu/gram.hpp"
#include "host/cpu/spectrum.hpp"
#include "host/spectrum_choice.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <type_traits>
#include <vector>

namespace rankchain::cpu {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

bool asks(std::span<const Quantity> quantities, Metric metric) {
    return std::any_of(quantities.begin(), quantities.end(),
                       [metric](const Quantity& quantity) { return quantity.metric == metric; });
}

/// Buffers of one thread, kept from call to call.
struct Buffers {
    std::vector<double> w;
    Gram gram;
    Tridiagonal tridiagonal;
    std::vector<double> values;
};

/// What is known of one matrix W = 2^-exponent H, gathered in the order of cost.
struct Measured {
    std::int64_t rows = 0;
    std::int64_t batch = 0;
    std::int64_t generic = 0;  ///< n of isometry_gap and condition_number
    std::int64_t layer = 0;
    Precision precision = Precision::float64;
    int exponent = 0;
    double log_scale = 0;
    double cosine = nan;
    const Gram* gram = nullptr;
    double gap = nan;
    double lambda_1 = nan;  ///< of G = N M / 4^exponent, where there are no singular values
    std::span<const double> sigma = {};  ///< of W, descending; empty where they were not computed

    /// tau as a threshold of the squared singular values of W over N.
    [[nodiscard]] double scaled(double tau) const { return std::ldexp(tau, -2 * exponent); }
    [[nodiscard]] double sigma_1() const { return sigma.empty() ? 0.0 : sigma.front(); }
    /// sigma_i, i from 0; zero where the compressed matrix has none.
    [[nodiscard]] double at(std::int64_t i) const {
        return i < static_cast<std::int64_t>(sigma.size()) ? sigma[static_cast<std::size_t>(i)]
                                                           : 0.0;
    }
    [[nodiscard]] double lambda(std::int64_t i) const {
        return at(i) * at(i) / static_cast<double>(batch);
    }
    [[nodiscard]] double floor() const { return resolution(sigma_1(), rows, batch, precision); }

    [[nodiscard]] double soft_rank(double tau) const;
    [[nodiscard]] double rank_lower_bound() const;
    [[nodiscard]] double numerical_rank() const;
    [[nodiscard]] double stable_rank() const;
    [[nodiscard]] double effective_rank() const;
    [[nodiscard]] double isometry_gap() const;
    [[nodiscard]] double condition_number() const;
    [[nodiscard]] double spectrum(std::int64_t index) const;
    [[nodiscard]] double lyapunov(std::int64_t index) const;
    [[nodiscard]] double value(const Quantity& quantity) const;
};

double Measured::soft_rank(double tau) const {
    const std::int64_t all = std::min(rows, batch);
    if (!(tau > 0.0)) return static_cast<double>(all);
    // A tau that underflows here still excludes the zeros.
    const double threshold = std::max(scaled(tau), std::numeric_limits<double>::min());
    std::int64_t count = 0;
    while (count < all && lambda(count) >= threshold)
        ++count;
    return static_cast<double>(count);
}

double Measured::rank_lower_bound() const {
    if (!(gram->trace > 0)) return 0.0;
    const double ratio = gram->trace / gram->frobenius;
    return ratio * ratio;
}

double Measured::numerical_rank() const {
    const double smallest = floor();
    return static_cast<double>(
        std::count_if(sigma.begin(), sigma.end(), [smallest](double s) { return s > smallest; }));
}

double Measured::stable_rank() const {
    if (!(gram->trace > 0)) return 0.0;
    return gram->trace / (sigma.empty() ? lambda_1 : sigma_1() * sigma_1());
}

double Measured::effective_rank() const {
    double sum = 0;
    for (const double s : sigma)
        sum += s;
    if (!(sum > 0)) return 0.0;
    double entropy = 0;
    for (const double s : sigma) {
        const double p = s / sum;
        if (p > 0) entropy -= p * std::log(p);
    }
    return std::exp(entropy);
}

double Measured::isometry_gap() const {
    if (generic < 1) return nan;
    if (!(at(generic - 1) > floor())) return infinity;
    double mean = 0;
    for (std::int64_t i = 0; i < generic; ++i)
        mean += lambda(i);
    mean /= static_cast<double>(generic);
    // With x_i = lambda_i / mean - 1, which sum to zero, the gap is the mean of x_i - ln(1 + x_i),
    // none of them negative: nothing cancels where all lambda_i are nearly equal.
    double sum = 0;
    for (std::int64_t i = 0; i < generic; ++i) {
        const double x = (lambda(i) - mean) / mean;
        const double log = x > -0.5 ? std::log1p(x) : std::log(lambda(i) / mean);
        sum += std::max(x - log, 0.0);
    }
    return sum / static_cast<double>(generic);
}

double Measured::condition_number() const {
    if (generic < 1) return nan;
    const double smallest = at(generic - 1);
    return smallest > floor() ? sigma_1() / smallest : infinity;
}

double Measured::spectrum(std::int64_t index) const {
    if (index < 1 || index > std::min(rows, batch)) return nan;
    return std::ldexp(lambda(index - 1), 2 * exponent);
}

double Measured::lyapunov(std::int64_t index) const {
    if (layer < 1 || index < 1 || index > std::min(rows, batch)) return nan;
    const double s = at(index - 1);
    if (!(s > floor())) return nan;
    return (std::log(s) + exponent * std::numbers::ln2 - log_scale) / static_cast<double>(layer);
}

double Measured::value(const Quantity& quantity) const {
    switch (quantity.metric) {
        case Metric::soft_rank:
            return soft_rank(quantity.tau);
        case Metric::rank_lower_bound:
            return rank_lower_bound();
        case Metric::numerical_rank:
            return numerical_rank();
        case Metric::stable_rank:
            return stable_rank();
        case Metric::effective_rank:
            return effective_rank();
        case Metric::orthogonality_gap:
            return gap;
        case Metric::isometry_gap:
            return isometry_gap();
        case Metric::mean_abs_cosine:
            return cosine;
        case Metric::condition_number:
            return condition_number();
        case Metric::spectrum:
            return spectrum(quantity.index);
        case Metric::lyapunov:
            return lyapunov(quantity.index);
    }
    return nan;
}

double gram_error(const Gram& gram, double threshold) {
    return rankchain::gram_error(gram.n, gram.k, gram.trace, gram.frobenius, threshold);
}

/// The number of eigenvalues of G that are >= threshold, where the tridiagonal form proves it.
std::optional<std::int64_t> certified_count(const Tridiagonal& tridiagonal, const Gram& gram,
                                            double threshold) {
    const double error = gram_error(gram, threshold);
    const std::int64_t high = tridiagonal.count_at_least(threshold + error);
    if (tridiagonal.count_at_least(threshold - error) != high) return std::nullopt;
    return high;
}

}  // namespace

template <class T>
void measure(const Observed<T>& h, std::span<const Quantity> quantities, double* values,
             std::uint8_t* resolved, std::int64_t stride, DrawStatus& status) {
    thread_local Buffers buffers;
    const auto count = static_cast<std::int64_t>(quantities.size());
    for (std::int64_t q = 0; q < count; ++q) {
        values[q * stride] = nan;
        resolved[q * stride] = 0;
    }
    Measured m{.rows = h.rows,
               .batch = h.batch,
               .generic = generic_rank(h.rows, h.batch, h.centred),
               .layer = h.layer,
               .precision = std::is_same_v<T, float> ? Precision::float32 : Precision::float64,
               .log_scale = h.log_scale};
    auto source = choose_spectrum(quantities);

    buffers.w.resize(static_cast<std::size_t>(h.rows * h.cols));
    const auto exponent = widen(h.data, h.rows, h.cols, h.stride, buffers.w.data());
    if (!exponent) {
        status.spectrum_failed = source >= SpectrumSource::gram_eigenvalues;
        return;
    }
    m.exponent = *exponent;

    // The Gram matrix, and what it alone gives.
    const bool eigenvalues = source == SpectrumSource::gram_eigenvalues;
    m.gram = &buffers.gram;
    if (eigenvalues || asks(quantities, Metric::rank_lower_bound) ||
        asks(quantities, Metric::orthogonality_gap) || asks(quantities, Metric::stable_rank)) {
        buffers.gram.form(buffers.w.data(), h.rows, h.cols);
        if (buffers.gram.trace > 0) m.gap = buffers.gram.orthogonality_gap(h.batch);
    }
    if (asks(quantities, Metric::mean_abs_cosine)) {
        if (h.cols != h.batch) {
            throw Error("mean_abs_cosine was asked of a matrix that has lost its columns");
        }
        m.cosine = mean_abs_cosine(buffers.w.data(), h.rows, h.cols);
    }

    // Counts with a proof from the Gram matrix's eigenvalues; what they cannot decide goes to H. A
    // threshold below their error is known before they are.
    const auto undecided = [&](std::int64_t q) {
        resolved[q * stride] = 1;
        source = SpectrumSource::singular_values;
    };
    const auto threshold = [&](const Quantity& quantity) {
        return m.scaled(quantity.tau) * static_cast<double>(h.batch);
    };
    const auto counted = [](const Quantity& quantity) {
        return quantity.metric == Metric::soft_rank && quantity.tau > 0;
    };
    for (std::int64_t q = 0; eigenvalues && q < count; ++q) {
        const Quantity& quantity = quantities[static_cast<std::size_t>(q)];
        if (!counted(quantity)) continue;
        const double x = threshold(quantity);
        if (!(x > gram_error(buffers.gram, x))) undecided(q);
    }
    if (source == SpectrumSource::gram_eigenvalues) {
        buffers.tridiagonal.reduce(buffers.gram);
        for (std::int64_t q = 0; q < count; ++q) {
            const Quantity& quantity = quantities[static_cast<std::size_t>(q)];
            if (!counted(quantity)) continue;
            const auto ranks =
                certified_count(buffers.tridiagonal, buffers.gram, threshold(quantity));
            if (!ranks) undecided(q);
            values[q * stride] = static_cast<double>(ranks.value_or(0));
        }
    }
    if (source == SpectrumSource::gram_eigenvalues && asks(quantities, Metric::stable_rank)) {
        buffers.values.resize(static_cast<std::size_t>(buffers.gram.n));
        if (buffers.tridiagonal.eigenvalues(buffers.values.data()) == 0) {
            m.lambda_1 = buffers.values.empty() ? 0.0 : buffers.values.front();
        } else {
            source = SpectrumSource::singular_values;
        }
    }
    if (source == SpectrumSource::singular_values) {
        buffers.values.resize(static_cast<std::size_t>(std::min(h.rows, h.cols)));
        status.spectrum_failed =
            singular_values(buffers.w.data(), h.rows, h.cols, buffers.values.data()) != 0;
        m.sigma = buffers.values;
    }

    for (std::int64_t q = 0; q < count; ++q) {
        const Quantity& quantity = quantities[static_cast<std::size_t>(q)];
        const bool spectral = source_of(quantity) >= SpectrumSource::gram_eigenvalues;
        if (spectral && status.spectrum_failed) {
            values[q * stride] = nan;
            continue;
        }
        // Where singular values were needed, every count is taken from them, so that counts at two
        // thresholds are monotone whatever their rounding.
        const bool certified = counted(quantity) && source == SpectrumSource::gram_eigenvalues;
        if (!certified) values[q * stride] = m.value(quantity);
    }
}

template void measure(const Observed<float>&, std::span<const Quantity>, double*, std::uint8_t*,
                      std::int64_t, DrawStatus&);
template void measure(const Observed<double>&, std::span<const Quantity>, double*, std::uint8_t*,
                      std::int64_t, DrawStatus&);

std::int64_t measure_bytes(std::int64_t rows, std::int64_t cols,
                           std::span<const Quantity> quantities) {
    // The buffers, the Gram matrix, and the singular values: any count may come to need them.
    const bool cosines = asks(quantities, Metric::mean_abs_cosine);
    const auto source = choose_spectrum(quantities);
    std::int64_t bytes =
        static_cast<std::int64_t>(sizeof(double)) * (rows * cols + std::min(rows, cols));
    if (source >= SpectrumSource::gram) bytes += gram_bytes(rows, cols, cosines);
    if (source >= SpectrumSource::gram_eigenvalues) bytes += singular_values_bytes(rows, cols);
    return bytes;
}

}  // namespace rankchain::cpu
