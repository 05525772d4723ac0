// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Programs that meet every barrier of the kernels under the race check: exit code 0 if it has
// nothing to say, 3 and its message if it has. For mutate_barriers.sh, which runs each of this
// folder; one includes the .cu files of its kernels and defines run_all().
#pragma once

#include "kernels/shared_memory.cuh"

#include <cstdint>
#include <cstdio>
#include <vector>

namespace rankchain::cuda {

SIMT_DYNAMIC_SHARED(dynamic_shared, 64 << 10);

/// Device memory with something in it, given back at the end.
template <class T>
class Filled {
  public:
    explicit Filled(const std::vector<T>& values) {
        check(cudaMalloc(&data_, values.size() * sizeof(T)));
        check(cudaMemcpy(data_, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice));
    }
    explicit Filled(std::int64_t size, T value = T{})
        : Filled(std::vector<T>(static_cast<std::size_t>(size), value)) {}
    ~Filled() { (void)cudaFree(data_); }
    Filled(const Filled&) = delete;
    Filled& operator=(const Filled&) = delete;
    operator T*() const { return data_; }

    static void check(cudaError_t status) {
        if (status != cudaSuccess) throw simt::Error(cudaGetErrorName(status));
    }

  private:
    T* data_ = nullptr;
};

/// Small numbers of both signs.
template <class T>
Filled<T> some_numbers(std::int64_t size) {
    std::vector<T> values;
    for (std::int64_t i = 0; i < size; ++i)
        values.push_back(static_cast<T>(i % 7 - 3));
    return Filled<T>(values);
}

inline void launched(cudaError_t status) {
    Filled<int>::check(status);
}

static void run_all();

}  // namespace rankchain::cuda

int main() {
    try {
        rankchain::cuda::run_all();
    } catch (const simt::Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 3;
    }
    return 0;
}
