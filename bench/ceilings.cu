// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The ceilings of a device: loops of one instruction, several independent ones a thread so that
// only their rate counts, every multiprocessor full; copies; products of cuBLAS. C++17.
#include "bench/ceilings.hpp"
#include "kernels/mma.cuh"

#include <algorithm>
#include <stdexcept>

#include <cublas_v2.h>
#include <cuda_runtime.h>

namespace rankchain::bench {
namespace {

constexpr int threads = 256;
constexpr int rounds = 4096;
constexpr int width = 8;  // independent instructions of a thread

void check(cudaError_t status, const char* call) {
    if (status != cudaSuccess)
        throw std::runtime_error(std::string("CUDA: ") + cudaGetErrorString(status) + " from " +
                                 call);
}

void check(cublasStatus_t status, const char* call) {
    if (status != CUBLAS_STATUS_SUCCESS)
        throw std::runtime_error(std::string("cuBLAS: ") + cublasGetStatusString(status) +
                                 " from " + call);
}

// The compiler cannot know that `never` is zero, so it must compute what would be stored.
template <class T>
__global__ void fma_kernel(T a, T b, int never, T* out) {
    T x[width];
    for (int i = 0; i < width; ++i)
        x[i] = static_cast<T>(threadIdx.x + i);
    for (int r = 0; r < rounds; ++r) {
#pragma unroll
        for (int i = 0; i < width; ++i)
            x[i] = fma(x[i], a, b);
    }
    T sum = 0;
    for (int i = 0; i < width; ++i)
        sum += x[i];
    if (never != 0) *out = sum;
}

// Philox's multiplication: 32 x 32 bits to 64, both halves used.
__global__ void wide_multiply_kernel(unsigned int m, int never, unsigned int* out) {
    unsigned int x[width];
    for (int i = 0; i < width; ++i)
        x[i] = threadIdx.x + i;
    for (int r = 0; r < rounds; ++r) {
#pragma unroll
        for (int i = 0; i < width; ++i) {
            const unsigned long long p = static_cast<unsigned long long>(x[i]) * m;
            x[i] = static_cast<unsigned int>(p >> 32) ^ static_cast<unsigned int>(p);
        }
    }
    unsigned int sum = 0;
    for (int i = 0; i < width; ++i)
        sum += x[i];
    if (never != 0) *out = sum;
}

template <class T>
__global__ void mma_kernel(T value, int never, T* out) {
    T c[width][4] = {};
    const T a[4] = {value, value, value, value};
    for (int r = 0; r < rounds; ++r) {
#pragma unroll
        for (int i = 0; i < width; ++i)
            cuda::mma(c[i], a, value, value);
    }
    T sum = 0;
    for (int i = 0; i < width; ++i)
        sum += c[i][0] + c[i][1] + c[i][2] + c[i][3];
    if (never != 0) *out = sum;
}

// 16 bytes a lane, neighbours side by side; the address of a load hangs on nothing loaded.
__global__ void shared_kernel(int never, float* out) {
    __shared__ float4 memory[threads + width];
    for (int i = threadIdx.x; i < threads + width; i += threads)
        memory[i] = {1, 2, 3, 4};
    __syncthreads();
    float sum = 0;
    const volatile float4* const at = memory + threadIdx.x;
    for (int r = 0; r < rounds; ++r) {
#pragma unroll
        for (int i = 0; i < width; ++i) {
            float x;
            float y;
            float z;
            float w;
            asm volatile("ld.shared.v4.f32 {%0,%1,%2,%3}, [%4];"
                         : "=f"(x), "=f"(y), "=f"(z), "=f"(w)
                         : "l"(__cvta_generic_to_shared(const_cast<const float4*>(at + i))));
            sum += x + y + z + w;
        }
    }
    if (never != 0) *out = sum;
}

class Events {
  public:
    Events() {
        check(cudaEventCreate(&start_), "cudaEventCreate");
        check(cudaEventCreate(&stop_), "cudaEventCreate");
    }
    ~Events() {
        (void)cudaEventDestroy(start_);
        (void)cudaEventDestroy(stop_);
    }
    Events(const Events&) = delete;
    Events& operator=(const Events&) = delete;

    // `amount` of a call over the time of the fastest of 12.
    template <class Call>
    double best_rate(double amount, const Call& call) {
        float fastest = 1e30F;
        for (int i = 0; i < 12; ++i) {
            check(cudaEventRecord(start_), "cudaEventRecord");
            call();
            check(cudaGetLastError(), "a launch");
            check(cudaEventRecord(stop_), "cudaEventRecord");
            check(cudaEventSynchronize(stop_), "cudaEventSynchronize");
            float milliseconds = 0;
            check(cudaEventElapsedTime(&milliseconds, start_, stop_), "cudaEventElapsedTime");
            fastest = std::min(fastest, milliseconds);
        }
        return amount / (1e-3 * static_cast<double>(fastest));
    }

  private:
    cudaEvent_t start_ = nullptr;
    cudaEvent_t stop_ = nullptr;
};

class DeviceBytes {
  public:
    explicit DeviceBytes(std::size_t bytes) {
        check(cudaMalloc(&data_, bytes), "cudaMalloc");
        const cudaError_t status = cudaMemset(data_, 0, bytes);
        if (status == cudaSuccess) return;
        (void)cudaFree(data_);
        check(status, "cudaMemset");
    }
    ~DeviceBytes() { (void)cudaFree(data_); }
    DeviceBytes(const DeviceBytes&) = delete;
    DeviceBytes& operator=(const DeviceBytes&) = delete;
    template <class T>
    T* as() const {
        return static_cast<T*>(data_);
    }

  private:
    void* data_ = nullptr;
};

class Blas {
  public:
    Blas() { check(cublasCreate(&handle_), "cublasCreate"); }
    ~Blas() { (void)cublasDestroy(handle_); }
    Blas(const Blas&) = delete;
    Blas& operator=(const Blas&) = delete;
    void multiply(int n, const float* a, float* c) const {
        const float one = 1;
        const float zero = 0;
        check(
            cublasSgemm(handle_, CUBLAS_OP_N, CUBLAS_OP_N, n, n, n, &one, a, n, a, n, &zero, c, n),
            "cublasSgemm");
    }
    void multiply(int n, const double* a, double* c) const {
        const double one = 1;
        const double zero = 0;
        check(
            cublasDgemm(handle_, CUBLAS_OP_N, CUBLAS_OP_N, n, n, n, &one, a, n, a, n, &zero, c, n),
            "cublasDgemm");
    }

  private:
    cublasHandle_t handle_ = nullptr;
};

}  // namespace

std::map<std::string, double> cuda_ceilings() {
    int count = 0;
    check(cudaGetDeviceCount(&count), "cudaGetDeviceCount");
    if (count < 1) throw std::runtime_error("no CUDA device");
    int multiprocessors = 0;
    check(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, 0),
          "cudaDeviceGetAttribute");
    const int blocks = 8 * multiprocessors;
    const double warps = blocks * (threads / 32.0);
    const double done = warps * rounds * width;  // instructions of warps

    constexpr std::size_t large = std::size_t{1} << 30;
    constexpr std::size_t small = std::size_t{1} << 23;  // fits every second-level cache
    constexpr int n = 4096;
    const DeviceBytes from(large);
    const DeviceBytes to(large);
    Events events;
    const Blas blas;
    const auto copy = [&](std::size_t bytes) {
        return events.best_rate(16.0 * static_cast<double>(bytes), [&] {
            for (int i = 0; i < 8; ++i)
                check(cudaMemcpyAsync(to.as<char>(), from.as<char>(), bytes,
                                      cudaMemcpyDeviceToDevice),
                      "cudaMemcpyAsync");
        });
    };
    const auto fma = [&](auto zero) {
        using T = decltype(zero);
        return events.best_rate(
            done, [&] { fma_kernel<T><<<blocks, threads>>>(T(0.5), T(1), 0, to.as<T>()); });
    };
    const auto mma = [&](auto zero) {
        using T = decltype(zero);
        return events.best_rate(done * 2 * 16 * 8 * 8,
                                [&] { mma_kernel<T><<<blocks, threads>>>(T(0.5), 0, to.as<T>()); });
    };
    const auto product = [&](auto zero) {
        using T = decltype(zero);
        return events.best_rate(2.0 * n * n * n,
                                [&] { blas.multiply(n, from.as<T>(), to.as<T>()); });
    };
    return {{"issue", fma(0.0F)},  // every clock of every scheduler can issue one of these
            {"float64_fma_flops", 64 * fma(0.0)},
            {"wide_multiply", events.best_rate(done,
                                               [&] {
                                                   wide_multiply_kernel<<<blocks, threads>>>(
                                                       0xD2511F53U, 0, to.as<unsigned int>());
                                               })},
            {"tf32_mma_flops", mma(0.0F)},
            {"float64_mma_flops", mma(0.0)},
            {"shared_bytes",
             events.best_rate(done * 32 * 16,
                              [&] { shared_kernel<<<blocks, threads>>>(0, to.as<float>()); })},
            {"copy_bytes", copy(large)},
            {"l2_copy_bytes", copy(small)},
            {"float32_product_flops", product(0.0F)},
            {"float64_product_flops", product(0.0)}};
}

}  // namespace rankchain::bench
