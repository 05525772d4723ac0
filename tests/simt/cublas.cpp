// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The shim's cuBLAS, over CBLAS and LAPACKE: checks what the real one checks, and one thread, so
// that results repeat.
#include "tests/simt/libraries_detail.hpp"

#include <cstddef>

#include <cblas.h>
#include <cublas_v2.h>
#include <lapacke.h>

namespace {

CBLAS_TRANSPOSE transposed(cublasOperation_t op) {
    return op == CUBLAS_OP_N ? CblasNoTrans : CblasTrans;
}

void multiply(CBLAS_TRANSPOSE a, CBLAS_TRANSPOSE b, int m, int n, int k, float alpha,
              const float* x, int lda, const float* y, int ldb, float beta, float* z, int ldc) {
    cblas_sgemm(CblasColMajor, a, b, m, n, k, alpha, x, lda, y, ldb, beta, z, ldc);
}

void multiply(CBLAS_TRANSPOSE a, CBLAS_TRANSPOSE b, int m, int n, int k, double alpha,
              const double* x, int lda, const double* y, int ldb, double beta, double* z, int ldc) {
    cblas_dgemm(CblasColMajor, a, b, m, n, k, alpha, x, lda, y, ldb, beta, z, ldc);
}

template <class T>
cublasStatus_t gemm(const char* call, cublasHandle_t handle, cublasOperation_t transa,
                    cublasOperation_t transb, int m, int n, int k, const T* alpha, const T* a,
                    int lda, long long a_stride, const T* b, int ldb, long long b_stride,
                    const T* beta, T* c, int ldc, long long c_stride, int batch) {
    if (simt::gate(call) != cudaSuccess) return CUBLAS_STATUS_EXECUTION_FAILED;
    if (!simt::known_handle(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
    if (const auto fault = simt::ordered(call, batch)) {
        return static_cast<cublasStatus_t>(fault->status);
    }
    const int a_rows = transa == CUBLAS_OP_N ? m : k;
    const int b_rows = transb == CUBLAS_OP_N ? k : n;
    if (m < 0 || n < 0 || k < 0 || batch < 0 || lda < std::max(1, a_rows) ||
        ldb < std::max(1, b_rows) || ldc < std::max(1, m)) {
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    if (m == 0 || n == 0 || batch == 0) return CUBLAS_STATUS_SUCCESS;
    if (alpha == nullptr || beta == nullptr || c == nullptr ||
        (k > 0 && (a == nullptr || b == nullptr))) {
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    // Matrices of one batch may not share what is written.
    if (batch > 1 && c_stride < static_cast<long long>(ldc) * (n - 1) + m) {
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    openblas_set_num_threads(1);
    simt::enqueue(handle->stream, [=, factor = *alpha, keep = *beta] {
        for (std::int64_t i = 0; i < batch; ++i) {
            T* const out = c + i * c_stride;
            multiply(transposed(transa), transposed(transb), m, n, k, factor, a + i * a_stride, lda,
                     b + i * b_stride, ldb, keep, out, ldc);
            for (std::int64_t j = 0; j < n; ++j)
                simt::written(out + j * ldc, m);
        }
    });
    return CUBLAS_STATUS_SUCCESS;
}

}  // namespace

cublasStatus_t cublasSgemmStridedBatched(cublasHandle_t handle, cublasOperation_t transa,
                                         cublasOperation_t transb, int m, int n, int k,
                                         const float* alpha, const float* A, int lda,
                                         long long int strideA, const float* B, int ldb,
                                         long long int strideB, const float* beta, float* C,
                                         int ldc, long long int strideC, int batchCount) {
    return gemm("cublasSgemmStridedBatched", handle, transa, transb, m, n, k, alpha, A, lda,
                strideA, B, ldb, strideB, beta, C, ldc, strideC, batchCount);
}

cublasStatus_t cublasDgemmStridedBatched(cublasHandle_t handle, cublasOperation_t transa,
                                         cublasOperation_t transb, int m, int n, int k,
                                         const double* alpha, const double* A, int lda,
                                         long long int strideA, const double* B, int ldb,
                                         long long int strideB, const double* beta, double* C,
                                         int ldc, long long int strideC, int batchCount) {
    return gemm("cublasDgemmStridedBatched", handle, transa, transb, m, n, k, alpha, A, lda,
                strideA, B, ldb, strideB, beta, C, ldc, strideC, batchCount);
}

cublasStatus_t cublasDgeqrfBatched(cublasHandle_t handle, int m, int n, double* const Aarray[],
                                   int lda, double* const TauArray[], int* info, int batchSize) {
    if (simt::gate("cublasDgeqrfBatched") != cudaSuccess) return CUBLAS_STATUS_EXECUTION_FAILED;
    if (!simt::known_handle(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
    if (const auto fault = simt::ordered("cublasDgeqrfBatched", batchSize)) {
        *info = fault->info;
        return static_cast<cublasStatus_t>(fault->status);
    }
    *info = m < 0 ? -1 : n < 0 ? -2 : lda < std::max(1, m) ? -4 : batchSize < 0 ? -7 : 0;
    if (*info != 0) return CUBLAS_STATUS_INVALID_VALUE;
    simt::enqueue(handle->stream, [=] {
        std::vector<double> work(static_cast<std::size_t>(std::max(n, 1)));
        for (int i = 0; i < batchSize; ++i) {
            (void)simt::finite(Aarray[i], m, n, lda);
            LAPACKE_dgeqr2_work(LAPACK_COL_MAJOR, m, n, Aarray[i], lda, TauArray[i], work.data());
            for (std::int64_t j = 0; j < n; ++j)
                simt::written(Aarray[i] + j * lda, m);
            simt::written(TauArray[i], std::min(m, n));
        }
    });
    return CUBLAS_STATUS_SUCCESS;
}
