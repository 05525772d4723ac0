// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The shim's cuBLAS and cuSOLVER: what they compute, refuse, leave undefined and fail by order.
#include "tests/spectrum_oracle.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <cusolverDn.h>
#include <gtest/gtest.h>

namespace rankchain::cuda {
namespace {

using oracle::Matrix;

constexpr double eps = std::numeric_limits<double>::epsilon();

std::vector<double> nan_doubles(std::int64_t n) {
    return std::vector<double>(static_cast<std::size_t>(n), std::nan(""));
}

bool all_nan(const std::vector<double>& values) {
    return std::all_of(values.begin(), values.end(), [](double x) { return std::isnan(x); });
}

class Libraries : public testing::Test {
  protected:
    void SetUp() override {
        simt::reset();
        simt::libraries() = {};
        EXPECT_EQ(cublasCreate(&cublas_), CUBLAS_STATUS_SUCCESS);
        EXPECT_EQ(cusolverDnCreate(&cusolver_), CUSOLVER_STATUS_SUCCESS);
        EXPECT_EQ(cusolverDnCreateParams(&params_), CUSOLVER_STATUS_SUCCESS);
        EXPECT_EQ(cusolverDnCreateGesvdjInfo(&jacobi_), CUSOLVER_STATUS_SUCCESS);
    }
    void TearDown() override {
        simt::opt().deferred = false;
        EXPECT_EQ(cusolverDnDestroyGesvdjInfo(jacobi_), CUSOLVER_STATUS_SUCCESS);
        EXPECT_EQ(cusolverDnDestroyParams(params_), CUSOLVER_STATUS_SUCCESS);
        EXPECT_EQ(cusolverDnDestroy(cusolver_), CUSOLVER_STATUS_SUCCESS);
        EXPECT_EQ(cublasDestroy(cublas_), CUBLAS_STATUS_SUCCESS);
    }

    struct Values {
        cusolverStatus_t status;
        std::vector<double> values;
        std::vector<int> info;
        std::vector<double> left;  ///< of the matrices
    };

    /// With `less` bytes (doubles) of workspace less than asked for.
    Values syev(std::vector<double> a, std::int64_t n, std::int64_t batch, std::size_t less = 0) {
        std::size_t device = 0, host = 0;
        auto status = cusolverDnXsyevBatched_bufferSize(
            cusolver_, params_, CUSOLVER_EIG_MODE_NOVECTOR, CUBLAS_FILL_MODE_UPPER, n, CUDA_R_64F,
            a.data(), n, CUDA_R_64F, nullptr, CUDA_R_64F, &device, &host, batch);
        if (status != CUSOLVER_STATUS_SUCCESS) return {status, {}, {}, {}};
        std::vector<unsigned char> work(device - less), host_work(host);
        Values out{status, nan_doubles(n * batch), std::vector<int>(std::size_t(batch), -77), {}};
        out.status = cusolverDnXsyevBatched(
            cusolver_, params_, CUSOLVER_EIG_MODE_NOVECTOR, CUBLAS_FILL_MODE_UPPER, n, CUDA_R_64F,
            a.data(), n, CUDA_R_64F, out.values.data(), CUDA_R_64F, work.data(), work.size(),
            host_work.data(), host_work.size(), out.info.data(), batch);
        out.left = std::move(a);
        return out;
    }

    Values gesvdj(std::vector<double> a, int m, int n, int batch, int less = 0) {
        int size = 0;
        auto status = cusolverDnDgesvdjBatched_bufferSize(cusolver_, CUSOLVER_EIG_MODE_NOVECTOR, m,
                                                          n, a.data(), m, nullptr, nullptr, m,
                                                          nullptr, n, &size, jacobi_, batch);
        if (status != CUSOLVER_STATUS_SUCCESS) return {status, {}, {}, {}};
        std::vector<double> work(static_cast<std::size_t>(size)), u(std::size_t(m * m * batch)),
            v(std::size_t(n * n * batch));
        Values out{status,
                   nan_doubles(std::min(m, n) * batch),
                   std::vector<int>(std::size_t(batch), -77),
                   {}};
        out.status = cusolverDnDgesvdjBatched(
            cusolver_, CUSOLVER_EIG_MODE_NOVECTOR, m, n, a.data(), m, out.values.data(), u.data(),
            m, v.data(), n, work.data(), size - less, out.info.data(), jacobi_, batch);
        EXPECT_TRUE(out.status != CUSOLVER_STATUS_SUCCESS || all_nan(u));
        out.left = std::move(a);
        return out;
    }

    cublasHandle_t cublas_ = nullptr;
    cusolverDnHandle_t cusolver_ = nullptr;
    cusolverDnParams_t params_ = nullptr;
    gesvdjInfo_t jacobi_ = nullptr;
};

TEST_F(Libraries, MultiplyColumnMajorBatches) {
    // C = A^T A of two matrices [3, 2]: columns (1 2 3), (4 5 6), and twice that.
    std::vector<double> a{1, 2, 3, 4, 5, 6, 2, 4, 6, 8, 10, 12}, c = nan_doubles(8);
    const double one = 1, zero = 0;
    const auto call = [&](int k, int lda, int ldc, long long stride, int batch) {
        return cublasDgemmStridedBatched(cublas_, CUBLAS_OP_T, CUBLAS_OP_N, 2, 2, k, &one, a.data(),
                                         lda, 6, a.data(), lda, 6, &zero, c.data(), ldc, stride,
                                         batch);
    };
    ASSERT_EQ(call(3, 3, 2, 4, 2), CUBLAS_STATUS_SUCCESS);
    EXPECT_EQ(c, (std::vector<double>{14, 32, 32, 77, 56, 128, 128, 308}));
    EXPECT_EQ(call(3, 2, 2, 4, 2), CUBLAS_STATUS_INVALID_VALUE);  // lda < k
    EXPECT_EQ(call(3, 3, 1, 4, 2), CUBLAS_STATUS_INVALID_VALUE);
    EXPECT_EQ(call(3, 3, 2, 3, 2), CUBLAS_STATUS_INVALID_VALUE);  // outputs overlap
    EXPECT_EQ(call(-1, 3, 2, 4, 2), CUBLAS_STATUS_INVALID_VALUE);
    EXPECT_EQ(call(3, 3, 2, 4, -1), CUBLAS_STATUS_INVALID_VALUE);
    cublasContext stranger;
    EXPECT_EQ(cublasDgemmStridedBatched(&stranger, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, &one,
                                        a.data(), 1, 1, a.data(), 1, 1, &zero, c.data(), 1, 1, 1),
              CUBLAS_STATUS_NOT_INITIALIZED);
}

TEST_F(Libraries, WorkIsDoneWhenTheStreamComesToIt) {
    simt::opt().deferred = true;
    cudaStream_t stream = nullptr;
    ASSERT_EQ(cudaStreamCreate(&stream), cudaSuccess);
    ASSERT_EQ(cublasSetStream(cublas_, stream), CUBLAS_STATUS_SUCCESS);
    std::vector<float> a{3}, c{0};
    {
        const float one = 1, zero = 0;  // read at the call
        ASSERT_EQ(
            cublasSgemmStridedBatched(cublas_, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, &one, a.data(), 1,
                                      1, a.data(), 1, 1, &zero, c.data(), 1, 1, 1),
            CUBLAS_STATUS_SUCCESS);
    }
    EXPECT_EQ(c[0], 0.0F);
    ASSERT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    EXPECT_EQ(c[0], 9.0F);
    ASSERT_EQ(cudaStreamDestroy(stream), cudaSuccess);
}

TEST_F(Libraries, TriangularFactorsKeepTheGramMatrix) {
    auto random = oracle::generator(1);
    const Matrix rows = oracle::gaussian(2 * 3, 7, random);  // two matrices, column-major [7, 3]
    std::vector<double> a = rows.values, tau = nan_doubles(6);
    std::array<double*, 2> matrices{a.data(), a.data() + 21}, taus{tau.data(), tau.data() + 3};
    int info = -77;
    ASSERT_EQ(cublasDgeqrfBatched(cublas_, 7, 3, matrices.data(), 7, taus.data(), &info, 2),
              CUBLAS_STATUS_SUCCESS);
    EXPECT_EQ(info, 0);
    for (int b = 0; b < 2; ++b) {
        for (int i = 0; i < 3; ++i) {
            for (int j = 0; j < 3; ++j) {
                double before = 0, after = 0;
                for (int k = 0; k < 7; ++k)
                    before += rows(3 * b + i, k) * rows(3 * b + j, k);
                for (int k = 0; k <= std::min(i, j); ++k)
                    after +=
                        a[std::size_t(21 * b + 7 * i + k)] * a[std::size_t(21 * b + 7 * j + k)];
                EXPECT_NEAR(after, before, 200 * eps);
            }
        }
    }
    EXPECT_EQ(cublasDgeqrfBatched(cublas_, 7, 3, matrices.data(), 6, taus.data(), &info, 2),
              CUBLAS_STATUS_INVALID_VALUE);
    EXPECT_EQ(info, -4);
}

TEST_F(Libraries, EigenvaluesAscendAndTheMatricesAreGone) {
    // [[2, 1], [1, 2]], zero, and [[0, 3], [3, 0]].
    const auto found = syev({2, 1, 1, 2, 0, 0, 0, 0, 0, 3, 3, 0}, 2, 3);
    ASSERT_EQ(found.status, CUSOLVER_STATUS_SUCCESS);
    const std::vector<double> wanted{1, 3, 0, 0, -3, 3};
    for (std::size_t i = 0; i < wanted.size(); ++i)
        EXPECT_NEAR(found.values[i], wanted[i], 8 * eps);
    EXPECT_EQ(found.info, (std::vector<int>{0, 0, 0}));
    EXPECT_TRUE(all_nan(found.left));
    EXPECT_EQ(simt::libraries().spoiled, 0);
    EXPECT_EQ(syev({1}, 1, 1, 1).status, CUSOLVER_STATUS_INVALID_VALUE);  // workspace too small
}

TEST_F(Libraries, EigenvaluesOfTooManyMatricesAreRefused) {
    const std::int64_t most = simt::syev_batch_limit;
    EXPECT_EQ(syev(std::vector<double>(std::size_t(most), 1.0), 1, most).status,
              CUSOLVER_STATUS_SUCCESS);
    EXPECT_EQ(syev(std::vector<double>(std::size_t(most) + 1, 1.0), 1, most + 1).status,
              CUSOLVER_STATUS_INVALID_VALUE);
}

TEST_F(Libraries, SingularValuesDescendAndThirtyTwoIsTheLimit) {
    const auto found = gesvdj({3, 0, 0, 0, 4, 0}, 3, 2, 1);
    ASSERT_EQ(found.status, CUSOLVER_STATUS_SUCCESS);
    EXPECT_NEAR(found.values[0], 4, 8 * eps);
    EXPECT_NEAR(found.values[1], 3, 8 * eps);
    EXPECT_TRUE(all_nan(found.left));
    EXPECT_EQ(gesvdj(std::vector<double>(33), 33, 1, 1).status, CUSOLVER_STATUS_INVALID_VALUE);
    EXPECT_EQ(gesvdj(std::vector<double>(33), 1, 33, 1).status, CUSOLVER_STATUS_INVALID_VALUE);
    EXPECT_EQ(gesvdj({1}, 1, 1, 1, 1).status, CUSOLVER_STATUS_INVALID_VALUE);  // workspace
    const auto full = gesvdj(std::vector<double>(32 * 32, 1.0), 32, 32, 1);
    ASSERT_EQ(full.status, CUSOLVER_STATUS_SUCCESS);
    EXPECT_NEAR(full.values[0], 32, 32 * 32 * eps);
}

TEST_F(Libraries, FailByOrder) {
    simt::libraries().faults = {
        {"cusolverDnXsyevBatched", 1, 0, 1, 2},
        {"cusolverDnDgesvdjBatched", 0, CUSOLVER_STATUS_ALLOC_FAILED, 0, 0}};
    EXPECT_EQ(syev({1, 2}, 1, 2).info, (std::vector<int>{0, 0}));
    const auto found = syev({1, 2}, 1, 2);
    EXPECT_EQ(found.status, CUSOLVER_STATUS_SUCCESS);
    EXPECT_EQ(found.info, (std::vector<int>{0, 2}));
    EXPECT_EQ(found.values[0], 1);
    EXPECT_TRUE(std::isnan(found.values[1]));
    EXPECT_EQ(syev({1, 2}, 1, 2).info, (std::vector<int>{0, 0}));
    EXPECT_EQ(gesvdj({1}, 1, 1, 1).status, CUSOLVER_STATUS_ALLOC_FAILED);
    EXPECT_EQ(gesvdj({1}, 1, 1, 1).status, CUSOLVER_STATUS_SUCCESS);
    EXPECT_TRUE(simt::libraries().faults.empty());
}

TEST_F(Libraries, NoticeEntriesThatAreNotFinite) {
    const auto found = syev({1, std::nan("")}, 1, 2);
    EXPECT_EQ(found.info, (std::vector<int>{0, 1}));
    EXPECT_EQ(simt::libraries().spoiled, 1);
}

}  // namespace
}  // namespace rankchain::cuda
