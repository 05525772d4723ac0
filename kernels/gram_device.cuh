// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What all kernels that begin at H do alike (kernels/gram.cuh): the power of two that makes W of
// it, found by all threads that share a matrix, and the sums over G.
#pragma once

#include "kernels/gram.cuh"
#include "kernels/lanes.cuh"

#include <cmath>
#include <cstdint>

namespace rankchain::cuda {

/// What multiplies H.
struct WideScale {
    int power;  ///< W = 2^-power H, or in its place why there is none
    double factor;

    __device__ __forceinline__ bool known() const { return power > not_finite; }
    template <class T>
    __device__ __forceinline__ double operator()(T x) const {
        return known() ? static_cast<double>(x) * factor : 0.0;
    }
};

/// H of number i of the batch.
template <class T>
__device__ __forceinline__ const T* matrix_of(const WidenBatch<T>& batch, std::int64_t draw) {
    return batch.data + draw * batch.stride;
}
template <class T>
__device__ __forceinline__ std::int64_t draw_of(const WidenBatch<T>& batch, std::int64_t i) {
    return batch.draws != nullptr ? batch.draws[i] : batch.first + i;
}

/// The same in every thread. `scratch` as over_block() wants it.
template <class T>
__device__ __forceinline__ WideScale scale_of(const WidenBatch<T>& batch, const Place& at,
                                              std::int64_t draw, double* scratch) {
    if (batch.failed_layer != nullptr && batch.failed_layer[draw] >= 0) return {failed_before, 0.0};
    const T* const h = matrix_of(batch, draw);
    const std::int64_t size = batch.rows * batch.cols;
    const Largest largest;
    T found = T(0);
    for (std::int64_t e = at.thread; e < size; e += at.threads) {
        const T x = h[e];
        found = largest(found, x < T(0) ? -x : x);
    }
    const double top = over_block(largest, at, static_cast<double>(found), scratch);
    // Written so that NaN is not finite.
    if (!(top < HUGE_VAL)) return {not_finite, 0.0};
    // Within +-1000 the factor is a normal number, and the rest of the range is far from the ends.
    int power = top > 0 ? ilogb(top) : 0;
    power = power < -1000 ? -1000 : power > 1000 ? 1000 : power;
    return {power, ldexp(1.0, -power)};
}

/// From tr(G), the sums of squares on and off its diagonal, and of (G_ii / tr(G) - 1 / N)^2.
/// || W^T W / tr(G) - I / N ||_F is from squares alone: 1 / rank_lower_bound - 1 / N would cancel.
__device__ __forceinline__ GramSums sums_of(double trace, double squares, double off,
                                            double deviations, std::int64_t n, std::int64_t batch) {
    const double share = 1.0 / static_cast<double>(batch);
    const double rest = static_cast<double>(batch - n) * share * share;
    // 0 / 0 for W = 0.
    return {trace, sqrt(squares + off), sqrt(off / trace / trace + rest + deviations)};
}

/// low <= the largest eigenvalue of G and its tridiagonal form < high: ||G||_F^2 = sum lambda_i^2
/// <= lambda_1 tr(G), and lambda_1 <= ||G||_F.
__device__ __forceinline__ void bracket_largest(double trace, double frobenius, double& low,
                                                double& high) {
    low = trace > 0 ? 0.5 * frobenius * (frobenius / trace) : 0.0;
    high = trace > 0 ? 2.0 * frobenius : 0.0;
}

}  // namespace rankchain::cuda
