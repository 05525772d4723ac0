// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/measure.hpp"

#include "host/cpu/counting.hpp"
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

/// A rank that is not decided by the shape.
bool is_rank(const Quantity& quantity) {
    return is_count(quantity) || quantity.metric == Metric::numerical_rank;
}

/// What matrices of one shape are asked for.
struct Request {
    std::span<const Quantity> quantities;
    std::vector<std::size_t> counts;  ///< the ranks among them
    CountMethod method = CountMethod::none;
    bool eigenvalues = false;  ///< in place of Sturm counts
    bool stable_rank = false;
    bool gap = false;
    bool cosines = false;
    bool gram = false;
    bool lanes = false;  ///< Gram matrices in lanes

    Request(std::span<const Quantity> asked, std::int64_t rows, std::int64_t cols,
            std::int64_t batch, SpectrumMethod forced)
        : quantities(asked),
          method(choose_count(asked, rows, cols, batch, forced)),
          eigenvalues(forced == SpectrumMethod::eigen && method == CountMethod::gram),
          stable_rank(asks(asked, Metric::stable_rank)),
          gap(asks(asked, Metric::orthogonality_gap)),
          cosines(asks(asked, Metric::mean_abs_cosine)),
          gram(method == CountMethod::gram || stable_rank || gap ||
               asks(asked, Metric::rank_lower_bound)),
          lanes(std::min(rows, cols) <= lanes_side && !eigenvalues) {
        for (std::size_t q = 0; q < asked.size(); ++q) {
            if (is_rank(asked[q])) counts.push_back(q);
        }
    }
    [[nodiscard]] const Quantity& counted(std::size_t c) const { return quantities[counts[c]]; }
};

/// One matrix of the group on its way.
template <class T>
struct Entry {
    const Measurement<T>* to = nullptr;
    std::int64_t stride = 0;
    Measured m;
    bool finite = false;                   ///< its entries are
    bool open = false;                     ///< some rank is not decided
    std::vector<CountInterval> intervals;  ///< of Request::counts, by the last method

    [[nodiscard]] double& value(std::size_t q) const {
        return to->values[static_cast<std::int64_t>(q) * stride];
    }
    [[nodiscard]] std::uint8_t& flag(std::size_t q) const {
        return to->resolved[static_cast<std::int64_t>(q) * stride];
    }
    void margin(std::size_t q, double change) const {
        if (to->margin != nullptr) to->margin[static_cast<std::int64_t>(q) * stride] = change;
    }
    /// W, in `w`.
    void widen(AlignedVector<double>& w) const {
        const Observed<T>& h = to->h;
        w.resize(static_cast<std::size_t>(h.rows * h.cols));
        (void)cpu::widen(h.data, h.rows, h.cols, h.stride, w.data());
    }
    /// N tau as the eigenvalues of G have it; far above all of them it need not be infinite.
    [[nodiscard]] double threshold(double tau) const { return std::min(m.threshold(tau), 1e300); }

    void settle(std::vector<CountInterval> found) {
        intervals = std::move(found);
        open = !std::all_of(intervals.begin(), intervals.end(),
                            [](const CountInterval& count) { return count.decided(); });
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
    BidiagonalLanes bidiagonal_lanes;
    LaneCounts counts;
    AlignedVector<double> low, high;  ///< [L]
};

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
    if (request.method != CountMethod::gram) return;
    Tridiagonal& tridiagonal = buffers.tridiagonal;
    tridiagonal.reduce(gram);
    std::vector<double> lambda;
    if (request.eigenvalues) lambda = tridiagonal.eigenvalues();
    std::vector<CountInterval> intervals;
    for (std::size_t c = 0; c < request.counts.size(); ++c) {
        const double x = entry.threshold(request.counted(c).tau);
        const double e = gram_error(gram.n, gram.k, gram.trace, gram.frobenius, x);
        if (request.eigenvalues) {
            const double wide = eigenvalue_error(gram.n, gram.k, gram.trace, gram.frobenius, x);
            intervals.push_back(
                {count_at_least(lambda, x + wide), count_at_least(lambda, x - wide)});
        } else {
            intervals.push_back(
                {tridiagonal.count_at_least(x + e), tridiagonal.count_at_least(x - e)});
        }
    }
    entry.settle(std::move(intervals));
    if (request.stable_rank) {
        entry.m.lambda_1 = request.eigenvalues && !lambda.empty()
                               ? lambda.front()
                               : tridiagonal.largest(gram.trace, gram.frobenius);
    }
}

template <class T>
std::vector<Lane<T>> lanes_of(std::span<const Entry<T>> entries, bool open_only) {
    std::vector<Lane<T>> lanes;
    for (const Entry<T>& entry : entries) {
        const bool taken = entry.finite && (entry.open || !open_only);
        lanes.push_back({taken ? entry.to->h.data : nullptr, entry.to->h.stride,
                         std::ldexp(1.0, -entry.m.exponent)});
    }
    return lanes;
}

template <class T>
void settle_lane(Entry<T>& entry, std::size_t lane, const Request& request,
                 const LaneCounts& counts) {
    std::vector<CountInterval> intervals;
    for (std::size_t c = 0; c < request.counts.size(); ++c)
        intervals.push_back(counts.at(c, lane));
    entry.settle(std::move(intervals));
}

/// Gram matrices and counts of the whole group in lanes.
template <class T>
void gram_in_lanes(std::span<Entry<T>> entries, const Request& request, Buffers& buffers) {
    const auto width = static_cast<std::size_t>(lane_count());
    const Observed<T>& shape = entries.front().to->h;
    const auto lanes = lanes_of(std::span<const Entry<T>>(entries), false);
    GramLanes& gram = buffers.gram_lanes;
    gram.form(std::span<const Lane<T>>(lanes), shape.rows, shape.cols);
    buffers.low.resize(width);
    if (request.gap) gram.orthogonality_gap(shape.batch, buffers.low.data());
    for (std::size_t b = 0; b < entries.size(); ++b) {
        Measured& m = entries[b].m;
        m.trace = gram.trace[b];
        m.frobenius = gram.frobenius[b];
        if (request.gap) m.orthogonality_gap = buffers.low[b];
    }
    if (request.method != CountMethod::gram) return;

    TridiagonalLanes& tridiagonal = buffers.tridiagonal_lanes;
    tridiagonal.reduce(gram);
    buffers.counts.resize(request.counts.size(), width);
    for (std::size_t c = 0; c < request.counts.size(); ++c) {
        for (std::size_t b = 0; b < entries.size(); ++b) {
            const double x = entries[b].threshold(request.counted(c).tau);
            const double e = gram_error(gram.n, gram.k, gram.trace[b], gram.frobenius[b], x);
            buffers.counts.ends(c, b, x - e, x + e);
        }
    }
    buffers.counts.count(tridiagonal);
    if (request.stable_rank) tridiagonal.largest(gram, buffers.low.data());
    for (std::size_t b = 0; b < entries.size(); ++b) {
        if (!entries[b].finite) continue;
        settle_lane(entries[b], b, request, buffers.counts);
        if (request.stable_rank) entries[b].m.lambda_1 = buffers.low[b];
    }
}

/// Counts of the open matrices by the bidiagonal form of H.
template <class T>
void bidiagonal_in_lanes(std::span<Entry<T>> entries, const Request& request, Buffers& buffers) {
    const auto width = static_cast<std::size_t>(lane_count());
    const Observed<T>& shape = entries.front().to->h;
    const auto lanes = lanes_of(std::span<const Entry<T>>(entries), true);
    BidiagonalLanes& form = buffers.bidiagonal_lanes;
    form.reduce(std::span<const Lane<T>>(lanes), shape.rows, shape.cols);
    const bool first = request.method == CountMethod::bidiagonal;
    const bool top =
        first && (request.stable_rank || asks(request.quantities, Metric::numerical_rank));
    if (top) {
        // A numerical rank hardly ever needs sigma_1 well; a stable rank is as good as it.
        constexpr double coarse = 0x1p-12;
        buffers.low.resize(width);
        buffers.high.resize(width);
        form.largest(request.stable_rank ? 0.0 : coarse, buffers.low.data(), buffers.high.data());
    }
    buffers.counts.resize(request.counts.size(), width);
    for (std::size_t b = 0; b < entries.size(); ++b) {
        const Measured& m = entries[b].m;
        const auto error = [&](double x) {
            return bidiagonal_error(form.n, form.k, form.frobenius[b], x);
        };
        for (std::size_t c = 0; c < request.counts.size(); ++c) {
            if (request.counted(c).metric == Metric::numerical_rank) {
                const double e = error(0);
                const double low = m.resolution(std::max(buffers.low[b] - e, 0.0));
                const double high = m.resolution(buffers.high[b] + e);
                buffers.counts.ends(c, b, low - error(low), high + error(high));
            } else {
                const double x = std::sqrt(entries[b].threshold(request.counted(c).tau));
                buffers.counts.ends(c, b, x - error(x), x + error(x));
            }
        }
    }
    buffers.counts.count(form);
    for (std::size_t b = 0; b < entries.size(); ++b) {
        if (!entries[b].finite || !entries[b].open) continue;
        settle_lane(entries[b], b, request, buffers.counts);
        if (top) entries[b].m.lambda_1 = buffers.low[b] * buffers.low[b];
    }
}

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
