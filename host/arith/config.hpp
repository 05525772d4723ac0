// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What lets one source serve g++, clang++ and nvcc. Everything in host/arith is C++17.
#pragma once

#ifdef __CUDACC__
#define RANKCHAIN_HD __host__ __device__ __forceinline__
#else
#define RANKCHAIN_HD inline __attribute__((always_inline))
#endif

// Before a loop that must be unrolled whole: its body differs by constants only.
#if defined(__CUDACC__) || defined(__clang__)
#define RANKCHAIN_UNROLL _Pragma("unroll")
#else
#define RANKCHAIN_UNROLL _Pragma("GCC unroll 16")
#endif
