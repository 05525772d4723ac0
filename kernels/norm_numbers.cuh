// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What the norms are given and leave: their numbers, faults of a draw, powers of two, and the
// shared memory where the warps of a block meet.
#pragma once

#include "host/arith/config.hpp"
#include "kernels/chain_fused.cuh"

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

}  // namespace rankchain::cuda
