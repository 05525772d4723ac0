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
#if defined(__CUDA_ARCH__) || defined(__clang__)
#define RANKCHAIN_UNROLL _Pragma("unroll")
#elif defined(__CUDACC__)  // the host half of nvcc, which knows neither form
#define RANKCHAIN_UNROLL
#else
#define RANKCHAIN_UNROLL _Pragma("GCC unroll 16")
#endif

// Before a loop of device code that must stay one: its body is long.
#ifdef __CUDA_ARCH__
#define RANKCHAIN_ROLLED _Pragma("unroll 1")
#else
#define RANKCHAIN_ROLLED
#endif
