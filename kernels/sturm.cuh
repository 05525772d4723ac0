// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The Sturm counts that both ways of counting on chip end in (tridiagonal.cuh, bidiagonal.cuh).
#pragma once

#include "kernels/lanes.cuh"

#include <cstdint>

#include <cuda_runtime.h>

namespace rankchain::cuda {

/// How many eigenvalues of a symmetric tridiagonal matrix of `size` rows are >= x: those rows whose
/// pivot q_i = (d_i - x) - b_{i-1} / q_{i-1} is not negative. diagonal(i) is d_i, off_squares[i]
/// the square b_i of the entry beside d_i and d_{i+1}. One thread; the order of the operations
/// makes the count monotone in x, and nothing here can be contracted.
template <class Diagonal>
__device__ __forceinline__ int sturm_count(int size, Diagonal diagonal, const double* off_squares,
                                           double x) {
    constexpr double least = 0x1p-1022;
    int above = 0;
    double pivot = 1.0;
    double off = 0.0;
    RANKCHAIN_ROLLED
    for (int i = 0; i < size; ++i) {
        const double q = (diagonal(i) - x) - off / pivot;
        pivot = fabs(q) < least ? -least : q;
        above += pivot < 0 ? 0 : 1;
        if (i + 1 < size) off = off_squares[i];
    }
    return above;
}

/// By one warp: low <= the largest x with count(x) > 0 < high, where that holds at the start, until
/// high - low <= width high or to the last bit. 32 shifts at a time; as counts are monotone the
/// result does not depend on which, but for `width` > 0.
template <class Count>
__device__ __forceinline__ void largest_counted(Count count, double width, int lane, double& low,
                                                double& high) {
    RANKCHAIN_ROLLED
    for (;;) {
        const double gap = high - low;
        const double x = fma(gap, (lane + 1) / 33.0, low);
        const bool open = gap > width * high && x > low && x < high;
        const unsigned opened = __ballot_sync(all_lanes, open ? 1 : 0);
        if (opened == 0) return;
        const unsigned above = __ballot_sync(all_lanes, open && count(x) > 0 ? 1 : 0);
        const unsigned below = opened & ~above;
        const double new_low = __shfl_sync(all_lanes, x, above != 0 ? 31 - __clz(above) : 0);
        const double new_high = __shfl_sync(all_lanes, x, below != 0 ? __ffs(below) - 1 : 0);
        if (above != 0) low = new_low;
        if (below != 0) high = new_high;
    }
}

}  // namespace rankchain::cuda
