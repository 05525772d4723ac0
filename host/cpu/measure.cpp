// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/measure.hpp"

#include "host/cpu/counting.hpp"
#include "host/cpu/lanes.hpp"
#include "host/cpu/measure_group.hpp"
#include "host/cpu/spectrum.hpp"
#include "host/parallel.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

namespace rankchain::cpu {
namespace {

/// A rank from singular values, held to what is proved of it, and how far its threshold would have
/// to move for rounding to matter.
template <class T>
void count_by_values(const Entry<T>& entry, std::size_t q, const Quantity& quantity,
                     const CountInterval& proved) {
    const Measured& m = entry.m;
    auto count = static_cast<std::int64_t>(m.value(quantity));
    if (proved.known()) count = std::clamp(count, proved.low, proved.high);
    entry.value(q) = static_cast<double>(count);
    if (m.sigma.empty() || proved.decided()) return;
    const double x = quantity.metric == Metric::numerical_rank
                         ? m.resolution(m.sigma.front())
                         : std::sqrt(entry.threshold(quantity.tau));
    const double e = singular_value_error(entry.to->h.rows, entry.to->h.cols, m.sigma.front());
    if (count_at_least(m.sigma, x + e) == count_at_least(m.sigma, x - e)) return;
    const double change = e / x;
    entry.margin(q, quantity.metric == Metric::numerical_rank ? change : change * (2 + change));
}

/// The singular values where they are needed, then every quantity.
template <class T>
void finish(Entry<T>& entry, const Request& request, Buffers& buffers) {
    const Observed<T>& h = entry.to->h;
    DrawStatus& status = *entry.to->status;
    if (request.method == CountMethod::singular_values || entry.open) {
        entry.widen(buffers.w);
        buffers.sigma.resize(static_cast<std::size_t>(std::min(h.rows, h.cols)));
        status.spectrum_failed =
            singular_values(buffers.w.data(), h.rows, h.cols, buffers.sigma.data()) != 0;
        entry.m.sigma = buffers.sigma;
    }
    std::size_t c = 0;
    for (std::size_t q = 0; q < request.quantities.size(); ++q) {
        const Quantity& quantity = request.quantities[q];
        const CountInterval proved =
            is_rank(quantity) && !entry.intervals.empty() ? entry.intervals[c] : CountInterval{};
        if (is_rank(quantity)) ++c;
        if (status.spectrum_failed && is_spectral(quantity)) {
            entry.value(q) = std::numeric_limits<double>::quiet_NaN();
        } else if (!is_rank(quantity)) {
            entry.value(q) = entry.m.value(quantity);
        } else if (proved.decided()) {
            entry.value(q) = static_cast<double>(proved.low);
        } else {
            count_by_values(entry, q, quantity, proved);
        }
    }
}

/// Up to lane_count() of them.
template <class T>
void measure_group(std::span<const Measurement<T>> group, std::span<const Quantity> quantities,
                   SpectrumMethod method, std::int64_t stride) {
    if (group.empty()) return;
    thread_local Buffers buffers;
    const Observed<T>& shape = group.front().h;
    const Request request(quantities, shape.rows, shape.cols, shape.batch, method);
    std::vector<Entry<T>> entries(group.size());
    for (std::size_t b = 0; b < group.size(); ++b) {
        Entry<T>& entry = entries[b];
        const Observed<T>& h = group[b].h;
        entry.to = &group[b];
        entry.stride = stride;
        for (std::size_t q = 0; q < quantities.size(); ++q) {
            entry.value(q) = std::numeric_limits<double>::quiet_NaN();
            entry.flag(q) = 0;
            entry.margin(q, 0.0);
        }
        const auto exponent = scale_exponent(h.data, h.rows, h.cols, h.stride);
        entry.finite = exponent.has_value();
        entry.open = entry.finite && request.method == CountMethod::bidiagonal;
        entry.to->status->spectrum_failed =
            !entry.finite && choose_spectrum(quantities) >= SpectrumSource::gram_eigenvalues;
        entry.m = {.rows = h.rows,
                   .batch = h.batch,
                   .layer = h.layer,
                   .centred = h.centred,
                   .precision = std::is_same_v<T, float> ? Precision::float32 : Precision::float64,
                   .exponent = exponent.value_or(0),
                   .log_scale = h.log_scale};
    }
    const std::span<Entry<T>> all(entries);
    if (request.gram && request.lanes) gram_in_lanes(all, request, buffers);
    for (Entry<T>& entry : entries) {
        if (!entry.finite) continue;
        if (request.cosines) {
            if (shape.cols != shape.batch) {
                throw Error("mean_abs_cosine was asked of a matrix that has lost its columns");
            }
            entry.widen(buffers.w);
            entry.m.mean_abs_cosine = mean_abs_cosine(buffers.w.data(), shape.rows, shape.cols);
        }
        if (request.gram && !request.lanes) gram_alone(entry, request, buffers);
    }
    const auto mark = [&] {
        for (const Entry<T>& entry : entries) {
            for (std::size_t c = 0; c < entry.intervals.size(); ++c) {
                if (!entry.intervals[c].decided()) entry.flag(request.counts[c]) = 1;
            }
        }
    };
    mark();
    const bool any_open =
        std::any_of(entries.begin(), entries.end(), [](const auto& entry) { return entry.open; });
    if (any_open && !request.eigenvalues && has_bidiagonal(shape.rows, shape.cols)) {
        bidiagonal_in_lanes(all, request, buffers);
        if (request.method == CountMethod::bidiagonal) mark();
    }
    for (Entry<T>& entry : entries) {
        if (entry.finite) finish(entry, request, buffers);
    }
}

}  // namespace

template <class T>
void measure_all(std::span<const Measurement<T>> matrices, std::span<const Quantity> quantities,
                 SpectrumMethod method, std::int64_t stride, int threads) {
    const auto count = static_cast<std::int64_t>(matrices.size());
    const std::int64_t lanes = lane_count();
    parallel_for((count + lanes - 1) / lanes, threads, [&](std::int64_t group, int) {
        const auto first = static_cast<std::size_t>(group * lanes);
        const auto size = std::min(matrices.size() - first, static_cast<std::size_t>(lanes));
        measure_group(matrices.subspan(first, size), quantities, method, stride);
    });
}

template <class T>
void measure(const Observed<T>& h, std::span<const Quantity> quantities, double* values,
             std::uint8_t* resolved, std::int64_t stride, DrawStatus& status,
             SpectrumMethod method) {
    const Measurement<T> one{h, values, resolved, nullptr, &status};
    measure_group(std::span<const Measurement<T>>(&one, 1), quantities, method, stride);
}

template void measure_all(std::span<const Measurement<float>>, std::span<const Quantity>,
                          SpectrumMethod, std::int64_t, int);
template void measure_all(std::span<const Measurement<double>>, std::span<const Quantity>,
                          SpectrumMethod, std::int64_t, int);
template void measure(const Observed<float>&, std::span<const Quantity>, double*, std::uint8_t*,
                      std::int64_t, DrawStatus&, SpectrumMethod);
template void measure(const Observed<double>&, std::span<const Quantity>, double*, std::uint8_t*,
                      std::int64_t, DrawStatus&, SpectrumMethod);

std::int64_t measure_bytes(std::int64_t rows, std::int64_t cols,
                           std::span<const Quantity> quantities) {
    // Any rank may come to need the slower methods too, and a chain's other layers are smaller.
    const bool spectral = std::any_of(quantities.begin(), quantities.end(), is_spectral);
    const bool cosines = asks(quantities, Metric::mean_abs_cosine);
    const auto ranks = std::count_if(quantities.begin(), quantities.end(), is_rank);
    const std::int64_t n = std::min(rows, cols);
    std::int64_t bytes = 8 * (rows * cols + n + 2 * lane_count());
    bytes += lane_count() * (static_cast<std::int64_t>(sizeof(Entry<double>)) +
                             ranks * static_cast<std::int64_t>(2 * sizeof(CountInterval)));
    if (choose_spectrum(quantities) == SpectrumSource::nothing) return bytes;
    if (cosines || n > lanes_side || spectral) bytes += gram_bytes(rows, cols, cosines);
    const std::int64_t side = std::min(n, lanes_side);
    bytes += GramLanes::bytes(side, std::max(rows, cols)) + TridiagonalLanes::bytes(side);
    if (spectral) {
        bytes += LaneCounts::bytes(ranks) + singular_values_bytes(rows, cols) +
                 BidiagonalLanes::bytes(rows, cols);
    }
    return bytes;
}

}  // namespace rankchain::cpu
