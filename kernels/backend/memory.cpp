// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "kernels/backend/memory.hpp"

#include <rankchain/error.hpp>

#include <string>

namespace rankchain::cuda {

void* DeviceMemory::take(std::int64_t bytes) {
    void* data = nullptr;
    const cudaError_t status = cudaMalloc(&data, static_cast<std::size_t>(bytes));
    if (status == cudaErrorMemoryAllocation) {
        (void)cudaGetLastError();  // reported here, so cleared
        std::size_t free = 0;
        std::size_t total = 0;
        check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
        throw OutOfMemory("out of device memory: " + std::to_string(bytes) +
                          " bytes were asked for; " + std::to_string(free) + " bytes of " +
                          std::to_string(total) + " are free");
    }
    check(status, "cudaMalloc");
    return data;
}

void DeviceMemory::give(void* data) noexcept {
    if (!is_lost()) note(cudaFree(data), "cudaFree");
}

Workspace::Workspace(void* data, std::int64_t bytes)
    : next_(static_cast<unsigned char*>(data)), left_(bytes) {
    if (reinterpret_cast<std::uintptr_t>(data) % 256 != 0) {
        throw InvalidArgument("the workspace must lie on a boundary of 256 bytes");
    }
}

void* Workspace::take(std::int64_t bytes) {
    if (bytes > left_) {
        throw OutOfMemory("the workspace is too small: " + std::to_string(bytes) +
                          " bytes were asked for; " + std::to_string(left_) + " are left of it");
    }
    void* const data = next_;
    next_ += bytes;
    left_ -= bytes;
    return data;
}

void* take_pinned(std::int64_t bytes) {
    void* data = nullptr;
    check(cudaMallocHost(&data, static_cast<std::size_t>(bytes)), "cudaMallocHost");
    return data;
}

void give_pinned(void* data) noexcept {
    if (!is_lost()) note(cudaFreeHost(data), "cudaFreeHost");
}

}  // namespace rankchain::cuda
