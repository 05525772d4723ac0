// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "kernels/backend/spectrum.hpp"

#include "host/measured.hpp"
#include "host/spectrum_choice.hpp"
#include "kernels/backend/spectral_solver.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <nvtx3/nvtx3.hpp>

namespace rankchain::cuda {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::vector<SpectralTask> tasks_of(std::span<const MatrixShape> shapes,
                                   std::span<const Quantity> quantities, SpectrumMethod method) {
    std::vector<SpectralTask> tasks;
    for (const MatrixShape& shape : shapes) {
        const std::int64_t batch = shape.batch > 0 ? shape.batch : shape.cols;
        tasks.push_back({shape, plan_spectrum(quantities, shape.rows, shape.cols, batch, method)});
    }
    return tasks;
}

/// What stays of each draw on the device until it is collected, with room for a whole sub-batch
/// behind the last.
struct ResultExtent {
    std::int64_t width = 0;      ///< values a draw, at most
    std::int64_t slack = 0;      ///< draws
    std::int64_t second = 0;     ///< values of one sub-batch of the second routine
    std::int64_t second_of = 0;  ///< matrices of it

    explicit ResultExtent(std::span<const SpectralTask> tasks) {
        for (const auto& [shape, plan] : tasks) {
            const std::int64_t rows = shape.rows;
            const std::int64_t cols = shape.cols;
            width = std::max(width, value_count(plan.first, rows, cols));
            slack = std::max(slack, sub_batch(SpectrumRoutine::none, rows, cols));
            if (plan.second == SpectrumRoutine::none) continue;
            const std::int64_t matrices = sub_batch(plan.second, rows, cols);
            second = std::max(second, matrices * value_count(plan.second, rows, cols));
            second_of = std::max(second_of, matrices);
        }
    }

    /// Of the arrays of `draws` entries, not rounded to whole boundaries.
    [[nodiscard]] std::int64_t per_draw() const {
        return static_cast<std::int64_t>(2 * sizeof(int) + sizeof(GramSums) + sizeof(CosineSums)) +
               width * static_cast<std::int64_t>(sizeof(double));
    }
    static constexpr std::int64_t arrays = 5;
    [[nodiscard]] std::int64_t fixed() const {
        return per_draw() * slack + arrays * buffer_bytes<unsigned char>(1) +
               buffer_bytes<double>(second) + buffer_bytes<int>(second_of) +
               buffer_bytes<std::int64_t>(second_of);
    }
};

/// Of values in ascending or descending order.
std::int64_t count_at_least(std::span<const double> values, double x) {
    return std::count_if(values.begin(), values.end(), [x](double value) { return value >= x; });
}

/// What is proved of a rank: it lies between both. Below zero: nothing.
struct RankInterval {
    std::int64_t low = -1;
    std::int64_t high = -1;

    [[nodiscard]] bool known() const { return low >= 0; }
    [[nodiscard]] bool decided() const { return known() && low == high; }
};

/// N tau as the eigenvalues of G have it; far above all of them it need not be infinite.
double threshold(const Measured& m, double tau) {
    return std::min(m.threshold(tau), 1e300);
}

/// By how much the threshold of a rank would have to move, relatively, to be outside the error of
/// the singular values that it was counted with; 0 where it is.
double undecided_margin(const Measured& m, const Quantity& quantity, MatrixShape shape) {
    if (m.sigma.empty()) return 0.0;
    const bool numerical = quantity.metric == Metric::numerical_rank;
    const double x =
        numerical ? m.resolution(m.sigma.front()) : std::sqrt(threshold(m, quantity.tau));
    const double e = singular_value_error(shape.rows, shape.cols, m.sigma.front());
    if (count_at_least(m.sigma, x + e) == count_at_least(m.sigma, x - e)) return 0.0;
    const double change = e / x;
    return numerical ? change : change * (2 + change);
}

/// Singular values, descending, from what a routine gave.
void read_values(SpectrumRoutine routine, const double* values, std::int64_t n, double* sigma) {
    if (routine == SpectrumRoutine::wielandt || routine == SpectrumRoutine::qr_wielandt) {
        // +-sigma, ascending: half the difference of a pair is never negative, and descends.
        for (std::int64_t i = 0; i < n; ++i)
            sigma[i] = (values[2 * n - 1 - i] - values[i]) / 2;
    } else {
        std::copy_n(values, n, sigma);
    }
}

void require_arguments(int info) {
    if (info >= 0) return;
    throw DeviceError("cuSOLVER: info " + std::to_string(info) + " of a batched routine");
}

}  // namespace

Spectrum host_singular_values(BatchView<const double> h) {
    return singular_values(h, Device{Device::Kind::cpu, 0, 0});
}

template <class T>
struct SpectralStage<T>::State {
    State(Memory& memory, const Queue& on, std::vector<SpectralTask> all, std::int64_t most,
          std::span<const Quantity> asked, SecondSolver solver_on_host)
        : queue(&on),
          tasks(std::move(all)),
          quantities(asked.begin(), asked.end()),
          draws(most),
          second_solver(std::move(solver_on_host)),
          solver(memory, on, tasks),
          extent(tasks),
          exponent_(memory, most + extent.slack),
          info_(memory, most + extent.slack),
          sums_(memory, most + extent.slack),
          cosines_(memory, most + extent.slack),
          values_(memory, (most + extent.slack) * extent.width),
          second_values_(memory, extent.second),
          second_info_(memory, extent.second_of),
          chosen_(memory, extent.second_of) {}

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

    // Of the batch that is under way.
    ObservedBatch<T> h;
    SpectrumPlan plan;
    bool pending = false;

    // What came back of it.
    std::vector<int> exponent, info;
    std::vector<GramSums> sums;
    std::vector<CosineSums> cosines;
    std::vector<double> values, log_scale;
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

  private:
    void fetch();
    bool certify(std::int64_t b);
    void solve_again(std::span<const std::int64_t> undecided, std::vector<std::int64_t>& failed);
    void solve_on_host(std::span<const std::int64_t> failed);
};

template <class T>
void SpectralStage<T>::State::enqueue(const ObservedBatch<T>& observed) {
    const MatrixShape wanted{observed.rows, observed.cols};
    const auto task = std::find_if(tasks.begin(), tasks.end(), [&](const SpectralTask& one) {
        return one.shape.rows == wanted.rows && one.shape.cols == wanted.cols;
    });
    if (task == tasks.end() || observed.draws > draws || pending) {
        throw Error("the spectral stage was made for other matrices than [" +
                    std::to_string(observed.draws) + ", " + std::to_string(wanted.rows) + ", " +
                    std::to_string(wanted.cols) + "], or has not been collected");
    }
    h = observed;
    plan = task->plan;
    if (plan.cosines && h.cols != h.batch) {
        throw Error("mean_abs_cosine was asked of a matrix that has lost its columns");
    }
    pending = true;

    char range[96];
    (void)std::snprintf(range, sizeof range, "spectra [%lld, %lld, %lld]",
                        static_cast<long long>(h.draws), static_cast<long long>(h.rows),
                        static_cast<long long>(h.cols));
    const nvtx3::scoped_range nvtx(range);
    const std::int64_t step = sub_batch(SpectrumRoutine::none, h.rows, h.cols);
    const std::int64_t width = value_count(plan.first, h.rows, h.cols);
    for (std::int64_t first = 0; first < h.draws; first += step) {
        const std::int64_t count = std::min(step, h.draws - first);
        check(widen(WidenBatch<T>{h.data, h.stride, h.rows, h.cols, h.failed_layer, nullptr, first,
                                  count},
                    solver.tall(), exponent_.get() + first, queue->stream()),
              "widen");
        solver.pad(shape(), count);
        if (plan.cosines) solver.cosines(shape(), count, cosines_.get() + first);
        if (plan.gram) solver.gram(shape(), count, h.batch, sums_.get() + first);
        solver.values(plan.first, shape(), count, values_.get() + first * width,
                      info_.get() + first);
    }
}

template <class T>
void SpectralStage<T>::State::fetch() {
    cudaStream_t stream = queue->stream();
    const std::int64_t width = value_count(plan.first, h.rows, h.cols);
    const auto get = [&](auto& host, const auto& device, std::int64_t size) {
        host.resize(at(size));
        download(host.data(), device.get(), size, stream);
    };
    get(exponent, exponent_, h.draws);
    if (plan.gram) get(sums, sums_, h.draws);
    if (plan.cosines) get(cosines, cosines_, h.draws);
    if (width > 0) get(info, info_, h.draws);
    get(values, values_, h.draws * width);
    log_scale.assign(at(h.draws), 0.0);
    if (h.log_scale != nullptr) download(log_scale.data(), h.log_scale, h.draws, stream);
    queue->wait();
}

/// Counts every threshold on the eigenvalues of G. False if one of them lies within the error.
template <class T>
bool SpectralStage<T>::State::certify(std::int64_t b) {
    const std::span<const double> lambda(values.data() + b * n(), at(n()));
    const GramSums& gram = sums[at(b)];
    const Measured m{.batch = h.batch, .exponent = exponent[at(b)]};
    bool decided = true;
    for (std::size_t q = 0; q < quantities.size(); ++q) {
        if (!is_count(quantities[q])) continue;
        const double x = threshold(m, quantities[q].tau);
        const double e =
            eigenvalue_error(n(), std::max(h.rows, h.cols), gram.trace, gram.frobenius, x);
        RankInterval& interval = proved[q * at(h.draws) + at(b)];
        interval = {count_at_least(lambda, x + e), count_at_least(lambda, x - e)};
        decided = decided && interval.decided();
    }
    return decided;
}

template <class T>
void SpectralStage<T>::State::solve_again(std::span<const std::int64_t> undecided,
                                          std::vector<std::int64_t>& failed) {
    const std::int64_t step = sub_batch(plan.second, h.rows, h.cols);
    const std::int64_t width = value_count(plan.second, h.rows, h.cols);
    std::vector<double> found(at(step * width));
    std::vector<int> found_info(at(step));
    cudaStream_t stream = queue->stream();
    for (std::size_t begin = 0; begin < undecided.size(); begin += at(step)) {
        const auto group = undecided.subspan(begin, std::min(at(step), undecided.size() - begin));
        const auto count = static_cast<std::int64_t>(group.size());
        upload(chosen_.get(), group.data(), count, stream);
        check(widen(WidenBatch<T>{h.data, h.stride, h.rows, h.cols, h.failed_layer, chosen_.get(),
                                  0, count},
                    solver.tall(), nullptr, stream),
              "widen");
        solver.pad(shape(), count);
        solver.values(plan.second, shape(), count, second_values_.get(), second_info_.get());
        download(found.data(), second_values_.get(), count * width, stream);
        download(found_info.data(), second_info_.get(), count, stream);
        queue->wait();
        for (std::int64_t i = 0; i < count; ++i) {
            const std::int64_t b = group[at(i)];
            require_arguments(found_info[at(i)]);
            if (found_info[at(i)] > 0) {
                failed.push_back(b);
                continue;
            }
            read_values(plan.second, found.data() + i * width, n(), sigma.data() + b * n());
            has_sigma[at(b)] = 1;
        }
    }
}

template <class T>
void SpectralStage<T>::State::solve_on_host(std::span<const std::int64_t> failed) {
    const std::int64_t size = h.rows * h.cols;
    const std::int64_t step = sub_batch(SpectrumRoutine::none, h.rows, h.cols);
    std::vector<T> raw;
    std::vector<double> w;
    for (std::size_t begin = 0; begin < failed.size(); begin += at(step)) {
        const auto group = failed.subspan(begin, std::min(at(step), failed.size() - begin));
        const auto count = static_cast<std::int64_t>(group.size());
        raw.resize(at(count * size));
        w.resize(at(count * size));
        for (std::int64_t i = 0; i < count; ++i)
            download(raw.data() + i * size, h.data + group[at(i)] * h.stride, size,
                     queue->stream());
        queue->wait();
        for (std::int64_t i = 0; i < count; ++i) {
            const double factor = std::ldexp(1.0, -exponent[at(group[at(i)])]);
            std::transform(raw.begin() + i * size, raw.begin() + (i + 1) * size,
                           w.begin() + i * size,
                           [=](T x) { return static_cast<double>(x) * factor; });
        }
        const Spectrum found =
            second_solver(BatchView<const double>{w.data(), count, h.rows, h.cols});
        for (std::int64_t i = 0; i < count; ++i) {
            const std::int64_t b = group[at(i)];
            redone[at(b)] = 1;
            unsolved[at(b)] = found.info[at(i)];
            if (unsolved[at(b)] != 0) continue;
            std::copy_n(found.values.begin() + i * n(), n(), sigma.begin() + b * n());
            has_sigma[at(b)] = 1;
        }
    }
}

/// Waits, and finds the singular values that the first routine did not.
template <class T>
void SpectralStage<T>::State::settle() {
    if (!pending) throw Error("nothing was enqueued to collect");
    pending = false;
    fetch();
    sigma.assign(at(h.draws * n()), nan);
    has_sigma.assign(at(h.draws), 0);
    unsolved.assign(at(h.draws), 0);
    redone.assign(at(h.draws), 0);
    proved.assign(quantities.size() * at(h.draws), {});
    if (plan.first == SpectrumRoutine::none) return;

    std::vector<std::int64_t> undecided;
    std::vector<std::int64_t> failed;
    const std::int64_t width = value_count(plan.first, h.rows, h.cols);
    for (std::int64_t b = 0; b < h.draws; ++b) {
        if (!known(b)) continue;
        require_arguments(info[at(b)]);
        if (info[at(b)] > 0) {
            failed.push_back(b);
        } else if (plan.first == SpectrumRoutine::gram) {
            if (!certify(b)) undecided.push_back(b);
        } else {
            read_values(plan.first, values.data() + b * width, n(), sigma.data() + b * n());
            has_sigma[at(b)] = 1;
        }
    }
    if (!undecided.empty()) solve_again(undecided, failed);
    if (!failed.empty()) solve_on_host(failed);
}

template <class T>
MemoryNeed SpectralStage<T>::need(const Queue& queue, std::span<const MatrixShape> shapes,
                                  std::span<const Quantity> quantities, SpectrumMethod method) {
    const auto tasks = tasks_of(shapes, quantities, method);
    const ResultExtent extent(tasks);
    return {SpectralSolver::need(queue, tasks) + extent.fixed(), extent.per_draw()};
}

template <class T>
SpectralStage<T>::SpectralStage(Memory& memory, const Queue& queue,
                                std::span<const MatrixShape> shapes, std::int64_t draws,
                                std::span<const Quantity> quantities, SpectrumMethod method,
                                SecondSolver second)
    : state_(std::make_unique<State>(memory, queue, tasks_of(shapes, quantities, method), draws,
                                     quantities, std::move(second))) {}

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
        const bool counted = s.plan.first == SpectrumRoutine::gram && s.has_sigma[i] == 0;
        if (counted && s.n() > 0) {
            m.lambda_1 = std::max(s.values[State::at((b + 1) * s.n() - 1)], 0.0);
        }
        if (s.has_sigma[i] != 0) {
            m.sigma = std::span<const double>(s.sigma.data() + b * s.n(), State::at(s.n()));
        }
        for (std::size_t q = 0; q < s.quantities.size(); ++q) {
            const Quantity& quantity = s.quantities[q];
            const std::size_t place = q * State::at(samples.draws) + State::at(first + b);
            const RankInterval proved = s.proved[q * State::at(s.h.draws) + i];
            const bool rank = is_count(quantity) || quantity.metric == Metric::numerical_rank;
            const bool again = s.redone[i] != 0 && is_spectral(quantity);
            samples.resolved[place] = again || (proved.known() && !proved.decided()) ? 1 : 0;
            double margin = 0.0;
            double value = nan;
            if (!known || (status.spectrum_failed && is_spectral(quantity))) {
                // Stays NaN.
            } else if (proved.decided()) {
                value = static_cast<double>(proved.low);
            } else {
                value = m.value(quantity);
                if (rank) margin = undecided_margin(m, quantity, s.shape());
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
