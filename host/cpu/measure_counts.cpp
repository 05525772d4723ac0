// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/measure_group.hpp"

#include <cmath>

namespace rankchain::cpu {
namespace {

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

}  // namespace

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

template void gram_alone(Entry<float>&, const Request&, Buffers&);
template void gram_alone(Entry<double>&, const Request&, Buffers&);
template void gram_in_lanes(std::span<Entry<float>>, const Request&, Buffers&);
template void gram_in_lanes(std::span<Entry<double>>, const Request&, Buffers&);
template void bidiagonal_in_lanes(std::span<Entry<float>>, const Request&, Buffers&);
template void bidiagonal_in_lanes(std::span<Entry<double>>, const Request&, Buffers&);

}  // namespace rankchain::cpu
