// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "kernels/backend/spectral_run.hpp"

#include "host/spectrum_choice.hpp"
#include "kernels/bidiagonal.cuh"
#include "kernels/tridiagonal.cuh"
#include <rankchain/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

#include <nvtx3/nvtx3.hpp>

namespace rankchain::cuda {
namespace {

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

double gram_threshold(const Measured& m, double tau) {
    return std::min(m.threshold(tau), 1e300);
}

std::int64_t count_at_least(std::span<const double> values, double x) {
    return std::count_if(values.begin(), values.end(), [x](double value) { return value >= x; });
}

ResultExtent::ResultExtent(std::span<const SpectralTask> tasks,
                           std::span<const Quantity> quantities) {
    for (const auto& [shape, plan] : tasks) {
        if (gives_ends(plan.first) || plan.recount)
            ranks = std::count_if(quantities.begin(), quantities.end(), is_rank);
        recount = recount || plan.recount;
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

template <class T>
SpectralRun<T>::SpectralRun(Memory& memory, const Queue& on, std::vector<SpectralTask> all,
                            std::int64_t most, std::span<const Quantity> asked,
                            SecondSolver solver_on_host)
    : queue(&on),
      tasks(std::move(all)),
      quantities(asked.begin(), asked.end()),
      draws(most),
      second_solver(std::move(solver_on_host)),
      solver(memory, on, tasks),
      extent(tasks, quantities),
      exponent_(memory, most + extent.slack),
      info_(memory, most + extent.slack),
      sums_(memory, most + extent.slack),
      cosines_(memory, most + extent.slack),
      values_(memory, (most + extent.slack) * extent.width),
      second_values_(memory, extent.second),
      second_info_(memory, extent.second_of),
      chosen_(memory, extent.recount ? most + extent.slack : extent.second_of),
      taus_(memory, extent.ranks),
      ends_(memory, (most + extent.slack) * extent.ranks) {
    std::vector<double> taus;
    for (const Quantity& quantity : quantities) {
        if (is_rank(quantity)) taus.push_back(quantity.tau);  // NaN of a numerical rank
    }
    upload(taus_.get(), taus.data(), extent.ranks, queue->stream());
}

/// What both ways of counting on chip are given. No library takes part in them, so that nothing
/// depends on how many matrices there are.
template <class T>
CountBatch<T> SpectralRun<T>::count_batch() const {
    CountBatch<T> batch;
    batch.h = {h.data, h.stride, h.rows, h.cols, h.failed_layer, nullptr, 0, h.draws};
    batch.batch = h.batch;
    batch.taus = taus_.get();
    batch.ranks = extent.ranks;
    batch.resolution = resolution(
        1.0, h.rows, h.batch, std::is_same_v<T, float> ? Precision::float32 : Precision::float64);
    batch.ends = ends_.get();
    return batch;
}

/// What counting by panels is given besides the Gram matrices: draws first .. first + count - 1.
template <class T>
PanelBatch SpectralRun<T>::panel_batch(std::int64_t first, std::int64_t count) const {
    PanelBatch batch;
    batch.count = count;
    batch.batch = h.batch;
    batch.exponent = exponent_.get() + first;
    batch.sums = sums_.get() + first;
    batch.taus = taus_.get();
    batch.ranks = extent.ranks;
    batch.ends = ends_.get() + first * extent.ranks;
    batch.lambda_1 = wants_lambda_1() ? values_.get() + first : nullptr;
    return batch;
}

template <class T>
bool SpectralRun<T>::wants_lambda_1() const {
    return asks(quantities, Metric::stable_rank);
}

template <class T>
void SpectralRun<T>::measure_on_chip() {
    CountBatch<T> batch = count_batch();
    batch.exponent = exponent_.get();
    if (plan.first == SpectrumRoutine::bisection) {
        batch.ranks = 0;
        batch.values = values_.get();
    } else if (wants_lambda_1()) {
        batch.lambda_1 = values_.get();
    }
    if (plan.first == SpectrumRoutine::tridiagonal) {
        batch.sums = sums_.get();
        check(count_tridiagonal(batch, queue->stream()), "count_tridiagonal");
    } else {
        check(count_bidiagonal(batch, queue->stream()), "count_bidiagonal");
    }
}

template <class T>
void SpectralRun<T>::enqueue(const ObservedBatch<T>& observed) {
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
    if (is_on_chip(plan.first)) {
        measure_on_chip();
        if (!plan.cosines && !plan.library_gram()) return;
    }
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
        if (plan.library_gram()) solver.gram(shape(), count, h.batch, sums_.get() + first);
        if (plan.first == SpectrumRoutine::panels) {
            solver.panels(shape(), panel_batch(first, count));
        } else {
            solver.values(plan.first, shape(), count, values_.get() + first * width,
                          info_.get() + first);
        }
    }
}

template <class T>
void SpectralRun<T>::fetch() {
    cudaStream_t stream = queue->stream();
    const std::int64_t width = value_count(plan.first, h.rows, h.cols);
    values.clear();
    const auto get = [&](auto& host, const auto& device, std::int64_t size) {
        host.resize(at(size));
        download(host.data(), device.get(), size, stream);
    };
    get(exponent, exponent_, h.draws);
    if (plan.gram) get(sums, sums_, h.draws);
    if (plan.cosines) get(cosines, cosines_, h.draws);
    if (gives_ends(plan.first)) {
        get(ends, ends_, h.draws * extent.ranks);
        if (wants_lambda_1()) get(values, values_, h.draws);
    } else if (width > 0) {
        get(values, values_, h.draws * width);
        // A bisection always ends.
        if (plan.first == SpectrumRoutine::bisection) {
            info.assign(at(h.draws), 0);
        } else {
            get(info, info_, h.draws);
        }
    }
    log_scale.assign(at(h.draws), 0.0);
    if (h.log_scale != nullptr) download(log_scale.data(), h.log_scale, h.draws, stream);
    queue->wait();
}

/// Counts every threshold on the eigenvalues of G. False if one of them lies within the error.
template <class T>
bool SpectralRun<T>::certify(std::int64_t b) {
    const std::span<const double> lambda(values.data() + b * n(), at(n()));
    const GramSums& gram = sums[at(b)];
    const Measured m{.batch = h.batch, .exponent = exponent[at(b)]};
    bool decided = true;
    for (std::size_t q = 0; q < quantities.size(); ++q) {
        if (!is_count(quantities[q])) continue;
        const double x = gram_threshold(m, quantities[q].tau);
        const double e =
            eigenvalue_error(n(), std::max(h.rows, h.cols), gram.trace, gram.frobenius, x);
        RankInterval& interval = proved[q * at(h.draws) + at(b)];
        interval = {count_at_least(lambda, x + e), count_at_least(lambda, x - e)};
        decided = decided && interval.decided();
    }
    return decided;
}

/// The ends that were counted on chip, of each rank. False if a rank is not decided by them.
template <class T>
bool SpectralRun<T>::take_ends(std::int64_t b, const RankEnds* found) {
    bool decided = true;
    for (std::size_t q = 0; q < quantities.size(); ++q) {
        if (!is_rank(quantities[q])) continue;
        RankInterval& interval = proved[q * at(h.draws) + at(b)];
        interval = {found->low, found->high};
        ++found;
        decided = decided && interval.decided();
    }
    return decided;
}

/// What is proved so far is not of one number.
template <class T>
void SpectralRun<T>::open_undecided() {
    opened.clear();
    for (const RankInterval& interval : proved)
        opened.push_back(interval.known() && !interval.decided() ? 1 : 0);
}

/// By the bidiagonal form; returns those that it does not decide either.
template <class T>
std::vector<std::int64_t> SpectralRun<T>::count_again(std::span<const std::int64_t> undecided) {
    const auto count = static_cast<std::int64_t>(undecided.size());
    upload(chosen_.get(), undecided.data(), count, queue->stream());
    CountBatch<T> batch = count_batch();
    batch.h.draws = chosen_.get();
    batch.h.count = count;
    check(count_bidiagonal(batch, queue->stream()), "count_bidiagonal");
    ends.resize(at(count * extent.ranks));
    download(ends.data(), ends_.get(), count * extent.ranks, queue->stream());
    queue->wait();
    std::vector<std::int64_t> left;
    for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t b = undecided[at(i)];
        if (!take_ends(b, ends.data() + i * extent.ranks)) left.push_back(b);
    }
    return left;
}

template <class T>
void SpectralRun<T>::solve_again(std::span<const std::int64_t> undecided,
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
void SpectralRun<T>::solve_on_host(std::span<const std::int64_t> failed) {
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
void SpectralRun<T>::settle() {
    if (!pending) throw Error("nothing was enqueued to collect");
    pending = false;
    fetch();
    sigma.assign(at(h.draws * n()), std::numeric_limits<double>::quiet_NaN());
    has_sigma.assign(at(h.draws), 0);
    unsolved.assign(at(h.draws), 0);
    redone.assign(at(h.draws), 0);
    proved.assign(quantities.size() * at(h.draws), {});
    opened.assign(proved.size(), 0);
    if (plan.first == SpectrumRoutine::none) return;

    std::vector<std::int64_t> undecided;
    std::vector<std::int64_t> failed;
    const std::int64_t width = value_count(plan.first, h.rows, h.cols);
    for (std::int64_t b = 0; b < h.draws; ++b) {
        if (!known(b)) continue;
        if (gives_ends(plan.first)) {
            if (!take_ends(b, ends.data() + b * extent.ranks)) undecided.push_back(b);
            continue;
        }
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
    open_undecided();
    if (plan.recount && !undecided.empty()) undecided = count_again(undecided);
    if (!undecided.empty()) solve_again(undecided, failed);
    if (!failed.empty()) solve_on_host(failed);
}

template <class T>
double SpectralRun<T>::lambda_1(std::int64_t b) const {
    switch (plan.first) {
        case SpectrumRoutine::tridiagonal:
        case SpectrumRoutine::bidiagonal:
        case SpectrumRoutine::panels:
            return values.empty() ? 0.0 : values[at(b)];
        case SpectrumRoutine::gram:
            return std::max(values[at((b + 1) * n() - 1)], 0.0);
        default:
            return 0.0;
    }
}

template struct SpectralRun<float>;
template struct SpectralRun<double>;

}  // namespace rankchain::cuda
