// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Tensor-core products of a warp, C [16, 8] += A [16, 8] B [8, 8], and their operands. With
// g = lane / 4 and t = lane % 4 (PTX ISA, mma.m16n8k8) a lane has
//
//   a[i]  row g + 8 (i % 2), column t + 4 (i / 2)
//   b[i]  row t + 4 i, column g
//   c[i]  row g + 8 (i / 2), column 2 t + i % 2
#pragma once

#include "host/arith/scalar.hpp"

#include <cstdint>

#include <cuda_runtime.h>

namespace rankchain::cuda {

/// To the tf32 grid (11 significant bits), towards zero. In front of a product the device compiler
/// leaves it out, since tensor cores read no more.
__device__ __forceinline__ float to_grid(float v) {
    return arith::Scalar::from_bits(arith::Scalar::to_bits(v) & 0xffffe000U);
}

/// v as hi + to_grid(lo), hi on the tf32 grid, to nearest: what is left of v, lo, has 12 bits with
/// its sign in hand and loses at most its last, so |v - hi - to_grid(lo)| <= 2^-23 |v|, one
/// rounding of a product with v. Beyond 2^128 (1 - 2^-12) hi overflows and lo is infinite.
struct SplitFloat {
    float hi, lo;
};

__device__ __forceinline__ SplitFloat split(float v) {
    using A = arith::Scalar;
    const float hi = to_grid(A::from_bits(A::to_bits(v) + 0x1000U));
    return {hi, v - hi};
}

#ifdef SIMT_HOST

__device__ __forceinline__ void mma(float (&c)[4], const float (&a)[4], float b0, float b1,
                                    int line = __builtin_LINE()) {
    const std::uint32_t wa[4] = {arith::Scalar::to_bits(a[0]), arith::Scalar::to_bits(a[1]),
                                 arith::Scalar::to_bits(a[2]), arith::Scalar::to_bits(a[3])};
    const std::uint32_t wb[2] = {arith::Scalar::to_bits(b0), arith::Scalar::to_bits(b1)};
    simt::mma_m16n8k8_tf32(c, wa, wb, line);
}

__device__ __forceinline__ void mma(double (&c)[4], const double (&a)[4], double b0, double b1,
                                    int line = __builtin_LINE()) {
    const double b[2] = {b0, b1};
    simt::mma_m16n8k8_f64(c, a, b, line);
}

#else

/// tf32; a, b0 and b1 are on its grid.
__device__ __forceinline__ void mma(float (&c)[4], const float (&a)[4], float b0, float b1) {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, "
        "{%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(__float_as_uint(a[0])), "r"(__float_as_uint(a[1])), "r"(__float_as_uint(a[2])),
          "r"(__float_as_uint(a[3])), "r"(__float_as_uint(b0)), "r"(__float_as_uint(b1)));
}

/// float64.
__device__ __forceinline__ void mma(double (&c)[4], const double (&a)[4], double b0, double b1) {
#if __CUDA_ARCH__ >= 900
    asm("mma.sync.aligned.m16n8k8.row.col.f64.f64.f64.f64 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
        "{%0,%1,%2,%3};"
        : "+d"(c[0]), "+d"(c[1]), "+d"(c[2]), "+d"(c[3])
        : "d"(a[0]), "d"(a[1]), "d"(a[2]), "d"(a[3]), "d"(b0), "d"(b1));
#else
    // The two halves of the rows, four k at a time: what every such device has.
    const double b[2] = {b0, b1};
    for (int k = 0; k < 2; ++k) {
        for (int h = 0; h < 2; ++h) {
            asm("mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%0,%1}, {%2}, {%3}, {%0,%1};"
                : "+d"(c[2 * h]), "+d"(c[2 * h + 1])
                : "d"(a[2 * k + h]), "d"(b[k]));
        }
    }
#endif
}

#endif

}  // namespace rankchain::cuda
