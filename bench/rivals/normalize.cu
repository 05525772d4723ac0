// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Batch normalisation of rivals that compose libraries: h = (z - mean) / std of each row of n
// numbers, a warp a row, variance from deviations. Built into cuda_composed, and read by
// cupy_chain.py, which compiles it at run time: no includes, C names.

template <class T>
__device__ T sum_of_warp(T value) {
    for (int lane = 16; lane > 0; lane /= 2)
        value += __shfl_xor_sync(0xffffffffU, value, lane);
    return value;
}

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
