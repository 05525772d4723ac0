// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// A group of matrices on its way through measure(): what is asked, what is known of each, and the
// counts that need no singular values.
#pragma once

#include "host/cpu/aligned_vector.hpp"
#include "host/cpu/counting.hpp"
#include "host/cpu/gram.hpp"
#include "host/cpu/lanes.hpp"
#include "host/cpu/measure.hpp"
#include "host/cpu/spectrum.hpp"
#include "host/measured.hpp"
#include "host/spectrum_choice.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace rankchain::cpu {

/// A rank that is not decided by the shape.
inline bool is_rank(const Quantity& quantity) {
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
void gram_alone(Entry<T>& entry, const Request& request, Buffers& buffers);

/// Gram matrices and counts of the whole group in lanes.
template <class T>
void gram_in_lanes(std::span<Entry<T>> entries, const Request& request, Buffers& buffers);

/// Counts of the open matrices by the bidiagonal form of H.
template <class T>
void bidiagonal_in_lanes(std::span<Entry<T>> entries, const Request& request, Buffers& buffers);

}  // namespace rankchain::cpu
