// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The norms of rows, on a matrix spread over a block (lanes.cuh): a row lies in the lanes of one
// quad.
#pragma once

#include "kernels/lanes.cuh"
#include "kernels/norm_numbers.cuh"

#include <cmath>

namespace rankchain::cuda {

/// v less m in the columns that are there.
template <class T, int tiles>
__device__ __forceinline__ void subtract_from_row(const Place& at, int cols, int h, T m,
                                                  T (&z)[tiles][4]) {
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        for (int c = 0; c < 2; ++c) {
            T& v = z[j][2 * h + c];
            v = at.has(j, c, cols) ? v - m : T(0);
        }
    }
}

template <class T, int tiles>
__device__ __forceinline__ T row_sum(int h, const T (&z)[tiles][4]) {
    T sum = z[0][2 * h] + z[0][2 * h + 1];
    RANKCHAIN_UNROLL
    for (int j = 1; j < tiles; ++j) {
        sum += z[j][2 * h];
        sum += z[j][2 * h + 1];
    }
    return over_quad(Sum(), sum);
}

template <class T, int tiles>
__device__ __forceinline__ T row_squares(int h, const T (&z)[tiles][4]) {
    T sum = z[0][2 * h] * z[0][2 * h];
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        if (j > 0) sum = std::fma(z[j][2 * h], z[j][2 * h], sum);
        sum = std::fma(z[j][2 * h + 1], z[j][2 * h + 1], sum);
    }
    return over_quad(Sum(), sum);
}

template <class T, int tiles>
__device__ __forceinline__ void multiply_row(int h, T factor, T (&z)[tiles][4]) {
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        z[j][2 * h] *= factor;
        z[j][2 * h + 1] *= factor;
    }
}

template <class T, int tiles>
__device__ __forceinline__ void fill_row(int h, T value, T (&z)[tiles][4]) {
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j)
        z[j][2 * h] = z[j][2 * h + 1] = value;
}

/// Whether the thread's part of a row is finite.
template <class T, int tiles>
__device__ __forceinline__ bool row_finite(int h, const T (&z)[tiles][4]) {
    // 0 x is 0 for finite x and NaN otherwise; so is their sum.
    T sum = 0;
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        sum = std::fma(T(0), z[j][2 * h], sum);
        sum = std::fma(T(0), z[j][2 * h + 1], sum);
    }
    return sum == T(0);
}

/// NaN for the warp's part of a draw in which a lane saw a failure.
template <class T, int tiles>
__device__ __forceinline__ void spoil_failed(bool finite, T (&z)[tiles][4]) {
    if (!any_lane(!finite)) return;
    RANKCHAIN_UNROLL
    for (int h = 0; h < 2; ++h)
        fill_row(h, not_a_number<T>, z);
}

/// One row whose squares may leave the range of T, or whose mean drowns its deviations: brought
/// near 1 by a power of two, and then deviations from the first element, so that a constant row has
/// none. The whole warp comes here; the row changes only where `unusual`. Returns whether the row
/// is finite.
template <class T, int tiles>
__device__ __forceinline__ bool normalize_row_carefully(const NormNumbers<T>& norm, const Place& at,
                                                        int h, bool unusual, T (&z)[tiles][4],
                                                        int& degenerate_rows) {
    T largest = 0;
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        for (int c = 0; c < 2; ++c)
            largest = Largest()(largest, std::fabs(z[j][2 * h + c]));
    }
    largest = over_quad(Largest(), largest);
    const T most = norm.scale && norm.root_eps > largest ? norm.root_eps : largest;
    const PowerOfTwo<T> power = power_of_two(most);
    const T down = unusual ? power.down : T(1);
    const T first = __shfl_sync(all_lanes, z[0][2 * h], at.lane - at.t) * down;
    multiply_row(h, down, z);
    T mean = 0;
    if (norm.center) {
        subtract_from_row(at, norm.cols, h, unusual ? first : T(0), z);
        mean = row_sum(h, z) * norm.per_batch;
        subtract_from_row(at, norm.cols, h, unusual ? mean : T(0), z);
    }
    const T squares = row_squares(h, z);
    if (!unusual) return true;
    const T divisor = std::sqrt(squares * norm.per_batch + norm.eps * down * down);
    const bool degenerate = norm.scale && divisor == T(0);
    if (degenerate && at.t == 0) ++degenerate_rows;
    const T factor = degenerate ? T(0) : (norm.scale ? T(1) / divisor : power.up);
    multiply_row(h, factor, z);
    return row_finite(h, z);
}

/// Whether a row has a mean of at most four times its deviations and squares well within T.
template <class T>
__device__ __forceinline__ bool usual_row(T mean, T variance) {
    constexpr T least = sizeof(T) == 4 ? T(0x1p-80) : T(0x1p-900);
    // Each made by itself, so that there is no branch between them.
    const bool large = variance >= least, finite = variance <= most_finite<T>;
    const bool near = mean * mean <= T(16) * variance;
    return large && finite && near;
}

/// `batch`, `batch-center`, `batch-scale`. Usual rows are done at once. Rows beyond d become zeros.
template <class T, int tiles>
__device__ __forceinline__ void normalize_rows(const NormNumbers<T>& norm, const Place& at,
                                               unsigned layer, T (&z)[tiles][4], Faults& faults) {
    // A larger mean is not subtracted: no difference overflows, and its square does.
    constexpr T most_mean = sizeof(T) == 4 ? T(0x1p100) : T(0x1p960);
    T mean[2] = {0, 0}, variance[2], factor[2] = {1, 1};
    if (norm.center) {
        RANKCHAIN_UNROLL
        for (int h = 0; h < 2; ++h) {
            mean[h] = row_sum(h, z) * norm.per_batch;
            if (!(std::fabs(mean[h]) <= most_mean)) mean[h] = 0;
        }
        if (norm.cols == 8 * tiles) {
            RANKCHAIN_UNROLL
            for (int j = 0; j < tiles; ++j) {
                for (int q = 0; q < 4; ++q)
                    z[j][q] -= mean[q / 2];
            }
        } else {
            RANKCHAIN_UNROLL
            for (int h = 0; h < 2; ++h)
                subtract_from_row(at, norm.cols, h, mean[h], z);
        }
    }
    RANKCHAIN_UNROLL
    for (int h = 0; h < 2; ++h)
        variance[h] = row_squares(h, z) * norm.per_batch;
    if (norm.scale) {
        RANKCHAIN_UNROLL
        for (int h = 0; h < 2; ++h)
            factor[h] = reciprocal_root(variance[h] + norm.eps);
    }
    const bool usual[2] = {usual_row(mean[0], variance[0]), usual_row(mean[1], variance[1])};
    if (any_lane(!(usual[0] && usual[1]))) {
        bool finite = true;
        int degenerate = 0;
        RANKCHAIN_UNROLL
        for (int h = 0; h < 2; ++h) {
            const bool unusual = !usual[h] && at.live[h];
            if (!normalize_row_carefully(norm, at, h, unusual, z, degenerate)) finite = false;
            if (unusual) factor[h] = T(1);
            if (!at.live[h]) fill_row(h, T(0), z);
        }
        faults.note(layer, finite, degenerate);
        spoil_failed(finite, z);
    }
    RANKCHAIN_UNROLL
    for (int h = 0; h < 2; ++h)
        multiply_row(h, at.live[h] ? factor[h] : T(0), z);
}

}  // namespace rankchain::cuda
