// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "kernels/backend/spectrum.hpp"

#include "host/measured.hpp"
#include "host/spectrum_choice.hpp"
#include "kernels/backend/spectral_run.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

namespace rankchain::cuda {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::vector<SpectralTask> tasks_of(const Queue& queue, std::span<const MatrixShape> shapes,
                                   std::span<const Quantity> quantities, SpectrumMethod method) {
    std::vector<SpectralTask> tasks;
    for (const MatrixShape& shape : shapes) {
        const std::int64_t batch = shape.batch > 0 ? shape.batch : shape.cols;
        tasks.push_back({shape, plan_spectrum(quantities, shape.rows, shape.cols, batch, method,
                                              queue.shared_limit())});
    }
    return tasks;
}

/// By how much the threshold of a rank would have to move, relatively, to be outside the error of
/// the singular values that it was counted with; 0 where it is.
double undecided_margin(const Measured& m, const Quantity& quantity, MatrixShape shape) {
    if (m.sigma.empty()) return 0.0;
    const bool numerical = quantity.metric == Metric::numerical_rank;
    const double x =
        numerical ? m.resolution(m.sigma.front()) : std::sqrt(gram_threshold(m, quantity.tau));
    const double e = singular_value_error(shape.rows, shape.cols, m.sigma.front());
    if (count_at_least(m.sigma, x + e) == count_at_least(m.sigma, x - e)) return 0.0;
    const double change = e / x;
    return numerical ? change : change * (2 + change);
}

}  // namespace

Spectrum host_singular_values(BatchView<const double> h) {
    return singular_values(h, Device{Device::Kind::cpu, 0, 0});
}

template <class T>
struct SpectralStage<T>::State : SpectralRun<T> {
    using SpectralRun<T>::SpectralRun;
};

template <class T>
MemoryNeed SpectralStage<T>::need(const Queue& queue, std::span<const MatrixShape> shapes,
                                  std::span<const Quantity> quantities, SpectrumMethod method) {
    const auto tasks = tasks_of(queue, shapes, quantities, method);
    const ResultExtent extent(tasks, quantities);
    return {SpectralSolver::need(queue, tasks) + extent.fixed(), extent.per_draw()};
}

template <class T>
SpectralStage<T>::SpectralStage(Memory& memory, const Queue& queue,
                                std::span<const MatrixShape> shapes, std::int64_t draws,
                                std::span<const Quantity> quantities, SpectrumMethod method,
                                SecondSolver second)
    : state_(std::make_unique<State>(memory, queue, tasks_of(queue, shapes, quantities, method),
                                     draws, quantities, std::move(second))) {}

template <class T>
SpectralStage<T>::~SpectralStage() = default;
template <class T>
SpectralStage<T>::SpectralStage(SpectralStage&&) noexcept = default;
template <class T>
SpectralStage<T>& SpectralStage<T>::operator=(SpectralStage&&) noexcept = default;

template <class T>
void SpectralStage<T>::enqueue(const ObservedBatch<T>& observed) {
    state_->enqueue(observed);
}

template <class T>
void SpectralStage<T>::collect(Samples& samples, std::int64_t first) {
    State& s = *state_;
    s.settle();
    const SpectrumSource source = choose_spectrum(s.quantities);
    for (std::int64_t b = 0; b < s.h.draws; ++b) {
        const auto i = State::at(b);
        DrawStatus& status = samples.status[State::at(first + b)];
        const bool known = s.known(b);
        status.spectrum_failed = s.unsolved[i] != 0 || (s.exponent[i] == not_finite &&
                                                        source >= SpectrumSource::gram_eigenvalues);
        Measured m{.rows = s.h.rows,
                   .batch = s.h.batch,
                   .layer = s.h.layer,
                   .centred = s.h.centred,
                   .precision = std::is_same_v<T, float> ? Precision::float32 : Precision::float64,
                   .exponent = known ? s.exponent[i] : 0,
                   .log_scale = s.log_scale[i]};
        if (s.plan.gram) {
            m.trace = s.sums[i].trace;
            m.frobenius = s.sums[i].frobenius;
            m.orthogonality_gap = s.sums[i].orthogonality_gap;
        }
        if (s.plan.cosines) {
            const double pairs = s.cosines[i].directed * (s.cosines[i].directed - 1) / 2;
            m.mean_abs_cosine = pairs > 0 ? s.cosines[i].sum / pairs : nan;
        }
        if (s.has_sigma[i] == 0) m.lambda_1 = s.lambda_1(b);
        if (s.has_sigma[i] != 0) {
            m.sigma = std::span<const double>(s.sigma.data() + b * s.n(), State::at(s.n()));
        }
        for (std::size_t q = 0; q < s.quantities.size(); ++q) {
            const Quantity& quantity = s.quantities[q];
            const std::size_t place = q * State::at(samples.draws) + State::at(first + b);
            const RankInterval proved = s.proved[q * State::at(s.h.draws) + i];
            const bool again = s.redone[i] != 0 && is_spectral(quantity);
            samples.resolved[place] = again || s.opened[q * State::at(s.h.draws) + i] != 0 ? 1 : 0;
            double margin = 0.0;
            double value = nan;
            if (!known || (status.spectrum_failed && is_spectral(quantity))) {
                // Stays NaN.
            } else if (proved.decided()) {
                value = static_cast<double>(proved.low);
            } else {
                value = m.value(quantity);
                if (is_rank(quantity)) margin = undecided_margin(m, quantity, s.shape());
                if (proved.known()) {
                    value = std::clamp(value, static_cast<double>(proved.low),
                                       static_cast<double>(proved.high));
                }
            }
            samples.values[place] = value;
            if (!samples.margin.empty()) samples.margin[place] = margin;
        }
    }
}

template <class T>
void SpectralStage<T>::collect(Spectrum& spectrum, std::int64_t first) {
    State& s = *state_;
    s.settle();
    for (std::int64_t b = 0; b < s.h.draws; ++b) {
        const auto i = State::at(b);
        double* const out = spectrum.values.data() + (first + b) * spectrum.count;
        int& info = spectrum.info[State::at(first + b)];
        info = s.known(b) ? s.unsolved[i] : static_cast<int>(s.n());
        for (std::int64_t j = 0; j < s.n(); ++j) {
            out[j] = info == 0 ? std::ldexp(s.sigma[State::at(b * s.n() + j)], s.exponent[i]) : nan;
        }
    }
}

template class SpectralStage<float>;
template class SpectralStage<double>;

}  // namespace rankchain::cuda
