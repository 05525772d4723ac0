// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/normalize.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

namespace rankchain::cpu {
namespace {

// Squares of T neither overflow nor lose anything in it.
template <class T>
using Wide = std::conditional_t<std::is_same_v<T, float>, double, long double>;

// Below this a variance may have lost squares to underflow: what is lost is under 2^-46 (float) or
// 2^-122 (double) of it.
template <class T>
inline constexpr T least_variance = std::is_same_v<T, float> ? T(0x1p-80) : T(0x1p-900);

struct Steps {
    bool center = false;
    bool scale = false;
};

Steps steps(const NormRule& rule) {
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
void normalize_line(Steps todo, double eps, std::int64_t batch, T* z, std::int64_t size,
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
using Partial = std::array<T, static_cast<std::size_t>(lanes<T>)>;

// The one tree every row sum ends with.
template <class T>
T total(Partial<T>& partial) {
    for (std::size_t half = partial.size() / 2; half > 0; half /= 2) {
        for (std::size_t l = 0; l < half; ++l)
            partial[l] += partial[l + half];
    }
    return partial[0];
}

template <class T, class Term>
T row_sum(std::int64_t size, Term term) {
    Partial<T> partial{};
    for (std::int64_t j = 0; j < size; ++j) {
        partial[static_cast<std::size_t>(j % lanes<T>)] += term(j);
    }
    return total(partial);
}

template <class T>
bool usual(T mean, T variance) {
    return variance >= least_variance<T> && variance <= std::numeric_limits<T>::max() &&
           mean * mean <= T(16) * variance;
}

template <class T>
void normalize_rows(const NormRule& rule, Matrix<T> z, NormFaults& faults) {
    const Steps todo = steps(rule);
    if (!todo.center && !todo.scale) {
        if (!all_finite<T>(z)) faults.finite = false;
        return;
    }
    const T batch = static_cast<T>(rule.batch);
    for (std::int64_t i = 0; i < z.rows; ++i) {
        T* const row = z.row(i);
        const T mean = todo.center
                           ? row_sum<T>(z.cols, [row](std::int64_t j) { return row[j]; }) / batch
                           : T(0);
        const T variance = row_sum<T>(z.cols,
                                      [row, mean](std::int64_t j) {
                                          const T deviation = row[j] - mean;
                                          return deviation * deviation;
                                      }) /
                           batch;
        if (!usual(mean, variance)) {
            normalize_line(todo, rule.eps, rule.batch, row, z.cols, 1, faults);
            continue;
        }
        const T factor = todo.scale ? T(1) / std::sqrt(variance + static_cast<T>(rule.eps)) : T(1);
        for (std::int64_t j = 0; j < z.cols; ++j)
            row[j] = (row[j] - mean) * factor;
    }
}

template <class T>
void normalize_columns(const NormRule& rule, Matrix<T> z, NormFaults& faults) {
    const Steps todo = steps(rule);
    const T rows = static_cast<T>(z.rows);
    for (std::int64_t j = 0; j < z.cols; ++j) {
        T* const column = z.data + j;
        T mean = 0;
        if (todo.center) {
            for (std::int64_t i = 0; i < z.rows; ++i)
                mean += column[i * z.stride];
            mean /= rows;
        }
        T variance = 0;
        for (std::int64_t i = 0; i < z.rows; ++i) {
            const T deviation = column[i * z.stride] - mean;
            variance += deviation * deviation;
        }
        variance /= rows;
        if (!usual(mean, variance)) {
            normalize_line(todo, rule.eps, z.rows, column, z.rows, z.stride, faults);
            continue;
        }
        const T factor = T(1) / std::sqrt(variance + static_cast<T>(rule.eps));
        for (std::int64_t i = 0; i < z.rows; ++i) {
            column[i * z.stride] = (column[i * z.stride] - mean) * factor;
        }
    }
}

// `none`: z sqrt(d N) / ||z||_F.
template <class T>
void normalize_whole(const NormRule& rule, Matrix<T> z, NormFaults& faults) {
    Wide<T> squares = 0;
    for (std::int64_t i = 0; i < z.rows; ++i) {
        const T* const row = z.row(i);
        const T sum = row_sum<T>(z.cols, [row](std::int64_t j) { return row[j] * row[j]; });
        // As in the rows above: where squares leave T's range, once more in the wider type.
        if (sum >= least_variance<T> && sum <= std::numeric_limits<T>::max()) {
            squares += Wide<T>(sum);
        } else {
            for (std::int64_t j = 0; j < z.cols; ++j)
                squares += Wide<T>(row[j]) * Wide<T>(row[j]);
        }
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
    for (std::int64_t i = 0; i < z.rows; ++i) {
        T* const row = z.row(i);
        for (std::int64_t j = 0; j < z.cols; ++j)
            row[j] = static_cast<T>(Wide<T>(row[j]) * factor);
    }
    faults.log_scale = static_cast<double>(std::log(factor));
}

}  // namespace

bool acts_on_rows(Normalization normalization) {
    return normalization == Normalization::batch || normalization == Normalization::batch_center ||
           normalization == Normalization::batch_scale;
}

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
