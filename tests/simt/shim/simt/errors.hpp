// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The runtime's statuses, and the gate that every call of the shim goes through: it counts, and it
// fails where a test says so.
#pragma once

#include "simt/machine.hpp"

enum cudaError_t {
    cudaSuccess = 0,
    cudaErrorInvalidValue = 1,
    cudaErrorMemoryAllocation = 2,
    cudaErrorInitializationError = 3,
    cudaErrorInvalidConfiguration = 9,
    cudaErrorInsufficientDriver = 35,
    cudaErrorDevicesUnavailable = 46,
    cudaErrorInvalidDeviceFunction = 98,
    cudaErrorNoDevice = 100,
    cudaErrorInvalidDevice = 101,
    cudaErrorNoKernelImageForDevice = 209,
    cudaErrorECCUncorrectable = 214,
    cudaErrorInvalidResourceHandle = 400,
    cudaErrorNotReady = 600,
    cudaErrorIllegalAddress = 700,
    cudaErrorLaunchOutOfResources = 701,
    cudaErrorLaunchFailure = 719,
    cudaErrorNotSupported = 801,
    cudaErrorSystemDriverMismatch = 803,
    cudaErrorUnknown = 999
};

namespace simt {
struct ErrorText {
    cudaError_t code;
    const char *name, *text;
};
inline const ErrorText& error_text(cudaError_t e) {
    static const ErrorText known[] = {
        {cudaSuccess, "cudaSuccess", "no error"},
        {cudaErrorInvalidValue, "cudaErrorInvalidValue", "invalid argument"},
        {cudaErrorMemoryAllocation, "cudaErrorMemoryAllocation", "out of memory"},
        {cudaErrorInitializationError, "cudaErrorInitializationError", "initialization error"},
        {cudaErrorInvalidConfiguration, "cudaErrorInvalidConfiguration",
         "invalid configuration argument"},
        {cudaErrorInsufficientDriver, "cudaErrorInsufficientDriver",
         "CUDA driver version is insufficient for CUDA runtime version"},
        {cudaErrorDevicesUnavailable, "cudaErrorDevicesUnavailable",
         "CUDA-capable device(s) is/are busy or unavailable"},
        {cudaErrorInvalidDeviceFunction, "cudaErrorInvalidDeviceFunction",
         "invalid device function"},
        {cudaErrorNoDevice, "cudaErrorNoDevice", "no CUDA-capable device is detected"},
        {cudaErrorInvalidDevice, "cudaErrorInvalidDevice", "invalid device ordinal"},
        {cudaErrorNoKernelImageForDevice, "cudaErrorNoKernelImageForDevice",
         "no kernel image is available for execution on the device"},
        {cudaErrorECCUncorrectable, "cudaErrorECCUncorrectable",
         "uncorrectable ECC error encountered"},
        {cudaErrorInvalidResourceHandle, "cudaErrorInvalidResourceHandle",
         "invalid resource handle"},
        {cudaErrorNotReady, "cudaErrorNotReady", "device not ready"},
        {cudaErrorIllegalAddress, "cudaErrorIllegalAddress",
         "an illegal memory access was encountered"},
        {cudaErrorLaunchOutOfResources, "cudaErrorLaunchOutOfResources",
         "too many resources requested for launch"},
        {cudaErrorLaunchFailure, "cudaErrorLaunchFailure", "unspecified launch failure"},
        {cudaErrorNotSupported, "cudaErrorNotSupported", "operation not supported"},
        {cudaErrorSystemDriverMismatch, "cudaErrorSystemDriverMismatch",
         "system has unsupported display driver / cuda driver combination"},
    };
    static const ErrorText unknown{cudaErrorUnknown, "cudaErrorUnknown", "unknown error"};
    for (const ErrorText& t : known)
        if (t.code == e) return t;
    return unknown;
}

// What goes wrong, by a test's wish. Counts begin with reset().
struct Injection {
    std::string call;                             // this call ("" any) ...
    long at = 0;                                  // ... the at-th time, from 1; 0: never ...
    cudaError_t sticky = cudaErrorLaunchFailure;  // ... and every call after it
    long malloc_at = 0;                           // this cudaMalloc, from 1, alone has no memory
    cudaError_t no_device = cudaSuccess;          // what every call says that needs a driver
};
inline Injection& injection() {
    static Injection i;
    return i;
}
struct Calls {
    long matching = 0, all = 0, mallocs = 0;
    long after_loss = 0;  // that a careful caller would not have made
    cudaError_t lost = cudaSuccess, last = cudaSuccess;
};
inline Calls& calls() {
    static Calls c;
    return c;
}
// What the call `name` is to answer without being done; cudaSuccess: it is to be done.
inline cudaError_t gate(const char* name) {
    Calls& c = calls();
    const Injection& i = injection();
    ++c.all;
    if (c.lost != cudaSuccess) {
        ++c.after_loss;
        return c.lost;
    }
    if (i.no_device != cudaSuccess) return c.last = i.no_device;
    if (i.at > 0 && (i.call.empty() || i.call == name) && ++c.matching == i.at) c.lost = i.sticky;
    return c.lost;
}
inline cudaError_t answer(cudaError_t e) {
    if (e != cudaSuccess) calls().last = e;
    return e;
}
}  // namespace simt

inline const char* cudaGetErrorName(cudaError_t e) {
    return simt::error_text(e).name;
}
inline const char* cudaGetErrorString(cudaError_t e) {
    return simt::error_text(e).text;
}
// What is known already: the device is asked for nothing.
inline cudaError_t cudaPeekAtLastError() {
    return simt::calls().lost != cudaSuccess ? simt::calls().lost : simt::calls().last;
}
inline cudaError_t cudaGetLastError() {
    const cudaError_t e = cudaPeekAtLastError();
    simt::calls().last = cudaSuccess;
    return e;
}
