// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// 2 d^2 (N - d / 3) operations in float64 a draw, once a chain.
#include "kernels/backend/compress.hpp"

#include "kernels/compress.cuh"
#include <rankchain/error.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace rankchain::cuda {
namespace {

// A multiprocessor takes a matrix at a time. (2026-11, not tuned on a device yet.)
constexpr std::int64_t budget = std::int64_t{256} << 20;
constexpr std::int64_t most_draws = 256;

std::int64_t draws_at_once(std::int64_t rows, std::int64_t cols) {
    return std::clamp<std::int64_t>(budget / (rows * cols * 8), 1, most_draws);
}

}  // namespace

template <class T>
std::int64_t Compression<T>::need(std::int64_t rows, std::int64_t cols) {
    const std::int64_t draws = draws_at_once(rows, cols);
    return buffer_bytes<double>(draws * rows * cols) + buffer_bytes<double>(draws * rows) +
           buffer_bytes<double*>(2 * draws);
}

template <class T>
Compression<T>::Compression(Memory& memory, cublasHandle_t handle, cudaStream_t stream,
                            std::int64_t rows, std::int64_t cols)
    : handle_(handle),
      stream_(stream),
      rows_(rows),
      cols_(cols),
      at_once_(draws_at_once(rows, cols)),
      a_(memory, at_once_ * rows * cols),
      tau_(memory, at_once_ * rows),
      pointers_(memory, 2 * at_once_) {
    std::vector<double*> pointers;
    for (std::int64_t b = 0; b < at_once_; ++b)
        pointers.push_back(a_.get() + b * rows * cols);
    for (std::int64_t b = 0; b < at_once_; ++b)
        pointers.push_back(tau_.get() + b * rows);
    upload<double*>(pointers_.get(), pointers.data(), 2 * at_once_, stream);
    // The last batch is filled up with what is there.
    check(
        cudaMemsetAsync(a_.get(), 0, static_cast<std::size_t>(a_.size()) * sizeof(double), stream),
        "cudaMemsetAsync");
}

template <class T>
void Compression<T>::compress(const T* h, T* k, std::int64_t draws, bool center) {
    // Front to back: the K of a batch ends before the H of the next one begins, so that k may be h.
    for (std::int64_t first = 0; first < draws; first += at_once_) {
        const std::int64_t count = std::min(at_once_, draws - first);
        check(widen_rows(h + first * rows_ * cols_, a_.get(), count, rows_, cols_, center, stream_),
              "widening H");
        int info = 0;
        check(cublasDgeqrfBatched(handle_, static_cast<int>(cols_), static_cast<int>(rows_),
                                  pointers_.get(), static_cast<int>(cols_),
                                  pointers_.get() + at_once_, &info, static_cast<int>(at_once_)),
              "cublasDgeqrfBatched");
        if (info != 0) {
            throw DeviceError("cuBLAS: cublasDgeqrfBatched returned info " + std::to_string(info));
        }
        check(take_r(a_.get(), k + first * rows_ * rows_, count, rows_, cols_, stream_),
              "taking R");
    }
}

template class Compression<float>;
template class Compression<double>;

}  // namespace rankchain::cuda
