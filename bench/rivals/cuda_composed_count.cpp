// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/rivals/cuda_composed.hpp"

#include <algorithm>

extern "C" {  // kernels.cu
void count_float32(const float*, long long, int, int, const double*, int, long long*);
void count_float64(const double*, long long, int, int, const double*, int, long long*);
}

namespace rivals {
namespace {

/// H H^T or H^T H, the smaller, of row-major h [batch, rows, cols].
template <class T>
void gram_matrices(const T* h, std::int64_t rows, std::int64_t cols, T* gram, std::int64_t batch) {
    if (rows <= cols) {
        multiply<T>(CUBLAS_OP_T, CUBLAS_OP_N, rows, rows, cols, 1, h, h, 0, gram, batch);
    } else {
        multiply<T>(CUBLAS_OP_N, CUBLAS_OP_T, cols, cols, rows, 1, h, h, 0, gram, batch);
    }
}

/// Not converged, or an argument refused: read for every matrix.
void require_solved(const Buffer<int>& info, std::int64_t count) {
    std::vector<int> host(static_cast<std::size_t>(count));
    CHECKED(cudaMemcpy(host.data(), info.get(), host.size() * sizeof(int), cudaMemcpyDeviceToHost));
    if (std::any_of(host.begin(), host.end(), [](int one) { return one != 0; }))
        throw std::runtime_error("a spectrum did not converge");
}

/// Eigenvalues of the Gram matrices of h [count, rows, cols], into values [count, n].
template <class T>
void eigenvalues(const T* h, std::int64_t rows, std::int64_t cols, std::int64_t count, T* values) {
    Libraries& use = Libraries::get();
    const std::int64_t n = std::min(rows, cols);
    constexpr auto type = std::is_same_v<T, float> ? CUDA_R_32F : CUDA_R_64F;
    const Buffer<T> gram(count * n * n);
    gram_matrices(h, rows, cols, gram.get(), count);
    std::size_t device = 0;
    std::size_t host = 0;
    CHECKED(cusolverDnXsyevBatched_bufferSize(
        use.solver, use.parameters, CUSOLVER_EIG_MODE_NOVECTOR, CUBLAS_FILL_MODE_UPPER, n, type,
        gram.get(), n, type, values, type, &device, &host, count));
    const Buffer<char> work(static_cast<std::int64_t>(device));
    std::vector<char> host_work(host);
    const Buffer<int> info(count);
    CHECKED(cusolverDnXsyevBatched(use.solver, use.parameters, CUSOLVER_EIG_MODE_NOVECTOR,
                                   CUBLAS_FILL_MODE_UPPER, n, type, gram.get(), n, type, values,
                                   type, work.get(), device, host_work.data(), host, info.get(),
                                   count));
    require_solved(info, count);
}

/// Singular values by Jacobi, both sides at most 32.
template <class T>
void singular_values(const T* h, std::int64_t rows, std::int64_t cols, std::int64_t count,
                     T* values) {
    Libraries& use = Libraries::get();
    const auto m = static_cast<int>(cols);  // row-major: the transpose
    const auto n = static_cast<int>(rows);
    const auto batch = static_cast<int>(count);
    const Buffer<T> a(count * rows * cols);
    const Buffer<T> u(count * cols * cols);
    const Buffer<T> v(count * rows * rows);
    const Buffer<int> info(count);
    CHECKED(cudaMemcpyAsync(a.get(), h, sizeof(T) * static_cast<std::size_t>(count * rows * cols),
                            cudaMemcpyDeviceToDevice));
    const auto solve = [&](auto size, auto routine) {
        int length = 0;
        CHECKED(size(use.solver, CUSOLVER_EIG_MODE_NOVECTOR, m, n, a.get(), m, values, u.get(), m,
                     v.get(), n, &length, use.jacobi, batch));
        const Buffer<T> work(length);
        CHECKED(routine(use.solver, CUSOLVER_EIG_MODE_NOVECTOR, m, n, a.get(), m, values, u.get(),
                        m, v.get(), n, work.get(), length, info.get(), use.jacobi, batch));
        require_solved(info, count);
    };
    if constexpr (std::is_same_v<T, float>) {
        solve(cusolverDnSgesvdjBatched_bufferSize, cusolverDnSgesvdjBatched);
    } else {
        solve(cusolverDnDgesvdjBatched_bufferSize, cusolverDnDgesvdjBatched);
    }
}

}  // namespace

template <class T>
void count(const T* h, std::int64_t total, std::int64_t rows, std::int64_t cols, bool jacobi,
           const std::vector<double>& least, long long* counts) {
    constexpr std::int64_t most = 16384;  // XsyevBatched fails beyond some 32 000
    const std::int64_t n = std::min(rows, cols);
    const auto tau_count = static_cast<std::int64_t>(least.size());
    const Buffer<T> values(std::min(total, most) * n);
    const Buffer<double> on_device(tau_count);
    const Buffer<long long> found(total * tau_count);
    CHECKED(cudaMemcpy(on_device.get(), least.data(), least.size() * sizeof(double),
                       cudaMemcpyHostToDevice));
    for (std::int64_t first = 0; first < total; first += most) {
        const std::int64_t now = std::min(most, total - first);
        const T* const from = h + first * rows * cols;
        if (jacobi) {
            singular_values(from, rows, cols, now, values.get());
        } else {
            eigenvalues(from, rows, cols, now, values.get());
        }
        long long* const to = found.get() + first * tau_count;
        if constexpr (std::is_same_v<T, float>) {
            launch(count_float32, now * tau_count, values.get(), now, n, jacobi, on_device.get(),
                   tau_count, to);
        } else {
            launch(count_float64, now * tau_count, values.get(), now, n, jacobi, on_device.get(),
                   tau_count, to);
        }
    }
    CHECKED(cudaMemcpy(counts, found.get(),
                       static_cast<std::size_t>(total * tau_count) * sizeof(long long),
                       cudaMemcpyDeviceToHost));
}

template void count(const float*, std::int64_t, std::int64_t, std::int64_t, bool,
                    const std::vector<double>&, long long*);
template void count(const double*, std::int64_t, std::int64_t, std::int64_t, bool,
                    const std::vector<double>&, long long*);

}  // namespace rivals
