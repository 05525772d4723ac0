// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// One batch of matrices through the routines of its plan: results on the device, then on the host,
// where what a routine left open is settled. SpectralStage makes quantities of them.
#pragma once

#include "host/measured.hpp"
#include "kernels/backend/spectral_solver.hpp"
#include "kernels/backend/spectrum.hpp"
#include "kernels/counts.cuh"
#include "kernels/tridiagonal_panels.cuh"

#include <cstdint>
#include <span>
#include <vector>

namespace rankchain::cuda {

/// What is proved of a rank: it lies between both. Below zero: nothing.
struct RankInterval {
    std::int64_t low = -1;
    std::int64_t high = -1;

    [[nodiscard]] bool known() const { return low >= 0; }
    [[nodiscard]] bool decided() const { return known() && low == high; }
};

/// N tau as the eigenvalues of G have it; far above all of them it need not be infinite.
double gram_threshold(const Measured& m, double tau);

/// Of values in ascending or descending order.
std::int64_t count_at_least(std::span<const double> values, double x);

/// What stays of each draw on the device until it is collected, with room for a whole sub-batch
/// behind the last.
struct ResultExtent {
    std::int64_t width = 0;      ///< values a draw, at most
    std::int64_t slack = 0;      ///< draws
    std::int64_t second = 0;     ///< values of one sub-batch of the second routine
    std::int64_t second_of = 0;  ///< matrices of it
    std::int64_t ranks = 0;      ///< counted on chip
    bool recount = false;        ///< any draw may be counted a second time

    ResultExtent(std::span<const SpectralTask> tasks, std::span<const Quantity> quantities);

    /// Of the arrays of `draws` entries, not rounded to whole boundaries.
    [[nodiscard]] std::int64_t per_draw() const {
        return static_cast<std::int64_t>(2 * sizeof(int) + sizeof(GramSums) + sizeof(CosineSums)) +
               width * static_cast<std::int64_t>(sizeof(double)) +
               ranks * static_cast<std::int64_t>(sizeof(RankEnds)) +
               (recount ? static_cast<std::int64_t>(sizeof(std::int64_t)) : 0);
    }
    static constexpr std::int64_t arrays = 6;
    [[nodiscard]] std::int64_t fixed() const {
        return per_draw() * slack + arrays * buffer_bytes<unsigned char>(1) +
               buffer_bytes<double>(ranks) + buffer_bytes<double>(second) +
               buffer_bytes<int>(second_of) + buffer_bytes<std::int64_t>(second_of);
    }
};

template <class T>
struct SpectralRun {
    /// Takes all its memory.
    SpectralRun(Memory& memory, const Queue& on, std::vector<SpectralTask> all, std::int64_t most,
                std::span<const Quantity> asked, SecondSolver solver_on_host);

    const Queue* queue;
    std::vector<SpectralTask> tasks;
    std::vector<Quantity> quantities;
    std::int64_t draws;
    SecondSolver second_solver;
    SpectralSolver solver;
    ResultExtent extent;

    // On the device.
    Buffer<int> exponent_, info_;
    Buffer<GramSums> sums_;
    Buffer<CosineSums> cosines_;
    Buffer<double> values_, second_values_;
    Buffer<int> second_info_;
    Buffer<std::int64_t> chosen_;
    Buffer<double> taus_;  ///< of the ranks counted on chip
    Buffer<RankEnds> ends_;

    // Of the batch that is under way.
    ObservedBatch<T> h;
    SpectrumPlan plan;
    bool pending = false;

    // What came back of it.
    std::vector<int> exponent, info;
    std::vector<GramSums> sums;
    std::vector<CosineSums> cosines;
    std::vector<double> values, log_scale;
    std::vector<RankEnds> ends;           ///< [draw, rank]
    std::vector<std::uint8_t> opened;     ///< [quantity, draw]: the first routine left it undecided
    std::vector<double> sigma;            ///< [draw, n], of W
    std::vector<std::uint8_t> has_sigma;  ///< [draw]
    std::vector<RankInterval> proved;     ///< [quantity, draw]
    std::vector<int> unsolved;            ///< [draw]: values that no solver brought to converge
    std::vector<std::uint8_t> redone;     ///< [draw]: the device's routine did not converge

    [[nodiscard]] std::int64_t n() const { return std::min(h.rows, h.cols); }
    [[nodiscard]] MatrixShape shape() const { return {h.rows, h.cols, h.batch}; }
    [[nodiscard]] static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
    [[nodiscard]] bool known(std::int64_t b) const { return exponent[at(b)] > not_finite; }

    void enqueue(const ObservedBatch<T>& observed);
    void settle();

    /// The largest eigenvalue of G, where the first routine gave it; else 0.
    [[nodiscard]] double lambda_1(std::int64_t b) const;

  private:
    [[nodiscard]] CountBatch<T> count_batch() const;
    [[nodiscard]] PanelBatch panel_batch(std::int64_t first, std::int64_t count) const;
    [[nodiscard]] bool wants_lambda_1() const;
    void measure_on_chip();
    void fetch();
    bool certify(std::int64_t b);
    bool take_ends(std::int64_t b, const RankEnds* found);
    void open_undecided();
    std::vector<std::int64_t> count_again(std::span<const std::int64_t> undecided);
    void solve_again(std::span<const std::int64_t> undecided, std::vector<std::int64_t>& failed);
    void solve_on_host(std::span<const std::int64_t> failed);
};

extern template struct SpectralRun<float>;
extern template struct SpectralRun<double>;

}  // namespace rankchain::cuda
