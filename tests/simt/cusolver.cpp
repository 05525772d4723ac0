// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The shim's cuSOLVER, over LAPACKE: values only, with the real one's limits. What it leaves
// undefined (matrices that were destroyed, workspaces, U and V without vectors) comes back as NaN.
#include "tests/simt/libraries_detail.hpp"

#include <cstddef>
#include <limits>

#include <cblas.h>
#include <cusolverDn.h>
#include <lapacke.h>

namespace {

bool zero(const double* a, std::int64_t m, std::int64_t n, std::int64_t lda) {
    for (std::int64_t j = 0; j < n; ++j) {
        if (std::any_of(a + j * lda, a + j * lda + m, [](double x) { return x != 0; }))
            return false;
    }
    return true;
}

/// Values of one matrix; what a fault orders for it instead.
template <class Solve>
void one(const std::optional<simt::LibraryFault>& fault, std::int64_t i, double* values,
         std::int64_t count, int* info, bool finite, bool zero, const Solve& solve) {
    if (fault && i >= fault->matrix && i < fault->matrix + fault->matrices) {
        *info = fault->info;
    } else if (!finite) {
        *info = static_cast<int>(count);
    } else if (zero) {  // a batch may be padded with many
        std::fill_n(values, count, 0.0);
        *info = 0;
    } else {
        *info = solve();
    }
    if (*info != 0) std::fill_n(values, count, std::numeric_limits<double>::quiet_NaN());
    simt::written(values, count);
    simt::written(info, 1);
}

bool jacobi_arguments(cusolverEigMode_t jobz, int m, int n, int lda, int ldu, int ldv,
                      gesvdjInfo_t params, int batch) {
    return jobz == CUSOLVER_EIG_MODE_NOVECTOR && m >= 0 && n >= 0 && m <= 32 && n <= 32 &&
           lda >= std::max(1, m) && ldu >= std::max(1, m) && ldv >= std::max(1, n) && batch >= 1 &&
           simt::known_handle(params);
}

std::int64_t jacobi_work(int m, int n, int batch) {
    return (std::int64_t{m} * n + std::int64_t{2} * std::max(m, n)) * batch + 16;
}

bool syev_arguments(cusolverDnParams_t params, cusolverEigMode_t jobz, std::int64_t n,
                    cudaDataType a, std::int64_t lda, cudaDataType w, cudaDataType compute,
                    std::int64_t batch) {
    return jobz == CUSOLVER_EIG_MODE_NOVECTOR && simt::known_handle(params) && n >= 0 &&
           lda >= std::max<std::int64_t>(1, n) && a == CUDA_R_64F && w == CUDA_R_64F &&
           compute == CUDA_R_64F && batch >= 1 && batch <= simt::syev_batch_limit;
}

size_t syev_device_bytes(std::int64_t n, std::int64_t batch) {
    return static_cast<size_t>((n * n + 5 * n) * batch) * sizeof(double) + 4096;
}

size_t syev_host_bytes(std::int64_t batch) {
    return static_cast<size_t>(8 * batch) + 64;
}

int eigenvalues(cublasFillMode_t uplo, std::int64_t n, double* a, std::int64_t lda,
                double* values) {
    const char part = uplo == CUBLAS_FILL_MODE_UPPER ? 'U' : 'L';
    const auto size = static_cast<lapack_int>(n);
    std::vector<double> work(static_cast<size_t>(std::max<std::int64_t>(66 * n, 1)));
    return LAPACKE_dsyev_work(LAPACK_COL_MAJOR, 'N', part, size, a, static_cast<lapack_int>(lda),
                              values, work.data(), static_cast<lapack_int>(work.size()));
}

int singular_values(int m, int n, double* a, int lda, double* values) {
    std::vector<double> work(static_cast<size_t>(8 * 32 + 66 * 32));
    return LAPACKE_dgesvd_work(LAPACK_COL_MAJOR, 'N', 'N', m, n, a, lda, values, nullptr, 1,
                               nullptr, 1, work.data(), static_cast<lapack_int>(work.size()));
}

}  // namespace

cusolverStatus_t cusolverDnDgesvdjBatched_bufferSize(cusolverDnHandle_t handle,
                                                     cusolverEigMode_t jobz, int m, int n,
                                                     const double*, int lda, const double*,
                                                     const double*, int ldu, const double*, int ldv,
                                                     int* lwork, gesvdjInfo_t params,
                                                     int batchSize) {
    if (!simt::known_handle(handle)) return CUSOLVER_STATUS_NOT_INITIALIZED;
    if (!jacobi_arguments(jobz, m, n, lda, ldu, ldv, params, batchSize)) {
        return CUSOLVER_STATUS_INVALID_VALUE;
    }
    const std::int64_t work = jacobi_work(m, n, batchSize);
    if (work > std::numeric_limits<int>::max()) return CUSOLVER_STATUS_INVALID_VALUE;
    *lwork = static_cast<int>(work);
    return CUSOLVER_STATUS_SUCCESS;
}

cusolverStatus_t cusolverDnDgesvdjBatched(cusolverDnHandle_t handle, cusolverEigMode_t jobz, int m,
                                          int n, double* A, int lda, double* S, double* U, int ldu,
                                          double* V, int ldv, double* work, int lwork, int* info,
                                          gesvdjInfo_t params, int batchSize) {
    if (simt::gate("cusolverDnDgesvdjBatched") != cudaSuccess)
        return CUSOLVER_STATUS_INTERNAL_ERROR;
    if (!simt::known_handle(handle)) return CUSOLVER_STATUS_NOT_INITIALIZED;
    const auto fault = simt::ordered("cusolverDnDgesvdjBatched", batchSize);
    if (fault && fault->status != 0) return static_cast<cusolverStatus_t>(fault->status);
    if (!jacobi_arguments(jobz, m, n, lda, ldu, ldv, params, batchSize) || A == nullptr ||
        S == nullptr || work == nullptr || info == nullptr ||
        lwork < jacobi_work(m, n, batchSize)) {
        return CUSOLVER_STATUS_INVALID_VALUE;
    }
    openblas_set_num_threads(1);
    simt::enqueue(handle->stream, [=] {
        const int count = std::min(m, n);
        for (std::int64_t i = 0; i < batchSize; ++i) {
            double* const a = A + i * lda * n;
            double* const values = S + i * count;
            one(fault, i, values, count, info + i, simt::finite(a, m, n, lda), zero(a, m, n, lda),
                [&] { return singular_values(m, n, a, lda, values); });
            simt::poison(a, std::int64_t{lda} * n);
        }
        simt::poison(work, lwork);
        if (U != nullptr) simt::poison(U, std::int64_t{ldu} * m * batchSize);
        if (V != nullptr) simt::poison(V, std::int64_t{ldv} * n * batchSize);
    });
    return CUSOLVER_STATUS_SUCCESS;
}

cusolverStatus_t cusolverDnXsyevBatched_bufferSize(
    cusolverDnHandle_t handle, cusolverDnParams_t params, cusolverEigMode_t jobz, cublasFillMode_t,
    int64_t n, cudaDataType dataTypeA, const void*, int64_t lda, cudaDataType dataTypeW,
    const void*, cudaDataType computeType, size_t* workspaceInBytesOnDevice,
    size_t* workspaceInBytesOnHost, int64_t batchSize) {
    if (!simt::known_handle(handle)) return CUSOLVER_STATUS_NOT_INITIALIZED;
    if (!syev_arguments(params, jobz, n, dataTypeA, lda, dataTypeW, computeType, batchSize)) {
        return CUSOLVER_STATUS_INVALID_VALUE;
    }
    *workspaceInBytesOnDevice = syev_device_bytes(n, batchSize);
    *workspaceInBytesOnHost = syev_host_bytes(batchSize);
    return CUSOLVER_STATUS_SUCCESS;
}

cusolverStatus_t cusolverDnXsyevBatched(cusolverDnHandle_t handle, cusolverDnParams_t params,
                                        cusolverEigMode_t jobz, cublasFillMode_t uplo, int64_t n,
                                        cudaDataType dataTypeA, void* A, int64_t lda,
                                        cudaDataType dataTypeW, void* W, cudaDataType computeType,
                                        void* bufferOnDevice, size_t workspaceInBytesOnDevice,
                                        void* bufferOnHost, size_t workspaceInBytesOnHost,
                                        int* info, int64_t batchSize) {
    if (simt::gate("cusolverDnXsyevBatched") != cudaSuccess) return CUSOLVER_STATUS_INTERNAL_ERROR;
    if (!simt::known_handle(handle)) return CUSOLVER_STATUS_NOT_INITIALIZED;
    const auto fault = simt::ordered("cusolverDnXsyevBatched", batchSize);
    if (fault && fault->status != 0) return static_cast<cusolverStatus_t>(fault->status);
    if (!syev_arguments(params, jobz, n, dataTypeA, lda, dataTypeW, computeType, batchSize) ||
        A == nullptr || W == nullptr || info == nullptr || bufferOnDevice == nullptr ||
        bufferOnHost == nullptr || workspaceInBytesOnDevice < syev_device_bytes(n, batchSize) ||
        workspaceInBytesOnHost < syev_host_bytes(batchSize)) {
        return CUSOLVER_STATUS_INVALID_VALUE;
    }
    openblas_set_num_threads(1);
    simt::enqueue(handle->stream, [=] {
        for (std::int64_t i = 0; i < batchSize; ++i) {
            double* const a = static_cast<double*>(A) + i * lda * n;
            double* const values = static_cast<double*>(W) + i * n;
            one(fault, i, values, n, info + i, simt::finite(a, n, n, lda), zero(a, n, n, lda),
                [&] { return eigenvalues(uplo, n, a, lda, values); });
            simt::poison(a, lda * n);
        }
        simt::poison(static_cast<unsigned char*>(bufferOnDevice),
                     std::min<std::int64_t>(static_cast<std::int64_t>(workspaceInBytesOnDevice),
                                            std::int64_t{1} << 20));  // enough to notice
        simt::poison(static_cast<unsigned char*>(bufferOnHost),
                     static_cast<std::int64_t>(workspaceInBytesOnHost));
    });
    return CUSOLVER_STATUS_SUCCESS;
}
