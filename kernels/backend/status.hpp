// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// No status of the CUDA runtime or its libraries goes unread.
#pragma once

#include <string>

#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <cusolverDn.h>

namespace rankchain::cuda {

/// Throws unless `status` is success. `call` is the call's text, as it is to stand in the message:
/// "LIBRARY: STATUS NAME (what it says) from CALL".
///
/// OutOfMemory  the device had no more: nothing else is wrong.
/// DeviceError  everything else. An error after which the runtime answers every call with the same
///              error (a fault in a kernel, a device that is gone) is kept by lost(): from then on
///              this process makes no further CUDA call.
void check(cudaError_t status, const char* call);
void check(cublasStatus_t status, const char* call);
void check(cusolverStatus_t status, const char* call);

/// For destructors, which cannot throw: keeps such an error for lost().
void note(cudaError_t status, const char* call) noexcept;
void note(cublasStatus_t status, const char* call) noexcept;
void note(cusolverStatus_t status, const char* call) noexcept;

/// The message of the first such error in this process; empty while there was none. CUDA has no way
/// back from it but a new process.
[[nodiscard]] std::string lost();
[[nodiscard]] bool is_lost() noexcept;

/// DeviceError with the message of lost(), if there is one. Before the first CUDA call of an
/// operation.
void require_device();

/// As if it had not happened: for tests, whose errors are injected.
void forget_lost() noexcept;

}  // namespace rankchain::cuda
