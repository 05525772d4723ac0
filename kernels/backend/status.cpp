// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "kernels/backend/status.hpp"

#include <rankchain/error.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>

namespace rankchain::cuda {
namespace {

struct Lost {
    std::atomic<bool> set = false;
    std::mutex mutex;
    std::string message;
};

Lost& record() {
    static Lost lost;
    return lost;
}

[[noreturn]] void lose(const std::string& message) {
    Lost& lost = record();
    const std::lock_guard lock(lost.mutex);
    if (!lost.set) lost.message = message;
    lost.set = true;
    throw DeviceError(message);
}

// What the runtime knows of a library's failure. It asks the device for nothing, so it may be
// called when everything else may not.
std::string beneath() {
    const cudaError_t status = cudaPeekAtLastError();
    return status == cudaSuccess ? std::string()
                                 : std::string(", CUDA: ") + cudaGetErrorName(status) + " (" +
                                       cudaGetErrorString(status) + ")";
}

// Errors that say something of one call and nothing of the device. Every other one is taken to be
// sticky: to stop without need costs a restart, to go on without right costs the result.
bool passes(cudaError_t status) {
    constexpr cudaError_t passing[] = {cudaErrorInvalidValue,
                                       cudaErrorMemoryAllocation,
                                       cudaErrorInvalidConfiguration,
                                       cudaErrorInsufficientDriver,
                                       cudaErrorNoDevice,
                                       cudaErrorInvalidDevice,
                                       cudaErrorInvalidDeviceFunction,
                                       cudaErrorInvalidResourceHandle,
                                       cudaErrorNotReady,
                                       cudaErrorLaunchOutOfResources,
                                       cudaErrorNoKernelImageForDevice,
                                       cudaErrorNotSupported,
                                       cudaErrorInitializationError,
                                       cudaErrorSystemDriverMismatch,
                                       cudaErrorDevicesUnavailable};
    return std::find(std::begin(passing), std::end(passing), status) != std::end(passing);
}

}  // namespace

void check(cudaError_t status, const char* call) {
    if (status == cudaSuccess) return;
    const std::string message = std::string("CUDA: ") + cudaGetErrorName(status) + " (" +
                                cudaGetErrorString(status) + ") from " + call;
    if (!passes(status)) lose(message);
    (void)cudaGetLastError();  // reported here, so cleared
    if (status == cudaErrorMemoryAllocation) throw OutOfMemory(message);
    throw DeviceError(message);
}

void check(cublasStatus_t status, const char* call) {
    if (status == CUBLAS_STATUS_SUCCESS) return;
    const std::string message = std::string("cuBLAS: ") + cublasGetStatusName(status) + " (" +
                                cublasGetStatusString(status) + ") from " + call;
    if (status == CUBLAS_STATUS_ALLOC_FAILED) throw OutOfMemory(message);
    if (status == CUBLAS_STATUS_EXECUTION_FAILED || status == CUBLAS_STATUS_INTERNAL_ERROR ||
        status == CUBLAS_STATUS_MAPPING_ERROR) {
        lose(message + beneath());
    }
    throw DeviceError(message);
}

void check(cusolverStatus_t status, const char* call) {
    if (status == CUSOLVER_STATUS_SUCCESS) return;
    const auto name = [&]() -> std::string {
        switch (status) {
            case CUSOLVER_STATUS_NOT_INITIALIZED:
                return "CUSOLVER_STATUS_NOT_INITIALIZED";
            case CUSOLVER_STATUS_ALLOC_FAILED:
                return "CUSOLVER_STATUS_ALLOC_FAILED";
            case CUSOLVER_STATUS_INVALID_VALUE:
                return "CUSOLVER_STATUS_INVALID_VALUE";
            case CUSOLVER_STATUS_ARCH_MISMATCH:
                return "CUSOLVER_STATUS_ARCH_MISMATCH";
            case CUSOLVER_STATUS_EXECUTION_FAILED:
                return "CUSOLVER_STATUS_EXECUTION_FAILED";
            case CUSOLVER_STATUS_INTERNAL_ERROR:
                return "CUSOLVER_STATUS_INTERNAL_ERROR";
            case CUSOLVER_STATUS_NOT_SUPPORTED:
                return "CUSOLVER_STATUS_NOT_SUPPORTED";
            default:
                return "status " + std::to_string(static_cast<int>(status));
        }
    }();
    const std::string message = "cuSOLVER: " + name + " from " + call;
    if (status == CUSOLVER_STATUS_ALLOC_FAILED) throw OutOfMemory(message);
    if (status == CUSOLVER_STATUS_EXECUTION_FAILED || status == CUSOLVER_STATUS_INTERNAL_ERROR) {
        lose(message + beneath());
    }
    throw DeviceError(message);
}

namespace {

template <class Status>
void note_status(Status status, const char* call) noexcept {
    try {
        check(status, call);
    } catch (const std::exception&) {
        // What is sticky is kept by now; the rest was an earlier call's, and reported by it.
    }
}

}  // namespace

void note(cudaError_t status, const char* call) noexcept {
    note_status(status, call);
}
void note(cublasStatus_t status, const char* call) noexcept {
    note_status(status, call);
}
void note(cusolverStatus_t status, const char* call) noexcept {
    note_status(status, call);
}

bool is_lost() noexcept {
    return record().set;
}

std::string lost() {
    Lost& lost = record();
    const std::lock_guard lock(lost.mutex);
    return lost.message;
}

void require_device() {
    if (is_lost()) throw DeviceError(lost() + "; since then no CUDA call is made in this process");
}

void forget_lost() noexcept {
    Lost& lost = record();
    const std::lock_guard lock(lost.mutex);
    lost.message.clear();
    lost.set = false;
}

}  // namespace rankchain::cuda
