// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Compiled once for every instruction set by Highway's foreach_target; the best one the machine
// has is chosen at run time.
#include "host/cpu/normalize_vectors.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "host/cpu/normalize_vectors.cpp"
#include <hwy/foreach_target.h>
// After foreach_target, which sets the target it compiles for.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace rankchain::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// 64 bytes of a row in as many vectors as they take here: lanes<T> partial sums, the same on every
// instruction set.
template <class T>
struct Line {
    using Tag = hn::ScalableTag<T>;
    using Vec = hn::Vec<Tag>;
    static constexpr std::int64_t step = static_cast<std::int64_t>(hn::MaxLanes(Tag()));
    static constexpr int parts = static_cast<int>(lanes<T> / step);
    static_assert(parts * step == lanes<T>, "vectors of at most 64 bytes");

    Vec part[parts];

    HWY_INLINE Line() {
        for (int p = 0; p < parts; ++p)
            part[p] = hn::Zero(Tag());
    }
};

#if HWY_TARGET == HWY_SCALAR  // one lane, and no halves of it
template <class Tag, class Vec>
HWY_INLINE auto tree(Tag, Vec v) {
    return hn::GetLane(v);
}
#else
template <class Tag, class Vec>
HWY_INLINE auto tree([[maybe_unused]] Tag tag, Vec v) {
    if constexpr (hn::MaxLanes(Tag()) == 1) {
        return hn::GetLane(v);
    } else {
        const hn::Half<Tag> half;
        return tree(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
    }
}
#endif

// Partial sum l takes l + half, half = lanes / 2, lanes / 4, ..., 1.
template <class T>
HWY_INLINE T total(Line<T> sum) {
    for (int half = Line<T>::parts / 2; half > 0; half /= 2) {
        for (int p = 0; p < half; ++p)
            sum.part[p] = hn::Add(sum.part[p], sum.part[p + half]);
    }
    return tree(typename Line<T>::Tag(), sum.part[0]);
}

// take(p, j) for every vector of the row, p its place in a line and j its first column; the last
// line, if not full, goes to take_last(p, j, mask of the lanes that are columns).
template <class T, class Take, class TakeLast>
HWY_INLINE void along_row(std::int64_t cols, const Take& take, const TakeLast& take_last) {
    std::int64_t j = 0;
    for (; j + lanes<T> <= cols; j += lanes<T>) {
        for (int p = 0; p < Line<T>::parts; ++p)
            take(p, j + p * Line<T>::step);
    }
    if (j == cols) return;
    for (int p = 0; p < Line<T>::parts; ++p, j += Line<T>::step) {
        const auto left = static_cast<std::size_t>(std::max<std::int64_t>(cols - j, 0));
        take_last(p, j, hn::FirstN(typename Line<T>::Tag(), left));
    }
}

template <class T>
HWY_INLINE T sum_of_row(const T* HWY_RESTRICT row, std::int64_t cols) {
    const typename Line<T>::Tag tag;
    Line<T> sum;
    // Beyond the columns there are zeros.
    for (std::int64_t j = 0; j < cols; j += lanes<T>) {
        for (int p = 0; p < Line<T>::parts; ++p) {
            sum.part[p] = hn::Add(sum.part[p], hn::Load(tag, row + j + p * Line<T>::step));
        }
    }
    return total(sum);
}

template <class T>
HWY_INLINE T squares_of_row(const T* HWY_RESTRICT row, std::int64_t cols, T mean) {
    const typename Line<T>::Tag tag;
    const auto m = hn::Set(tag, mean);
    Line<T> sum;
    along_row<T>(
        cols,
        [&](int p, std::int64_t j) {
            const auto x = hn::Sub(hn::Load(tag, row + j), m);
            sum.part[p] = hn::MulAdd(x, x, sum.part[p]);
        },
        [&](int p, std::int64_t j, auto mask) {
            const auto x = hn::IfThenElseZero(mask, hn::Sub(hn::Load(tag, row + j), m));
            sum.part[p] = hn::MulAdd(x, x, sum.part[p]);
        });
    return total(sum);
}

template <class T>
HWY_INLINE void write_row(T* HWY_RESTRICT row, std::int64_t cols, T mean, T factor) {
    const typename Line<T>::Tag tag;
    const auto m = hn::Set(tag, mean);
    const auto f = hn::Set(tag, factor);
    const auto value = [&](std::int64_t j) {
        return hn::Mul(hn::Sub(hn::Load(tag, row + j), m), f);
    };
    along_row<T>(
        cols, [&](int, std::int64_t j) { hn::Store(value(j), tag, row + j); },
        [&](int, std::int64_t j, auto mask) {
            hn::Store(hn::IfThenElseZero(mask, value(j)), tag, row + j);
        });
}

template <class T>
HWY_INLINE std::int64_t usual_rows(NormSteps steps, T batch, T eps, Matrix<T> z,
                                   std::int64_t first) {
    for (std::int64_t i = first; i < z.rows; ++i) {
        T* const row = z.row(i);
        const T mean = steps.center ? sum_of_row(row, z.cols) / batch : T(0);
        const T variance = squares_of_row(row, z.cols, mean) / batch;
        const bool usual = variance >= least_variance<T> &&
                           variance <= std::numeric_limits<T>::max() &&
                           mean * mean <= T(16) * variance;
        if (!usual) return i;
        write_row(row, z.cols, mean, steps.scale ? T(1) / std::sqrt(variance + eps) : T(1));
    }
    return z.rows;
}

// V vectors of columns.
template <int V, class T>
HWY_INLINE void columns(NormSteps steps, T eps, Matrix<T> z, std::int64_t col,
                        std::uint8_t* HWY_RESTRICT unusual) {
    const hn::ScalableTag<T> tag;
    using Vec = hn::Vec<decltype(tag)>;
    constexpr std::int64_t step = Line<T>::step;
    const Vec rows = hn::Set(tag, static_cast<T>(z.rows));
    Vec mean[V];
    Vec variance[V];
    for (int v = 0; v < V; ++v)
        mean[v] = variance[v] = hn::Zero(tag);
    if (steps.center) {
        for (std::int64_t i = 0; i < z.rows; ++i) {
            const T* const row = z.row(i) + col;
            for (int v = 0; v < V; ++v) {
                mean[v] = hn::Add(mean[v], hn::Load(tag, row + v * step));
            }
        }
        for (int v = 0; v < V; ++v)
            mean[v] = hn::Div(mean[v], rows);
    }
    for (std::int64_t i = 0; i < z.rows; ++i) {
        const T* const row = z.row(i) + col;
        for (int v = 0; v < V; ++v) {
            const Vec x = hn::Sub(hn::Load(tag, row + v * step), mean[v]);
            variance[v] = hn::MulAdd(x, x, variance[v]);
        }
    }
    Vec factor[V];
    for (int v = 0; v < V; ++v) {
        variance[v] = hn::Div(variance[v], rows);
        const auto in_range =
            hn::And(hn::Ge(variance[v], hn::Set(tag, least_variance<T>)),
                    hn::Le(variance[v], hn::Set(tag, std::numeric_limits<T>::max())));
        const auto usual = hn::And(
            in_range, hn::Le(hn::Mul(mean[v], mean[v]), hn::Mul(hn::Set(tag, T(16)), variance[v])));
        const Vec divisor = hn::Sqrt(hn::Add(variance[v], hn::Set(tag, eps)));
        // An unusual column goes through as it is: (z - 0) 1. So does what lies beyond the columns.
        factor[v] = hn::IfThenElse(usual, hn::Div(hn::Set(tag, T(1)), divisor), hn::Set(tag, T(1)));
        mean[v] = hn::IfThenElseZero(usual, mean[v]);
        HWY_ALIGN T flag[static_cast<std::size_t>(step)];
        hn::Store(hn::IfThenElse(usual, hn::Zero(tag), hn::Set(tag, T(1))), tag, flag);
        for (std::int64_t l = 0; l < step; ++l)
            unusual[col + v * step + l] = flag[l] != T(0);
    }
    for (std::int64_t i = 0; i < z.rows; ++i) {
        T* const row = z.row(i) + col;
        for (int v = 0; v < V; ++v) {
            const Vec x = hn::Sub(hn::Load(tag, row + v * step), mean[v]);
            hn::Store(hn::Mul(x, factor[v]), tag, row + v * step);
        }
    }
}

template <class T>
HWY_INLINE void usual_columns(NormSteps steps, T eps, Matrix<T> z, std::uint8_t* unusual) {
    const std::int64_t width = padded<T>(z.cols);
    std::int64_t col = 0;
    for (; col + 4 * Line<T>::step <= width; col += 4 * Line<T>::step) {
        columns<4>(steps, eps, z, col, unusual);
    }
    for (; col < width; col += Line<T>::step)
        columns<1>(steps, eps, z, col, unusual);
}

template <class T>
HWY_INLINE void multiply_all(T factor, Matrix<T> z) {
    const typename Line<T>::Tag tag;
    const auto f = hn::Set(tag, factor);
    for (std::int64_t i = 0; i < z.rows; ++i) {
        T* const row = z.row(i);
        for (std::int64_t j = 0; j < z.cols; j += Line<T>::step) {
            hn::Store(hn::Mul(hn::Load(tag, row + j), f), tag, row + j);
        }
    }
}

std::int64_t rows_f32(NormSteps steps, float batch, float eps, Matrix<float> z,
                      std::int64_t first) {
    return usual_rows(steps, batch, eps, z, first);
}
std::int64_t rows_f64(NormSteps steps, double batch, double eps, Matrix<double> z,
                      std::int64_t first) {
    return usual_rows(steps, batch, eps, z, first);
}
void columns_f32(NormSteps steps, float eps, Matrix<float> z, std::uint8_t* unusual) {
    usual_columns(steps, eps, z, unusual);
}
void columns_f64(NormSteps steps, double eps, Matrix<double> z, std::uint8_t* unusual) {
    usual_columns(steps, eps, z, unusual);
}
float squares_f32(const float* row, std::int64_t cols) {
    return squares_of_row(row, cols, 0.0F);
}
double squares_f64(const double* row, std::int64_t cols) {
    return squares_of_row(row, cols, 0.0);
}
void multiply_f32(float factor, Matrix<float> z) {
    multiply_all(factor, z);
}
void multiply_f64(double factor, Matrix<double> z) {
    multiply_all(factor, z);
}

}  // namespace rankchain::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace rankchain::cpu {

HWY_EXPORT(rows_f32);
HWY_EXPORT(rows_f64);
HWY_EXPORT(columns_f32);
HWY_EXPORT(columns_f64);
HWY_EXPORT(squares_f32);
HWY_EXPORT(squares_f64);
HWY_EXPORT(multiply_f32);
HWY_EXPORT(multiply_f64);

std::int64_t normalize_usual_rows(NormSteps steps, float batch, float eps, Matrix<float> z,
                                  std::int64_t first) {
    return HWY_DYNAMIC_DISPATCH(rows_f32)(steps, batch, eps, z, first);
}
std::int64_t normalize_usual_rows(NormSteps steps, double batch, double eps, Matrix<double> z,
                                  std::int64_t first) {
    return HWY_DYNAMIC_DISPATCH(rows_f64)(steps, batch, eps, z, first);
}
void normalize_usual_columns(NormSteps steps, float eps, Matrix<float> z, std::uint8_t* unusual) {
    HWY_DYNAMIC_DISPATCH(columns_f32)(steps, eps, z, unusual);
}
void normalize_usual_columns(NormSteps steps, double eps, Matrix<double> z, std::uint8_t* unusual) {
    HWY_DYNAMIC_DISPATCH(columns_f64)(steps, eps, z, unusual);
}
float row_squares(const float* row, std::int64_t cols) {
    return HWY_DYNAMIC_DISPATCH(squares_f32)(row, cols);
}
double row_squares(const double* row, std::int64_t cols) {
    return HWY_DYNAMIC_DISPATCH(squares_f64)(row, cols);
}
void multiply(float factor, Matrix<float> z) {
    HWY_DYNAMIC_DISPATCH(multiply_f32)(factor, z);
}
void multiply(double factor, Matrix<double> z) {
    HWY_DYNAMIC_DISPATCH(multiply_f64)(factor, z);
}

}  // namespace rankchain::cpu
#endif
