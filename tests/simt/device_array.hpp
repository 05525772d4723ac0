// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include <cuda_runtime.h>
#include <gtest/gtest.h>

namespace rankchain::cuda {

/// Device memory of n numbers; the shim fills it with NaN.
template <class T>
class DeviceArray {
  public:
    explicit DeviceArray(std::int64_t n) : size_(n) {
        EXPECT_EQ(cudaMalloc(&data_, static_cast<std::size_t>(n) * sizeof(T)), cudaSuccess);
    }
    explicit DeviceArray(const std::vector<T>& from)
        : DeviceArray(static_cast<std::int64_t>(from.size())) {
        EXPECT_EQ(cudaMemcpy(data_, from.data(), from.size() * sizeof(T), cudaMemcpyHostToDevice),
                  cudaSuccess);
    }
    ~DeviceArray() { (void)cudaFree(data_); }
    DeviceArray(const DeviceArray&) = delete;
    DeviceArray& operator=(const DeviceArray&) = delete;
    [[nodiscard]] T* get() const { return data_; }
    [[nodiscard]] std::vector<T> host() const {
        std::vector<T> to(static_cast<std::size_t>(size_));
        EXPECT_EQ(cudaMemcpy(to.data(), data_, to.size() * sizeof(T), cudaMemcpyDeviceToHost),
                  cudaSuccess);
        return to;
    }

  private:
    T* data_ = nullptr;
    std::int64_t size_;
};

/// Bit by bit: NaN is itself, and -0 is not 0.
template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() &&
           (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

}  // namespace rankchain::cuda
