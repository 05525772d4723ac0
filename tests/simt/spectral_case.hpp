// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The spectral stage and the CPU backend on the same matrices, and how far they may differ.
#pragma once

#include "host/cpu/blas_threads.hpp"
#include "host/cpu/measure.hpp"
#include "host/measured.hpp"
#include "host/spectrum_choice.hpp"
#include "kernels/backend/context.hpp"
#include "kernels/backend/spectrum.hpp"
#include "kernels/backend/spectrum_routine.hpp"
#include "tests/simt/device_array.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace rankchain::cuda {

/// Matrices [B, rows, cols] and what a chain would say of them.
template <class T>
struct SpectralCase {
    MatrixShape shape;
    std::vector<T> h = {};
    std::vector<std::int64_t> failed_layer = {};  ///< empty: none
    std::vector<double> log_scale = {};           ///< empty: zeros
    std::int64_t batch = 0;                       ///< 0: cols
    std::int64_t layer = 5;
    bool centred = false;

    [[nodiscard]] std::int64_t size() const { return shape.rows * shape.cols; }
    [[nodiscard]] std::int64_t draws() const {
        return static_cast<std::int64_t>(h.size()) / size();
    }
    [[nodiscard]] std::int64_t n() const { return std::min(shape.rows, shape.cols); }
    [[nodiscard]] std::int64_t columns() const { return batch > 0 ? batch : shape.cols; }

    void add(const std::vector<double>& matrix) {
        for (const double x : matrix)
            h.push_back(static_cast<T>(x));
    }
};

inline Samples no_samples(std::int64_t draws, std::size_t quantities) {
    const auto size = static_cast<std::size_t>(draws) * quantities;
    return {draws, std::vector<double>(size, -7.0), std::vector<std::uint8_t>(size, 9),
            std::vector<double>(size, 9.0),
            std::vector<DrawStatus>(static_cast<std::size_t>(draws))};
}

template <class T>
Samples by_cpu(const SpectralCase<T>& c, const std::vector<Quantity>& quantities) {
    const cpu::SingleBlasThread single;
    Samples samples = no_samples(c.draws(), quantities.size());
    for (std::int64_t b = 0; b < c.draws(); ++b) {
        const auto i = static_cast<std::size_t>(b);
        if (!c.failed_layer.empty() && c.failed_layer[i] >= 0) {
            for (std::size_t q = 0; q < quantities.size(); ++q) {
                samples.value(static_cast<std::int64_t>(q), b) =
                    std::numeric_limits<double>::quiet_NaN();
                samples.resolved[q * static_cast<std::size_t>(c.draws()) + i] = 0;
                samples.margin[q * static_cast<std::size_t>(c.draws()) + i] = 0;
            }
            continue;
        }
        const cpu::Observed<T> h{.data = c.h.data() + b * c.size(),
                                 .rows = c.shape.rows,
                                 .cols = c.shape.cols,
                                 .stride = c.shape.cols,
                                 .batch = c.columns(),
                                 .layer = c.layer,
                                 .centred = c.centred,
                                 .log_scale = c.log_scale.empty() ? 0.0 : c.log_scale[i]};
        const cpu::Measurement<T> one{h, samples.values.data() + b, samples.resolved.data() + b,
                                      samples.margin.data() + b, &samples.status[i]};
        cpu::measure_all(std::span<const cpu::Measurement<T>>(&one, 1), quantities,
                         SpectrumMethod::automatic, c.draws(), 1);
    }
    return samples;
}

/// Through the stage, `chunk` draws at a time (0: all).
template <class T>
Samples by_stage(Context& context, const SpectralCase<T>& c,
                 const std::vector<Quantity>& quantities, std::int64_t chunk = 0,
                 const SecondSolver& second = host_singular_values,
                 SpectrumMethod method = SpectrumMethod::automatic) {
    const std::int64_t draws = c.draws();
    const std::int64_t step = chunk > 0 ? chunk : draws;
    Samples samples = no_samples(draws, quantities.size());
    const DeviceArray<T> h(c.h);
    const DeviceArray<std::int64_t> failed(c.failed_layer);
    const DeviceArray<double> log(c.log_scale);
    const std::vector<MatrixShape> shapes{{c.shape.rows, c.shape.cols, c.columns()}};
    SpectralStage<T> stage(context.memory(), context.queue(0), shapes, step, quantities, method,
                           second);
    for (std::int64_t first = 0; first < draws; first += step) {
        stage.enqueue({h.get() + first * c.size(), c.size(), std::min(step, draws - first),
                       c.shape.rows, c.shape.cols, c.columns(), c.layer, c.centred,
                       c.failed_layer.empty() ? nullptr : failed.get() + first,
                       c.log_scale.empty() ? nullptr : log.get() + first});
        stage.collect(samples, first);
    }
    return samples;
}

/// How far a value of `quantity` may lie from the CPU backend's, `exact`, where both are right to
/// what docs/numerics.md says: twice its error. `lambda` are the eigenvalues, descending. Infinite
/// where the formula amplifies the errors without bound.
template <class T>
double allowance(const SpectralCase<T>& c, const Quantity& quantity, double exact,
                 const std::vector<double>& lambda) {
    constexpr double eps = std::numeric_limits<double>::epsilon();
    const auto n = static_cast<double>(c.n());
    const auto k = static_cast<double>(std::max(c.shape.rows, c.shape.cols));
    const auto largest = std::max(k, static_cast<double>(c.columns()));
    const double relative = 60 * largest * eps;  // of every sigma_i, to sigma_1
    const auto ratio = [&](std::int64_t i) {     // sigma_i / sigma_1
        return std::sqrt(lambda[static_cast<std::size_t>(i)] / lambda[0]);
    };
    const std::int64_t generic = generic_rank(c.shape.rows, c.columns(), c.centred);
    const double last =
        generic >= 1 && generic <= c.n() && lambda[0] > 0 ? ratio(generic - 1) : 0.0;
    const double unbounded = std::numeric_limits<double>::infinity();
    // Near the resolution of T one backend may see zero where the other does not.
    const double floor = largest * std::numeric_limits<T>::epsilon() + 2 * relative;
    switch (quantity.metric) {
        case Metric::rank_lower_bound:
            return 2 * 4 * k * eps * exact;
        case Metric::stable_rank:
            // e / lambda_1 of G, tr(G) <= n lambda_1 and ||G||_F <= sqrt(n) lambda_1.
            return 2 * 1.01 * eps * (k * n + 32 * n * n * std::sqrt(n)) * exact +
                   4 * k * eps * exact;
        case Metric::orthogonality_gap:
            return 2 * 2 * k * eps;
        case Metric::mean_abs_cosine:
            return 2 * (4 * static_cast<double>(c.shape.rows) + largest) * eps;
        case Metric::effective_rank:
            // dE = -sum dp_i ln p_i, |dp_i| <= 2 relative, and p ln p near 0 moves by dp ln(1/dp).
            return exact * n * 2 * 2 * relative * (1 + std::log(1 / relative));
        case Metric::isometry_gap:
            return last > floor ? 2 * 4 * relative / last : unbounded;
        case Metric::condition_number:
            return last > floor ? exact * 2 * 2 * relative / last : unbounded;
        case Metric::spectrum: {
            const double mine = lambda[static_cast<std::size_t>(quantity.index - 1)];
            return 2 * relative * std::sqrt(mine * lambda[0]) + relative * relative * lambda[0];
        }
        case Metric::lyapunov: {
            const double mine = lambda[0] > 0 ? ratio(quantity.index - 1) : 0.0;
            return mine > floor ? 2 * 2 * relative / mine / static_cast<double>(c.layer)
                                : unbounded;
        }
        case Metric::soft_rank:
        case Metric::numerical_rank:
            break;
    }
    return 0;
}

/// How many ranks the errors of the singular values leave open on either side of the count.
template <class T>
double open_ranks(const SpectralCase<T>& c, const Quantity& quantity,
                  const std::vector<double>& lambda) {
    constexpr double eps = std::numeric_limits<double>::epsilon();
    const auto largest = static_cast<double>(std::max({c.shape.rows, c.shape.cols, c.columns()}));
    const double top = lambda.empty() ? 0.0 : std::sqrt(lambda[0]);
    const double margin = 2 * 60 * largest * eps * top;
    const double at = quantity.metric == Metric::soft_rank
                          ? std::sqrt(quantity.tau)
                          : top * largest * std::numeric_limits<T>::epsilon();
    return static_cast<double>(std::count_if(lambda.begin(), lambda.end(), [=](double l) {
        return std::fabs(std::sqrt(l) - at) <= margin;
    }));
}

/// Compares every quantity of every draw; returns how many were compared with a finite allowance.
template <class T>
std::int64_t expect_agreement(const SpectralCase<T>& c, const std::vector<Quantity>& quantities,
                              const Samples& device, const std::string& what) {
    const Samples host = by_cpu(c, quantities);
    std::vector<Quantity> spectrum;
    for (std::int64_t i = 1; i <= c.n(); ++i)
        spectrum.push_back({Metric::spectrum, std::numeric_limits<double>::quiet_NaN(), i});
    const Samples lambdas = by_cpu(c, spectrum);
    std::int64_t compared = 0;
    for (std::int64_t b = 0; b < c.draws(); ++b) {
        const auto i = static_cast<std::size_t>(b);
        EXPECT_EQ(device.status[i].spectrum_failed, host.status[i].spectrum_failed)
            << what << " draw " << b;
        std::vector<double> lambda;
        for (std::int64_t j = 0; j < c.n(); ++j)
            lambda.push_back(lambdas.value(j, b));
        for (std::size_t q = 0; q < quantities.size(); ++q) {
            const Quantity& quantity = quantities[q];
            const double wanted = host.value(static_cast<std::int64_t>(q), b);
            const double got = device.value(static_cast<std::int64_t>(q), b);
            const std::string place = what + " [" + std::to_string(c.shape.rows) + ", " +
                                      std::to_string(c.shape.cols) + "] draw " + std::to_string(b) +
                                      " " + quantity.label();
            if (std::isnan(lambda[0]) || std::isnan(wanted)) {
                EXPECT_EQ(std::isnan(got), std::isnan(wanted)) << place << ": " << got;
                ++compared;
            } else if (is_integer(quantity.metric)) {
                EXPECT_LE(std::fabs(got - wanted), open_ranks(c, quantity, lambda))
                    << place << " tau " << quantity.tau << ": " << got << ", not " << wanted;
                const std::size_t at = q * static_cast<std::size_t>(c.draws()) + i;
                EXPECT_TRUE(got == wanted || device.margin[at] > 0 || host.margin[at] > 0)
                    << place << ": two proved ranks differ";
                ++compared;
            } else {
                const double allowed = allowance(c, quantity, wanted, lambda);
                if (std::isinf(allowed) && !std::isnan(allowed)) continue;
                EXPECT_TRUE(got == wanted || std::fabs(got - wanted) <= allowed)
                    << place << ": " << got << ", not " << wanted << " +- " << allowed;
                ++compared;
            }
        }
    }
    return compared;
}

}  // namespace rankchain::cuda
