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

/// Faults of a draw over the layers so far, as far as this thread is the one to tell. What fails is
/// NaN from then on in the whole draw, so that no thread counts anything beyond the layer after the
/// first one to fail. Touched only where something is wrong.
struct Faults {
    static constexpr unsigned none = 0xffffffffU;
    unsigned failed = none;  ///< first layer to fail, less one
    unsigned counted = 0;    ///< last layer with degenerate rows, less one
    int before = 0, total = 0;

    __device__ __forceinline__ void note(unsigned layer, bool finite, int degenerate) {
        if (!finite && failed == none) failed = layer;
        if (degenerate > 0) {
            before = total;
            counted = layer;
            total += degenerate;
        }
    }
    /// Of layers before the first to fail.
    __device__ int degenerate(unsigned first_failed) const {
        return counted >= first_failed ? before : total;
    }
};

/// `none` multiplied the matrix by scale 2^exponent.
struct WholeScale {
    double scale = 1.0;
    int exponent = 0;
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
inline constexpr T not_a_number = std::numeric_limits<T>::quiet_NaN();

template <class T>
__device__ __forceinline__ bool is_finite(T x) {
    return std::fabs(x) <= most_finite<T>;
}

/// 1 / sqrt(x), x in the normal range, to 2^-22.9 (float32) or an ulp.
__device__ __forceinline__ float reciprocal_root(float x) {
#ifdef __CUDA_ARCH__
    float y;
    asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
#else
    return 1 / std::sqrt(x);
#endif
}

__device__ __forceinline__ double reciprocal_root(double x) {
#ifdef __CUDA_ARCH__
    return ::rsqrt(x);
#else
    return 1 / std::sqrt(x);
#endif
}

/// A norm's numbers. Sizes are those of the matrix, without padding.
template <class T>
struct NormNumbers {
    Norm norm;
    bool center, scale;
    T eps, root_eps;
    int rows, cols, batch;
    T per_row, per_batch;  ///< 1 / d, 1 / N

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
          batch(chain.batch),
          per_row(T(1) / static_cast<T>(chain.rows)),
          per_batch(T(1) / static_cast<T>(chain.batch)) {}
};

/// Where blocks meet: only what the chain's norm needs is carved. One address, the rest are
/// constant distances from it.
template <class T>
class NormScratch {
  public:
    template <class Memory>
    __host__ __device__ NormScratch(Memory& memory, Norm norm, int warps, int padded_cols)
        : base_(memory.template take<T>(
              size(norm, static_cast<std::size_t>(warps), static_cast<std::size_t>(padded_cols)))),
          width_(padded_cols) {}

    /// [2, warps], of `none`.
    __device__ T* whole() const { return base_; }
    // Of `layer` and `rms`: [N padded] each, of the columns.
    __device__ T* first() const { return base_; }
    __device__ T* down() const { return base_ + width_; }
    __device__ T* shift() const { return base_ + 2 * width_; }
    __device__ T* eps() const { return base_ + 3 * width_; }
    __device__ T* factor() const { return base_ + 4 * width_; }
    __device__ T* partial() const { return base_ + 5 * width_; }  ///< [warps, N padded]

  private:
    static constexpr __host__ __device__ std::size_t size(Norm norm, std::size_t warps,
                                                          std::size_t width) {
        if (norm == Norm::none) return 2 * warps;
        return norm == Norm::layer || norm == Norm::rms ? (5 + warps) * width : 0;
    }

    T* base_;
    int width_;
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

/// Column by column over the warp's 16 rows of what is parked, into scratch.partial().
template <class Hidden, class Op, class Value>
__device__ __forceinline__ void column_partials(Op op, const Place& at, Hidden& hidden,
                                                const NormScratch<typename Hidden::T>& scratch,
                                                const Value& value) {
    using T = typename Hidden::T;
    T* const mine = scratch.partial() + at.warp * 8 * Hidden::tiles + at.first_column();
    RANKCHAIN_ROLLED
    for (int j = 0; j < Hidden::tiles; ++j) {
        T v[4];
        hidden.load(at, j, v);
        value(j, v);
        for (int c = 0; c < 2; ++c) {
            const T all = over_rows(op, op(v[c], v[2 + c]));
            if (at.g == 0) mine[8 * j + c] = all;
        }
    }
    at.sync();
}

/// One number a column, made from the warps' by one thread and there for all afterwards.
template <class T, int tiles, class Op, class Use>
__device__ __forceinline__ void each_column(Op op, const Place& at, const NormScratch<T>& scratch,
                                            const Use& use) {
    RANKCHAIN_ROLLED
    for (int n = at.thread; n < 8 * tiles; n += at.threads) {
        T v = scratch.partial()[n];
        RANKCHAIN_ROLLED
        for (int w = 1; w < at.warps; ++w)
            v = op(v, scratch.partial()[w * 8 * tiles + n]);
        use(n, v);
    }
    at.sync();
}

/// `layer`, `rms`: every column carefully, as normalize_row_carefully() does a row, because which
/// columns are unusual would have to be told to the block. Each pass reads z again from where H
/// was, so that no register holds it meanwhile.
template <class Hidden>
__device__ __forceinline__ void normalize_columns(const NormNumbers<typename Hidden::T>& norm,
                                                  const Place& at, unsigned layer, Hidden& hidden,
                                                  const NormScratch<typename Hidden::T>& scratch,
                                                  typename Hidden::T (&z)[Hidden::tiles][4],
                                                  Faults& faults) {
    using T = typename Hidden::T;
    constexpr int tiles = Hidden::tiles;
    const int own = at.first_column();
    bool finite = true;
    int degenerate = 0;

    at.sync();  // nobody reads the old H any more
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j)
        hidden.park(at, j, z[j]);
    column_partials(Largest(), at, hidden, scratch, [&](int j, T(&v)[4]) {
        if (at.warp == 0 && at.g == 0) {
            for (int c = 0; c < 2; ++c)
                scratch.first()[own + 8 * j + c] = v[c];
        }
        for (int q = 0; q < 4; ++q)
            v[q] = at.live[q / 2] ? std::fabs(v[q]) : T(0);
    });
    each_column<T, tiles>(Largest(), at, scratch, [&](int n, T largest) {
        if (!is_finite(largest)) finite = false;
        const PowerOfTwo<T> power = power_of_two(norm.root_eps > largest ? norm.root_eps : largest);
        scratch.down()[n] = power.down;
        scratch.shift()[n] = norm.center ? scratch.first()[n] * power.down : T(0);
        scratch.eps()[n] = norm.eps * power.down * power.down;
    });
    const auto shifted = [&](int j, T(&v)[4]) {
        for (int q = 0; q < 4; ++q) {
            const int n = own + 8 * j + q % 2;
            v[q] = at.live[q / 2] ? v[q] * scratch.down()[n] - scratch.shift()[n] : T(0);
        }
        hidden.park(at, j, v);
    };
    if (norm.center) {
        column_partials(Sum(), at, hidden, scratch, shifted);
        each_column<T, tiles>(Sum(), at, scratch, [&](int n, T sum) {
            scratch.shift()[n] = sum * norm.per_row;
            scratch.down()[n] = T(1);
        });
    }
    column_partials(Sum(), at, hidden, scratch, [&](int j, T(&v)[4]) {
        shifted(j, v);
        for (int q = 0; q < 4; ++q)
            v[q] *= v[q];
    });
    each_column<T, tiles>(Sum(), at, scratch, [&](int n, T sum) {
        const T divisor = std::sqrt(sum * norm.per_row + scratch.eps()[n]);
        scratch.factor()[n] = divisor == T(0) ? T(0) : T(1) / divisor;
        if (divisor == T(0) && n < norm.cols) ++degenerate;
        if (!is_finite(divisor)) finite = false;
    });
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        hidden.load(at, j, z[j]);
        for (int q = 0; q < 4; ++q)
            z[j][q] *= (scratch.factor() + own)[8 * j + q % 2];
    }
    faults.note(layer, finite, degenerate);
    spoil_failed(finite, z);
}

/// `none`: z sqrt(d N) / ||z||_F.
template <class T, int tiles>
__device__ __forceinline__ WholeScale normalize_whole(const NormNumbers<T>& norm, const Place& at,
                                                      unsigned layer, const NormScratch<T>& scratch,
                                                      T (&z)[tiles][4], Faults& faults) {
    RANKCHAIN_UNROLL
    for (int h = 0; h < 2; ++h) {
        if (!at.live[h]) fill_row(h, T(0), z);
    }
    T largest = 0;
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        for (int q = 0; q < 4; ++q)
            largest = Largest()(largest, std::fabs(z[j][q]));
    }
    largest = over_block(Largest(), at, largest, scratch.whole());
    const bool finite = is_finite(largest);
    const PowerOfTwo<T> power = power_of_two(largest);
    T squares = 0;
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        for (int q = 0; q < 4; ++q) {
            z[j][q] *= power.down;
            squares = std::fma(z[j][q], z[j][q], squares);
        }
    }
    squares = over_block(Sum(), at, squares, scratch.whole() + at.warps);
    const T size = static_cast<T>(norm.rows) * static_cast<T>(norm.batch);
    const T factor = squares == T(0) ? T(0) : std::sqrt(size) / std::sqrt(squares);
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        for (int q = 0; q < 4; ++q)
            z[j][q] *= factor;
    }
    faults.note(layer, finite, at.thread == 0 && squares == T(0) ? 1 : 0);
    spoil_failed(finite, z);
    if (squares == T(0)) return {};
    return {static_cast<double>(factor), -power.exponent};
}

}  // namespace rankchain::cuda
