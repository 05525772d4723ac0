// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/normalize.hpp"

#include "host/chain_plan.hpp"
#include "host/cpu/normalize_vectors.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

namespace rankchain::cpu {
namespace {

// Squares of T neither overflow nor lose anything in it.
template <class T>
using Wide = std::conditional_t<std::is_same_v<T, float>, double, long double>;

NormSteps steps_of(const NormRule& rule) {
    switch (rule.normalization) {
        case Normalization::batch:
            return {!rule.compressed, true};
        case Normalization::batch_center:
            return {!rule.compressed, false};
        case Normalization::layer:
            return {true, true};
        case Normalization::batch_scale:
        case Normalization::rms:
        case Normalization::none:
            break;
    }
    return {false, true};
}

// One row (step 1) or column (step: the stride), carefully: deviations from the first element, so
// that a constant line has none, in a type in which no square overflows or vanishes.
template <class T>
void normalize_line(NormSteps todo, double eps, std::int64_t batch, T* z, std::int64_t size,
                    std::int64_t step, NormFaults& faults) {
    const Wide<T> first = todo.center ? Wide<T>(z[0]) : Wide<T>(0);
    Wide<T> sum = 0;
    for (std::int64_t j = 0; j < size; ++j)
        sum += Wide<T>(z[j * step]) - first;
    const Wide<T> mean = todo.center ? sum / static_cast<Wide<T>>(batch) : Wide<T>(0);
    Wide<T> squares = 0;
    for (std::int64_t j = 0; j < size; ++j) {
        const Wide<T> deviation = (Wide<T>(z[j * step]) - first) - mean;
        squares += deviation * deviation;
    }
    if (!std::isfinite(squares)) {
        faults.finite = false;
        return;
    }
    const Wide<T> variance = squares / static_cast<Wide<T>>(batch);
    const Wide<T> divisor = std::sqrt(variance + Wide<T>(eps));
    if (todo.scale && !(divisor > 0)) {
        for (std::int64_t j = 0; j < size; ++j)
            z[j * step] = T(0);
        ++faults.degenerate;
        return;
    }
    for (std::int64_t j = 0; j < size; ++j) {
        const Wide<T> deviation = (Wide<T>(z[j * step]) - first) - mean;
        z[j * step] = static_cast<T>(todo.scale ? deviation / divisor : deviation);
        if (!std::isfinite(z[j * step])) faults.finite = false;
    }
}

template <class T>
void normalize_rows(const NormRule& rule, Matrix<T> z, NormFaults& faults) {
    const NormSteps steps = steps_of(rule);
    if (!steps.center && !steps.scale) {
        if (!all_finite<T>(z)) faults.finite = false;
        return;
    }
    const T batch = static_cast<T>(rule.batch);
    const T eps = static_cast<T>(rule.eps);
    for (std::int64_t i = 0;; ++i) {
        i = normalize_usual_rows(steps, batch, eps, z, i);
        if (i == z.rows) return;
        normalize_line(steps, rule.eps, rule.batch, z.row(i), z.cols, 1, faults);
    }
}

template <class T>
void normalize_columns(const NormRule& rule, Matrix<T> z, NormFaults& faults) {
    constexpr std::int64_t at_once = 256;
    const NormSteps steps = steps_of(rule);
    std::array<std::uint8_t, at_once> unusual{};
    for (std::int64_t first = 0; first < z.cols; first += at_once) {
        const Matrix<T> some{z.data + first, z.rows, std::min(at_once, z.cols - first), z.stride};
        normalize_usual_columns(steps, static_cast<T>(rule.eps), some, unusual.data());
        for (std::int64_t j = 0; j < some.cols; ++j) {
            if (unusual[static_cast<std::size_t>(j)] == 0) continue;
            normalize_line(steps, rule.eps, z.rows, some.data + j, z.rows, z.stride, faults);
        }
    }
}

// `none`: z sqrt(d N) / ||z||_F.
template <class T>
void normalize_whole(const NormRule& rule, Matrix<T> z, NormFaults& faults) {
    bool usual = true;
    Wide<T> squares = 0;
    for (std::int64_t i = 0; i < z.rows; ++i) {
        const T* const row = z.row(i);
        const T sum = row_squares(row, z.cols);
        if (sum >= least_variance<T> && sum <= std::numeric_limits<T>::max()) {
            squares += Wide<T>(sum);
            continue;
        }
        usual = false;
        for (std::int64_t j = 0; j < z.cols; ++j)
            squares += Wide<T>(row[j]) * Wide<T>(row[j]);
    }
    if (!std::isfinite(squares)) {
        faults.finite = false;
        return;
    }
    if (!(squares > 0)) {
        ++faults.degenerate;
        return;
    }
    const Wide<T> size = static_cast<Wide<T>>(z.rows) * static_cast<Wide<T>>(rule.batch);
    const Wide<T> factor = std::sqrt(size) / std::sqrt(squares);
    if (usual) {
        // What is kept is the log of the number it was multiplied by, with that number's rounding.
        const T rounded = static_cast<T>(factor);
        multiply(rounded, z);
        faults.log_scale = std::log(static_cast<double>(rounded));
        return;
    }
    for (std::int64_t i = 0; i < z.rows; ++i) {
        T* const row = z.row(i);
        for (std::int64_t j = 0; j < z.cols; ++j)
            row[j] = static_cast<T>(Wide<T>(row[j]) * factor);
    }
    faults.log_scale = static_cast<double>(std::log(factor));
}

}  // namespace

template <class T>
void normalize(const NormRule& rule, Matrix<T> z, NormFaults& faults) {
    if (acts_on_rows(rule.normalization)) {
        normalize_rows(rule, z, faults);
    } else if (rule.normalization == Normalization::none) {
        normalize_whole(rule, z, faults);
    } else {
        normalize_columns(rule, z, faults);
    }
}

template <class T>
bool all_finite(Matrix<const T> z) {
    for (std::int64_t i = 0; i < z.rows; ++i) {
        // 0 x is 0 for finite x and NaN otherwise; so is their sum.
        T sum = 0;
        for (std::int64_t j = 0; j < z.cols; ++j)
            sum += T(0) * z.row(i)[j];
        if (!(sum == T(0))) return false;
    }
    return true;
}

template void normalize(const NormRule&, Matrix<float>, NormFaults&);
template void normalize(const NormRule&, Matrix<double>, NormFaults&);
template bool all_finite(Matrix<const float>);
template bool all_finite(Matrix<const double>);

}  // namespace rankchain::cpu
