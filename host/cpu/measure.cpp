// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/measure.hpp"

#include "host/cpu/gram.hpp"
#include "host/cpu/lanes.hpp"
#include "host/cpu/spectrum.hpp"
#include "host/measured.hpp"
#include "host/parallel.hpp"
#include "host/spectrum_choice.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

namespace rankchain::cpu {
namespace {

/// From this many rows on the lanes' matrices leave the second-level cache, and LAPACK's blocks win
/// (bench/counting_bench.cpp).
constexpr std::int64_t lanes_limit = 192;

/// One matrix of the group on its way.
template <class T>
struct Entry {
    const Measurement<T>* to = nullptr;
    std::int64_t stride = 0;
    Measured m;
    bool finite = false;   ///< its entries are
    bool counted = false;  ///< every count is there and proved

    [[nodiscard]] double& value(std::size_t q) const {
        return to->values[static_cast<std::int64_t>(q) * stride];
    }
    [[nodiscard]] std::uint8_t& flag(std::size_t q) const {
        return to->resolved[static_cast<std::int64_t>(q) * stride];
    }
    /// W, in `w`.
    void widen(AlignedVector<double>& w) const {
        const Observed<T>& h = to->h;
        w.resize(static_cast<std::size_t>(h.rows * h.cols));
        (void)cpu::widen(h.data, h.rows, h.cols, h.stride, w.data());
    }
};

/// Buffers of one thread, kept from call to call.
struct Buffers {
    AlignedVector<double> w;
    std::vector<double> sigma;
    Gram gram;
    Tridiagonal tridiagonal;
    GramLanes gram_lanes;
    TridiagonalLanes tridiagonal_lanes;
    AlignedVector<double> shifts;  ///< [2 counts, L]: threshold + e, threshold - e
    AlignedVector<double> counts;
    AlignedVector<double> row;  ///< [L]
};

/// What a group is asked for.
struct Request {
    std::span<const Quantity> quantities;
    SpectrumSource source = SpectrumSource::nothing;
    bool gram = false;
    bool counts = false;  ///< by the eigenvalues of G
    bool stable_rank = false;
    bool gap = false;
    bool cosines = false;

    explicit Request(std::span<const Quantity> asked)
        : quantities(asked),
          source(choose_spectrum(asked)),
          counts(source == SpectrumSource::gram_eigenvalues),
          stable_rank(asks(asked, Metric::stable_rank)),
          gap(asks(asked, Metric::orthogonality_gap)),
          cosines(asks(asked, Metric::mean_abs_cosine)) {
        gram = counts || stable_rank || gap || asks(asked, Metric::rank_lower_bound);
    }
};

/// One count with its proof: the counts on both sides of the threshold, as far away as its error
/// reaches, are the same.
template <class T>
void certify(Entry<T>& entry, std::size_t q, std::int64_t above, std::int64_t below) {
    const bool decided = above == below;
    entry.value(q) = static_cast<double>(decided ? above : -1);
    entry.flag(q) = decided ? 0 : 1;
    entry.counted = entry.counted && decided;
}

/// Gram matrix and counts of one matrix by BLAS and LAPACK.
template <class T>
void gram_alone(Entry<T>& entry, const Request& request, Buffers& buffers) {
    const Observed<T>& h = entry.to->h;
    Gram& gram = buffers.gram;
    entry.widen(buffers.w);
    gram.form(buffers.w.data(), h.rows, h.cols);
    entry.m.trace = gram.trace;
    entry.m.frobenius = gram.frobenius;
    if (request.gap) entry.m.orthogonality_gap = gram.orthogonality_gap(h.batch);
    if (!request.counts) return;
    buffers.tridiagonal.reduce(gram);
    entry.counted = true;
    for (std::size_t q = 0; q < request.quantities.size(); ++q) {
        if (!is_count(request.quantities[q])) continue;
        const double x = entry.m.threshold(request.quantities[q].tau);
        const double e = gram_error(gram.n, gram.k, gram.trace, gram.frobenius, x);
        certify(entry, q, buffers.tridiagonal.count_at_least(x + e),
                buffers.tridiagonal.count_at_least(x - e));
    }
    if (request.stable_rank) {
        entry.m.lambda_1 = buffers.tridiagonal.largest(gram.trace, gram.frobenius);
    }
}

/// The same of all of them in lanes.
template <class T>
void gram_in_lanes(std::span<Entry<T>> entries, const Request& request, Buffers& buffers) {
    const std::int64_t lanes = lane_count();
    const auto width = static_cast<std::size_t>(lanes);
    const Observed<T>& shape = entries.front().to->h;
    std::vector<Lane<T>> matrices;
    for (const Entry<T>& entry : entries) {
        const Observed<T>& h = entry.to->h;
        matrices.push_back(
            {entry.finite ? h.data : nullptr, h.stride, std::ldexp(1.0, -entry.m.exponent)});
    }
    GramLanes& gram = buffers.gram_lanes;
    gram.form(std::span<const Lane<T>>(matrices), shape.rows, shape.cols);
    buffers.row.resize(width);
    if (request.gap) gram.orthogonality_gap(shape.batch, buffers.row.data());
    for (std::size_t b = 0; b < entries.size(); ++b) {
        Measured& m = entries[b].m;
        m.trace = gram.trace[b];
        m.frobenius = gram.frobenius[b];
        if (request.gap) m.orthogonality_gap = buffers.row[b];
    }
    if (!request.counts) return;

    buffers.tridiagonal_lanes.reduce(gram);
    std::vector<std::size_t> counts;
    for (std::size_t q = 0; q < request.quantities.size(); ++q) {
        if (is_count(request.quantities[q])) counts.push_back(q);
    }
    buffers.shifts.assign(2 * counts.size() * width, 0.0);
    buffers.counts.resize(buffers.shifts.size());
    for (std::size_t c = 0; c < counts.size(); ++c) {
        for (std::size_t b = 0; b < entries.size(); ++b) {
            const double x = entries[b].m.threshold(request.quantities[counts[c]].tau);
            const double e = gram_error(gram.n, gram.k, gram.trace[b], gram.frobenius[b], x);
            buffers.shifts[2 * c * width + b] = x + e;
            buffers.shifts[(2 * c + 1) * width + b] = x - e;
        }
    }
    buffers.tridiagonal_lanes.count_at_least(static_cast<std::int64_t>(2 * counts.size()),
                                             buffers.shifts.data(), buffers.counts.data());
    if (request.stable_rank) buffers.tridiagonal_lanes.largest(gram, buffers.row.data());
    for (std::size_t b = 0; b < entries.size(); ++b) {
        if (!entries[b].finite) continue;
        entries[b].counted = true;
        for (std::size_t c = 0; c < counts.size(); ++c) {
            certify(entries[b], counts[c],
                    static_cast<std::int64_t>(buffers.counts[2 * c * width + b]),
                    static_cast<std::int64_t>(buffers.counts[(2 * c + 1) * width + b]));
        }
        if (request.stable_rank) entries[b].m.lambda_1 = buffers.row[b];
    }
}

/// The singular values where they are needed, then every quantity that is not there yet.
template <class T>
void finish(Entry<T>& entry, const Request& request, Buffers& buffers) {
    const Observed<T>& h = entry.to->h;
    DrawStatus& status = *entry.to->status;
    if (request.source >= SpectrumSource::gram_eigenvalues && !entry.counted) {
        entry.widen(buffers.w);
        buffers.sigma.resize(static_cast<std::size_t>(std::min(h.rows, h.cols)));
        status.spectrum_failed =
            singular_values(buffers.w.data(), h.rows, h.cols, buffers.sigma.data()) != 0;
        entry.m.sigma = buffers.sigma;
    }
    for (std::size_t q = 0; q < request.quantities.size(); ++q) {
        const Quantity& quantity = request.quantities[q];
        if (status.spectrum_failed && is_spectral(quantity)) {
            entry.value(q) = std::numeric_limits<double>::quiet_NaN();
        } else if (!(entry.counted && is_count(quantity))) {
            // Where singular values were needed every count is taken from them, so that counts at
            // two thresholds are monotone whatever their rounding.
            entry.value(q) = entry.m.value(quantity);
        }
    }
}

/// Up to lane_count() of them.
template <class T>
void measure_group(std::span<const Measurement<T>> group, std::span<const Quantity> quantities,
                   std::int64_t stride) {
    if (group.empty()) return;
    thread_local Buffers buffers;
    const Request request(quantities);
    std::vector<Entry<T>> entries(group.size());
    for (std::size_t b = 0; b < group.size(); ++b) {
        Entry<T>& entry = entries[b];
        const Observed<T>& h = group[b].h;
        entry.to = &group[b];
        entry.stride = stride;
        for (std::size_t q = 0; q < quantities.size(); ++q) {
            entry.value(q) = std::numeric_limits<double>::quiet_NaN();
            entry.flag(q) = 0;
        }
        const auto exponent = scale_exponent(h.data, h.rows, h.cols, h.stride);
        entry.finite = exponent.has_value();
        entry.to->status->spectrum_failed =
            !entry.finite && request.source >= SpectrumSource::gram_eigenvalues;
        entry.m = {.rows = h.rows,
                   .batch = h.batch,
                   .layer = h.layer,
                   .centred = h.centred,
                   .precision = std::is_same_v<T, float> ? Precision::float32 : Precision::float64,
                   .exponent = exponent.value_or(0),
                   .log_scale = h.log_scale};
    }

    const Observed<T>& shape = group.front().h;
    const bool in_lanes = std::min(shape.rows, shape.cols) <= lanes_limit;
    if (request.gram && in_lanes) gram_in_lanes(std::span(entries), request, buffers);
    for (Entry<T>& entry : entries) {
        if (!entry.finite) continue;
        if (request.cosines) {
            if (shape.cols != shape.batch) {
                throw Error("mean_abs_cosine was asked of a matrix that has lost its columns");
            }
            entry.widen(buffers.w);
            entry.m.mean_abs_cosine = mean_abs_cosine(buffers.w.data(), shape.rows, shape.cols);
        }
        if (request.gram && !in_lanes) gram_alone(entry, request, buffers);
        finish(entry, request, buffers);
    }
}

}  // namespace

template <class T>
void measure_all(std::span<const Measurement<T>> matrices, std::span<const Quantity> quantities,
                 std::int64_t stride, int threads) {
    const auto count = static_cast<std::int64_t>(matrices.size());
    const std::int64_t lanes = lane_count();
    parallel_for((count + lanes - 1) / lanes, threads, [&](std::int64_t group, int) {
        const auto first = static_cast<std::size_t>(group * lanes);
        measure_group(matrices.subspan(first, std::min(matrices.size() - first,
                                                       static_cast<std::size_t>(lanes))),
                      quantities, stride);
    });
}

template <class T>
void measure(const Observed<T>& h, std::span<const Quantity> quantities, double* values,
             std::uint8_t* resolved, std::int64_t stride, DrawStatus& status) {
    const Measurement<T> one{h, values, resolved, &status};
    measure_group(std::span<const Measurement<T>>(&one, 1), quantities, stride);
}

template void measure_all(std::span<const Measurement<float>>, std::span<const Quantity>,
                          std::int64_t, int);
template void measure_all(std::span<const Measurement<double>>, std::span<const Quantity>,
                          std::int64_t, int);
template void measure(const Observed<float>&, std::span<const Quantity>, double*, std::uint8_t*,
                      std::int64_t, DrawStatus&);
template void measure(const Observed<double>&, std::span<const Quantity>, double*, std::uint8_t*,
                      std::int64_t, DrawStatus&);

std::int64_t measure_bytes(std::int64_t rows, std::int64_t cols,
                           std::span<const Quantity> quantities) {
    // Any count may come to need the singular values too.
    const Request request(quantities);
    const std::int64_t n = std::min(rows, cols);
    std::int64_t bytes =
        static_cast<std::int64_t>(sizeof(double)) * (rows * cols + std::min(rows, cols));
    if (request.gram || request.cosines) bytes += gram_bytes(rows, cols, request.cosines);
    if (request.gram && n <= lanes_limit) {
        bytes += GramLanes::bytes(rows, cols) + TridiagonalLanes::bytes(n);
        bytes += 8 * lane_count() * (4 * static_cast<std::int64_t>(quantities.size()) + 1);
    }
    if (request.source >= SpectrumSource::gram_eigenvalues) {
        bytes += singular_values_bytes(rows, cols);
    }
    return bytes;
}

}  // namespace rankchain::cpu
