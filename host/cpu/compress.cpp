// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/compress.hpp"

#include <rankchain/error.hpp>

#include <algorithm>
#include <string>

#include <lapacke.h>

namespace rankchain::cpu {
namespace {

constexpr std::int64_t block = 64;  // columns dgeqrf works on at once, at most

}  // namespace

std::int64_t compress_doubles(std::int64_t rows, std::int64_t cols) {
    return rows * cols + rows + rows * block;
}

template <class T>
void compress(Matrix<const T> h, bool center, double* work, Matrix<T> k) {
    const std::int64_t d = h.rows;
    const std::int64_t n = h.cols;
    double* const a = work;  // H row-major is H^T column-major
    double* const tau = a + d * n;
    double* const rest = tau + d;
    for (std::int64_t i = 0; i < d; ++i) {
        double mean = 0;
        if (center) {
            for (std::int64_t j = 0; j < n; ++j)
                mean += static_cast<double>(h.row(i)[j]);
            mean /= static_cast<double>(n);
        }
        for (std::int64_t j = 0; j < n; ++j) {
            a[i * n + j] = static_cast<double>(h.row(i)[j]) - mean;
        }
    }
    const lapack_int info = LAPACKE_dgeqrf_work(
        LAPACK_COL_MAJOR, static_cast<lapack_int>(n), static_cast<lapack_int>(d), a,
        static_cast<lapack_int>(n), tau, rest, static_cast<lapack_int>(d * block));
    if (info != 0) throw DeviceError("LAPACK dgeqrf returned " + std::to_string(info));
    for (std::int64_t i = 0; i < d; ++i) {
        std::fill_n(k.row(i), padded<T>(d), T(0));
        for (std::int64_t j = 0; j <= i; ++j)
            k.row(i)[j] = static_cast<T>(a[i * n + j]);
    }
}

template void compress(Matrix<const float>, bool, double*, Matrix<float>);
template void compress(Matrix<const double>, bool, double*, Matrix<double>);

}  // namespace rankchain::cpu
