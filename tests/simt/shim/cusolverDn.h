// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Found before the toolkit's header: the part of cuSOLVER that Rankchain calls.
#pragma once

#include "cublas_v2.h"

enum cusolverStatus_t {
    CUSOLVER_STATUS_SUCCESS = 0,
    CUSOLVER_STATUS_NOT_INITIALIZED = 1,
    CUSOLVER_STATUS_ALLOC_FAILED = 2,
    CUSOLVER_STATUS_INVALID_VALUE = 3,
    CUSOLVER_STATUS_ARCH_MISMATCH = 4,
    CUSOLVER_STATUS_MAPPING_ERROR = 5,
    CUSOLVER_STATUS_EXECUTION_FAILED = 6,
    CUSOLVER_STATUS_INTERNAL_ERROR = 7,
    CUSOLVER_STATUS_NOT_SUPPORTED = 9
};
struct cusolverDnContext {
    cudaStream_t stream = nullptr;
};
using cusolverDnHandle_t = cusolverDnContext*;
struct cusolverDnParams {};
using cusolverDnParams_t = cusolverDnParams*;
struct gesvdjInfo {};
using gesvdjInfo_t = gesvdjInfo*;
enum cusolverEigMode_t { CUSOLVER_EIG_MODE_NOVECTOR = 0, CUSOLVER_EIG_MODE_VECTOR = 1 };

inline cusolverStatus_t cusolverDnCreate(cusolverDnHandle_t* handle) {
    return simt::create("cusolverDnCreate", handle, CUSOLVER_STATUS_SUCCESS,
                        CUSOLVER_STATUS_NOT_INITIALIZED);
}
inline cusolverStatus_t cusolverDnDestroy(cusolverDnHandle_t handle) {
    return simt::destroy("cusolverDnDestroy", handle, CUSOLVER_STATUS_SUCCESS,
                         CUSOLVER_STATUS_INTERNAL_ERROR, CUSOLVER_STATUS_NOT_INITIALIZED);
}
inline cusolverStatus_t cusolverDnSetStream(cusolverDnHandle_t handle, cudaStream_t stream) {
    if (simt::gate("cusolverDnSetStream") != cudaSuccess) return CUSOLVER_STATUS_INTERNAL_ERROR;
    handle->stream = stream;
    return CUSOLVER_STATUS_SUCCESS;
}
inline cusolverStatus_t cusolverGetProperty(libraryPropertyType type, int* value) {
    *value = type == MAJOR_VERSION ? 12 : 0;
    return CUSOLVER_STATUS_SUCCESS;
}
inline cusolverStatus_t cusolverDnCreateParams(cusolverDnParams_t* params) {
    return simt::create("cusolverDnCreateParams", params, CUSOLVER_STATUS_SUCCESS,
                        CUSOLVER_STATUS_INTERNAL_ERROR);
}
inline cusolverStatus_t cusolverDnDestroyParams(cusolverDnParams_t params) {
    return simt::destroy("cusolverDnDestroyParams", params, CUSOLVER_STATUS_SUCCESS,
                         CUSOLVER_STATUS_INTERNAL_ERROR, CUSOLVER_STATUS_INVALID_VALUE);
}
inline cusolverStatus_t cusolverDnCreateGesvdjInfo(gesvdjInfo_t* info) {
    return simt::create("cusolverDnCreateGesvdjInfo", info, CUSOLVER_STATUS_SUCCESS,
                        CUSOLVER_STATUS_INTERNAL_ERROR);
}
inline cusolverStatus_t cusolverDnDestroyGesvdjInfo(gesvdjInfo_t info) {
    return simt::destroy("cusolverDnDestroyGesvdjInfo", info, CUSOLVER_STATUS_SUCCESS,
                         CUSOLVER_STATUS_INTERNAL_ERROR, CUSOLVER_STATUS_INVALID_VALUE);
}

// In cusolver.cpp: values only. U, V, destroyed matrices and workspaces come back as NaN.
cusolverStatus_t cusolverDnDgesvdjBatched_bufferSize(cusolverDnHandle_t handle,
                                                     cusolverEigMode_t jobz, int m, int n,
                                                     const double* A, int lda, const double* S,
                                                     const double* U, int ldu, const double* V,
                                                     int ldv, int* lwork, gesvdjInfo_t params,
                                                     int batchSize);
cusolverStatus_t cusolverDnDgesvdjBatched(cusolverDnHandle_t handle, cusolverEigMode_t jobz, int m,
                                          int n, double* A, int lda, double* S, double* U, int ldu,
                                          double* V, int ldv, double* work, int lwork, int* info,
                                          gesvdjInfo_t params, int batchSize);
cusolverStatus_t cusolverDnXsyevBatched_bufferSize(
    cusolverDnHandle_t handle, cusolverDnParams_t params, cusolverEigMode_t jobz,
    cublasFillMode_t uplo, int64_t n, cudaDataType dataTypeA, const void* A, int64_t lda,
    cudaDataType dataTypeW, const void* W, cudaDataType computeType,
    size_t* workspaceInBytesOnDevice, size_t* workspaceInBytesOnHost, int64_t batchSize);
cusolverStatus_t cusolverDnXsyevBatched(cusolverDnHandle_t handle, cusolverDnParams_t params,
                                        cusolverEigMode_t jobz, cublasFillMode_t uplo, int64_t n,
                                        cudaDataType dataTypeA, void* A, int64_t lda,
                                        cudaDataType dataTypeW, void* W, cudaDataType computeType,
                                        void* bufferOnDevice, size_t workspaceInBytesOnDevice,
                                        void* bufferOnHost, size_t workspaceInBytesOnHost,
                                        int* info, int64_t batchSize);
