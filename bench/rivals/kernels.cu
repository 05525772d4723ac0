// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The kernels of rivals that compose libraries, for cuda_composed.cpp and for cupy_chain.py, which
// compiles this file at run time: no includes, C names.

template <class T>
__device__ T sum_of_warp(T value) {
    for (int lane = 16; lane > 0; lane /= 2)
        value += __shfl_xor_sync(0xffffffffU, value, lane);
    return value;
}

// h = (z - mean) / std of each row of n numbers, a warp a row, variance from deviations.
template <class T>
__device__ void normalize_row(const T* z, T* h, long long rows, int n) {
    const long long row = (blockIdx.x * static_cast<long long>(blockDim.x) + threadIdx.x) / 32;
    if (row >= rows) return;
    z += row * n;
    h += row * n;
    const int first = threadIdx.x % 32;
    T sum = 0;
    for (int j = first; j < n; j += 32)
        sum += z[j];
    const T mean = sum_of_warp(sum) / static_cast<T>(n);
    T squares = 0;
    for (int j = first; j < n; j += 32)
        squares += (z[j] - mean) * (z[j] - mean);
    const T scale = sqrt(static_cast<T>(n) / sum_of_warp(squares));
    for (int j = first; j < n; j += 32)
        h[j] = (z[j] - mean) * scale;
}

extern "C" __global__ void normalize_float32(const float* z, float* h, long long rows, int n) {
    normalize_row(z, h, rows, n);
}

extern "C" __global__ void normalize_float64(const double* z, double* h, long long rows, int n) {
    normalize_row(z, h, rows, n);
}

extern "C" __global__ void widen(const float* from, double* to, long long size) {
    const long long i = blockIdx.x * static_cast<long long>(blockDim.x) + threadIdx.x;
    if (i < size) to[i] = from[i];
}

// counts [B, taus]: how many of a matrix's n values, or of their squares, are at least tau.
template <class T>
__device__ void count_values(const T* values, long long matrices, int n, int squared,
                             const double* taus, int tau_count, long long* counts) {
    const long long i = blockIdx.x * static_cast<long long>(blockDim.x) + threadIdx.x;
    if (i >= matrices * tau_count) return;
    const T* const mine = values + i / tau_count * n;
    long long count = 0;
    for (int j = 0; j < n; ++j)
        count += (squared ? mine[j] * mine[j] : mine[j]) >= taus[i % tau_count];
    counts[i] = count;
}

extern "C" __global__ void count_float32(const float* values, long long matrices, int n,
                                         int squared, const double* taus, int tau_count,
                                         long long* counts) {
    count_values(values, matrices, n, squared, taus, tau_count, counts);
}

extern "C" __global__ void count_float64(const double* values, long long matrices, int n,
                                         int squared, const double* taus, int tau_count,
                                         long long* counts) {
    count_values(values, matrices, n, squared, taus, tau_count, counts);
}
