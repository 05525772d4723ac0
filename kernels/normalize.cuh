// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The norms, on a matrix spread over a block (lanes.cuh). Two passes in registers: means, then
// squares of deviations. What they count and when they fail: host/cpu/normalize.hpp.
#pragma once

#include "host/arith/config.hpp"
#include "kernels/chain_fused.cuh"
#include "kernels/lanes.cuh"

#include <cmath>
#include <cstring>
#include <limits>

namespace rankchain::cuda {

/// What became of one layer's numbers, as far as this thread is the one to say it.
struct NormFaults {
    bool finite = true;
    int degenerate = 0;
    double scale = 1.0;      ///< `none`: the matrix was multiplied by scale 2^exponent
    int scale_exponent = 0;  ///<
};

/// Powers of two about a positive number: m down is in [1/4, 4), unless m is so small that its
/// square need not be kept; up = 1 / down = 2^exponent.
template <class T>
struct PowerOfTwo {
    T down, up;
    int exponent;
};

__device__ __forceinline__ PowerOfTwo<float> power_of_two(float m) {
    int e = static_cast<int>(arith::Scalar::to_bits(m) >> 23) - 126;
    e = e < -120 ? -120 : (e > 126 ? 126 : e);
    return {arith::Scalar::from_bits(static_cast<std::uint32_t>(127 - e) << 23),
            arith::Scalar::from_bits(static_cast<std::uint32_t>(127 + e) << 23), e};
}

__device__ __forceinline__ double double_of_bits(std::uint64_t bits) {
    double x;
    std::memcpy(&x, &bits, sizeof x);
    return x;
}

__device__ __forceinline__ PowerOfTwo<double> power_of_two(double m) {
    std::uint64_t bits;
    std::memcpy(&bits, &m, sizeof bits);
    int e = static_cast<int>(bits >> 52) - 1022;
    e = e < -1000 ? -1000 : (e > 1022 ? 1022 : e);
    return {double_of_bits(static_cast<std::uint64_t>(1023 - e) << 52),
            double_of_bits(static_cast<std::uint64_t>(1023 + e) << 52), e};
}

template <class T>
inline constexpr T most_finite = std::numeric_limits<T>::max();

template <class T>
__device__ __forceinline__ bool is_finite(T x) {
    return std::fabs(x) <= most_finite<T>;
}

/// A norm's numbers. Sizes are those of the matrix, without padding.
template <class T>
struct NormNumbers {
    Norm norm;
    bool center, scale;
    T eps, root_eps;
    int rows, cols, batch;

    /// Of a FusedChain<T> or LargeLayer<T>.
    template <class Chain>
    __device__ explicit NormNumbers(const Chain& chain)
        : norm(chain.norm),
          center((norm == Norm::batch || norm == Norm::batch_center) ? !chain.compressed
                                                                     : norm == Norm::layer),
          scale(norm != Norm::batch_center),
          eps(chain.eps),
          root_eps(std::sqrt(chain.eps)),
          rows(chain.rows),
          cols(chain.cols),
          batch(chain.batch) {}
};

/// Where blocks meet: only what the chain's norm needs is carved.
template <class T>
struct NormScratch {
    T* partial = nullptr;  ///< [warps, N padded], or [2, warps] for `none`
    T* first = nullptr;    ///< [N padded] each, of the columns
    T* down = nullptr;
    T* shift = nullptr;
    T* eps = nullptr;
    T* factor = nullptr;

    template <class Memory>
    __host__ __device__ NormScratch(Memory& memory, Norm norm, int warps, int padded_cols) {
        if (norm == Norm::none) {
            partial = memory.template take<T>(2 * static_cast<std::size_t>(warps));
        } else if (norm == Norm::layer || norm == Norm::rms) {
            const auto width = static_cast<std::size_t>(padded_cols);
            partial = memory.template take<T>(static_cast<std::size_t>(warps) * width);
            first = memory.template take<T>(width);
            down = memory.template take<T>(width);
            shift = memory.template take<T>(width);
            eps = memory.template take<T>(width);
            factor = memory.template take<T>(width);
        }
    }
};

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
    T sum = 0;
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        sum += z[j][2 * h];
        sum += z[j][2 * h + 1];
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
__device__ __forceinline__ T row_squares(int h, const T (&z)[tiles][4]) {
    T sum = 0;
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        sum = std::fma(z[j][2 * h], z[j][2 * h], sum);
        sum = std::fma(z[j][2 * h + 1], z[j][2 * h + 1], sum);
    }
    return over_quad(Sum(), sum);
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

/// One row whose squares may leave the range of T, or whose mean drowns its deviations: brought
/// near 1 by a power of two, and then deviations from the first element, so that a constant row has
/// none. The whole warp comes here; the row changes only where `unusual`.
template <class T, int tiles>
__device__ __forceinline__ void normalize_row_carefully(const NormNumbers<T>& norm, const Place& at,
                                                        int h, bool unusual, T (&z)[tiles][4],
                                                        NormFaults& faults) {
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
        mean = row_sum(h, z) / static_cast<T>(norm.batch);
        subtract_from_row(at, norm.cols, h, unusual ? mean : T(0), z);
    }
    const T squares = row_squares(h, z);
    if (!unusual) return;
    const T divisor = std::sqrt(squares / static_cast<T>(norm.batch) + norm.eps * down * down);
    const bool degenerate = norm.scale && divisor == T(0);
    if (degenerate && at.t == 0) ++faults.degenerate;
    const T factor = degenerate ? T(0) : (norm.scale ? T(1) / divisor : power.up);
    multiply_row(h, factor, z);
    if (!row_finite(h, z)) faults.finite = false;
}

/// `batch`, `batch-center`, `batch-scale`. Rows whose mean is at most four times their deviations
/// and whose squares stay well within T are done at once.
template <class T, int tiles>
__device__ __forceinline__ void normalize_rows(const NormNumbers<T>& norm, const Place& at,
                                               T (&z)[tiles][4], NormFaults& faults) {
    constexpr T least = sizeof(T) == 4 ? T(0x1p-80) : T(0x1p-900);
    // A larger mean is not subtracted: no difference overflows, and its square does.
    constexpr T most_mean = sizeof(T) == 4 ? T(0x1p100) : T(0x1p960);
    const auto batch = static_cast<T>(norm.batch);
    T factor[2];
    bool unusual[2];
    RANKCHAIN_UNROLL
    for (int h = 0; h < 2; ++h) {
        T mean = 0;
        if (norm.center) {
            mean = row_sum(h, z) / batch;
            if (!(std::fabs(mean) <= most_mean)) mean = 0;
            subtract_from_row(at, norm.cols, h, mean, z);
        }
        const T variance = row_squares(h, z) / batch;
        unusual[h] =
            !(variance >= least && variance <= most_finite<T> && mean * mean <= T(16) * variance) &&
            at.live[h];
        factor[h] = norm.scale && at.live[h] ? T(1) / std::sqrt(variance + norm.eps) : T(1);
        if (unusual[h]) factor[h] = T(1);
    }
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        for (int q = 0; q < 4; ++q)
            z[j][q] *= factor[q / 2];
    }
    if (any_lane(unusual[0] || unusual[1])) {
        RANKCHAIN_UNROLL
        for (int h = 0; h < 2; ++h)
            normalize_row_carefully(norm, at, h, unusual[h], z, faults);
    }
}

/// Column by column over the warp's 16 rows, into scratch.partial.
template <class T, int tiles, class Op, class Value>
__device__ __forceinline__ void column_partials(Op op, const Place& at, const Value& value,
                                                NormScratch<T>& scratch) {
    T* const mine = scratch.partial + at.warp * 8 * tiles + at.first_column();
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        for (int c = 0; c < 2; ++c) {
            const T v = over_rows(op, op(value(j, c), value(j, 2 + c)));
            if (at.g == 0) mine[8 * j + c] = v;
        }
    }
    __syncthreads();
}

/// One number a column, made from the warps' by one thread and there for all afterwards.
template <class T, int tiles, class Op, class Use>
__device__ __forceinline__ void each_column(Op op, const Place& at, const NormScratch<T>& scratch,
                                            const Use& use) {
    // Rolled: z waits in registers meanwhile.
    RANKCHAIN_ROLLED
    for (int n = at.thread; n < 8 * tiles; n += at.threads) {
        T v = scratch.partial[n];
        RANKCHAIN_ROLLED
        for (int w = 1; w < at.warps; ++w)
            v = op(v, scratch.partial[w * 8 * tiles + n]);
        use(n, v);
    }
    __syncthreads();
}

/// `layer`, `rms`: every column carefully, as normalize_row_carefully() does a row, because which
/// columns are unusual would have to be told to the block.
template <class T, int tiles>
__device__ __forceinline__ void normalize_columns(const NormNumbers<T>& norm, const Place& at,
                                                  NormScratch<T>& scratch, T (&z)[tiles][4],
                                                  NormFaults& faults) {
    const auto rows = static_cast<T>(norm.rows);
    const auto squared = [&z](int j, int q) { return z[j][q] * z[j][q]; };

    const int own = at.first_column();
    if (at.warp == 0 && at.g == 0) {
        RANKCHAIN_UNROLL
        for (int j = 0; j < tiles; ++j) {
            for (int c = 0; c < 2; ++c)
                scratch.first[own + 8 * j + c] = z[j][c];
        }
    }
    column_partials<T, tiles>(
        Largest(), at, [&z](int j, int q) { return std::fabs(z[j][q]); }, scratch);
    each_column<T, tiles>(Largest(), at, scratch, [&](int n, T largest) {
        if (!is_finite(largest)) faults.finite = false;
        const PowerOfTwo<T> power = power_of_two(norm.root_eps > largest ? norm.root_eps : largest);
        scratch.down[n] = power.down;
        scratch.shift[n] = norm.center ? scratch.first[n] * power.down : T(0);
        scratch.eps[n] = norm.eps * power.down * power.down;
    });
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        for (int q = 0; q < 4; ++q) {
            const int n = 8 * j + q % 2;
            const T v = z[j][q] * (scratch.down + own)[n] - (scratch.shift + own)[n];
            z[j][q] = at.live[q / 2] ? v : T(0);
        }
    }
    if (norm.center) {
        column_partials<T, tiles>(
            Sum(), at, [&z](int j, int q) { return z[j][q]; }, scratch);
        each_column<T, tiles>(Sum(), at, scratch,
                              [&](int n, T sum) { scratch.shift[n] = sum / rows; });
        RANKCHAIN_UNROLL
        for (int j = 0; j < tiles; ++j) {
            for (int q = 0; q < 4; ++q) {
                if (at.live[q / 2]) z[j][q] -= (scratch.shift + own)[8 * j + q % 2];
            }
        }
    }
    column_partials<T, tiles>(Sum(), at, squared, scratch);
    each_column<T, tiles>(Sum(), at, scratch, [&](int n, T sum) {
        const T divisor = std::sqrt(sum / rows + scratch.eps[n]);
        scratch.factor[n] = divisor == T(0) ? T(0) : T(1) / divisor;
        if (divisor == T(0) && n < norm.cols) ++faults.degenerate;
        if (!is_finite(divisor)) faults.finite = false;
    });
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        for (int q = 0; q < 4; ++q)
            z[j][q] *= (scratch.factor + own)[8 * j + q % 2];
    }
}

/// `none`: z sqrt(d N) / ||z||_F.
template <class T, int tiles>
__device__ __forceinline__ void normalize_whole(const NormNumbers<T>& norm, const Place& at,
                                                NormScratch<T>& scratch, T (&z)[tiles][4],
                                                NormFaults& faults) {
    T largest = 0;
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        for (int q = 0; q < 4; ++q)
            largest = Largest()(largest, std::fabs(z[j][q]));
    }
    largest = over_block(Largest(), at, largest, scratch.partial);
    if (!is_finite(largest)) faults.finite = false;
    const PowerOfTwo<T> power = power_of_two(largest);
    T squares = 0;
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        for (int q = 0; q < 4; ++q) {
            z[j][q] *= power.down;
            squares = std::fma(z[j][q], z[j][q], squares);
        }
    }
    squares = over_block(Sum(), at, squares, scratch.partial + at.warps);
    const T size = static_cast<T>(norm.rows) * static_cast<T>(norm.batch);
    const T factor = squares == T(0) ? T(0) : std::sqrt(size) / std::sqrt(squares);
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        for (int q = 0; q < 4; ++q)
            z[j][q] *= factor;
    }
    if (squares == T(0)) {
        if (at.thread == 0) ++faults.degenerate;
        return;
    }
    faults.scale = static_cast<double>(factor);
    faults.scale_exponent = -power.exponent;
}

template <class T, int tiles>
__device__ __forceinline__ void normalize(const NormNumbers<T>& norm, const Place& at,
                                          NormScratch<T>& scratch, T (&z)[tiles][4],
                                          NormFaults& faults) {
    if (norm.norm == Norm::none) {
        normalize_whole(norm, at, scratch, z, faults);
    } else if (norm.norm == Norm::layer || norm.norm == Norm::rms) {
        normalize_columns(norm, at, scratch, z, faults);
    } else {
        normalize_rows(norm, at, z, faults);
    }
}

}  // namespace rankchain::cuda
