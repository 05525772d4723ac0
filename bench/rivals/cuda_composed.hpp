// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What cuda_composed.cpp and cuda_composed_count.cpp share: statuses, memory, the libraries.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <curand.h>
#include <cusolverDn.h>

namespace rivals {

// The status types count from 0, which is success in each.
template <class Status>
void check(Status status, const char* call) {
    if (static_cast<int>(status) == 0) return;
    std::string text = std::string(call) + ": status " + std::to_string(static_cast<int>(status));
    if constexpr (std::is_same_v<Status, cudaError_t>)
        text = std::string(call) + ": " + cudaGetErrorString(status);
    throw std::runtime_error(text);
}
#define CHECKED(call) check(call, #call)

struct Free {
    void operator()(void* data) const { (void)cudaFree(data); }
};

template <class T>
class Buffer {
  public:
    explicit Buffer(std::int64_t size = 0) {
        void* data = nullptr;
        if (size > 0) CHECKED(cudaMalloc(&data, static_cast<std::size_t>(size) * sizeof(T)));
        data_.reset(data);
    }
    [[nodiscard]] T* get() const { return static_cast<T*>(data_.get()); }
    [[nodiscard]] void* release() { return data_.release(); }

  private:
    std::unique_ptr<void, Free> data_;
};

template <class... Parameters, class... Arguments>
void launch(void (*kernel)(Parameters...), std::int64_t threads, Arguments... arguments) {
    std::tuple<Parameters...> values(static_cast<Parameters>(arguments)...);
    std::apply(
        [&](auto&... value) {
            void* pointers[] = {&value...};
            const auto blocks = static_cast<unsigned>((threads + 255) / 256);
            CHECKED(cudaLaunchKernel(reinterpret_cast<const void*>(kernel), dim3(blocks), dim3(256),
                                     static_cast<void**>(pointers), 0, nullptr));
        },
        values);
}

/// One of each library for the process, on the default stream.
struct Libraries {
    Libraries() {
        CHECKED(cublasCreate(&blas));
        CHECKED(cusolverDnCreate(&solver));
        CHECKED(cusolverDnCreateParams(&parameters));
        CHECKED(cusolverDnCreateGesvdjInfo(&jacobi));
        CHECKED(curandCreateGenerator(&random, CURAND_RNG_PSEUDO_PHILOX4_32_10));
        CHECKED(curandSetPseudoRandomGeneratorSeed(random, std::random_device{}()));
    }
    static Libraries& get() {
        static Libraries libraries;  // until the process ends
        return libraries;
    }
    cublasHandle_t blas{};
    cusolverDnHandle_t solver{};
    cusolverDnParams_t parameters{};
    gesvdjInfo_t jacobi{};
    curandGenerator_t random{};
};

inline int library_size(std::int64_t value) {
    if (value > std::numeric_limits<int>::max()) throw std::runtime_error("a size beyond cuBLAS");
    return static_cast<int>(value);
}

/// cuBLAS's batched product of column-major matrices without gaps, c[b] = alpha op(a[b]) op(b[b]) +
/// beta c[b]; full precision, no TF32.
template <class T>
void multiply(cublasOperation_t op_a, cublasOperation_t op_b, std::int64_t m, std::int64_t n,
              std::int64_t k, T alpha, const T* a, const T* b, T beta, T* c, std::int64_t batch) {
    const auto routine = [] {
        if constexpr (std::is_same_v<T, float>) {
            return cublasSgemmStridedBatched;
        } else {
            return cublasDgemmStridedBatched;
        }
    }();
    CHECKED(routine(Libraries::get().blas, op_a, op_b, library_size(m), library_size(n),
                    library_size(k), &alpha, a, library_size(op_a == CUBLAS_OP_N ? m : k), m * k, b,
                    library_size(op_b == CUBLAS_OP_N ? k : n), k * n, &beta, c, library_size(m),
                    m * n, library_size(batch)));
}

/// counts [total, least] of the matrices h [total, rows, cols] on the device: how many of a
/// matrix's squared singular values are at least least[t]. By XsyevBatched of the Gram matrix,
/// values only, or by gesvdjBatched of h, both sides at most 32.
template <class T>
void count(const T* h, std::int64_t total, std::int64_t rows, std::int64_t cols, bool jacobi,
           const std::vector<double>& least, long long* counts);

}  // namespace rivals
