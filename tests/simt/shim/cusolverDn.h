// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Found before the toolkit's header: the part of cuSOLVER that Rankchain calls.
#pragma once

#include "simt/libraries.hpp"

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

inline cusolverStatus_t cusolverDnCreate(cusolverDnHandle_t* handle) {
    if (simt::gate("cusolverDnCreate") != cudaSuccess) return CUSOLVER_STATUS_NOT_INITIALIZED;
    *handle = simt::new_handle<cusolverDnContext>();
    return CUSOLVER_STATUS_SUCCESS;
}
inline cusolverStatus_t cusolverDnDestroy(cusolverDnHandle_t handle) {
    if (simt::gate("cusolverDnDestroy") != cudaSuccess) return CUSOLVER_STATUS_INTERNAL_ERROR;
    return simt::delete_handle(handle) ? CUSOLVER_STATUS_SUCCESS : CUSOLVER_STATUS_NOT_INITIALIZED;
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
