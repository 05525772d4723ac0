// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "kernels/backend/context.hpp"

#include <rankchain/error.hpp>

#include <algorithm>

namespace rankchain::cuda {

DeviceFacts device_facts(int ordinal) {
    require_device();
    int count = 0;
    const cudaError_t status = cudaGetDeviceCount(&count);
    if (status == cudaErrorInsufficientDriver || status == cudaErrorNoDevice) {
        (void)cudaGetLastError();  // reported here, so cleared
        throw DeviceError(std::string("there is no GPU to be had: ") + cudaGetErrorName(status) +
                          " (" + cudaGetErrorString(status) + ") from cudaGetDeviceCount" +
                          (status == cudaErrorNoDevice
                               ? ""
                               : ": the NVIDIA driver is missing, or older than this needs"));
    }
    check(status, "cudaGetDeviceCount");
    if (ordinal < 0 || ordinal >= count) {
        throw DeviceError("this machine has " + std::to_string(count) +
                          (count == 1
                               ? " CUDA device, cuda:0"
                               : " CUDA devices, cuda:0 to cuda:" + std::to_string(count - 1)));
    }
    cudaDeviceProp properties{};
    check(cudaGetDeviceProperties(&properties, ordinal), "cudaGetDeviceProperties");
    return {ordinal,
            properties.name,
            properties.major,
            properties.minor,
            properties.multiProcessorCount,
            properties.sharedMemPerBlockOptin};
}

Queue::Queue(Memory& memory, int priority)
    : owns_stream_(true), workspace_(memory, workspace_bytes) {
    check(cudaStreamCreateWithPriority(&stream_, cudaStreamNonBlocking, priority),
          "cudaStreamCreateWithPriority");
    create_handles();
}

Queue::Queue(Memory& memory, cudaStream_t stream)
    : owns_stream_(false), stream_(stream), workspace_(memory, workspace_bytes) {
    create_handles();
}

Queue::~Queue() {
    destroy();
}

void Queue::create_handles() {
    try {
        int device = 0;
        int limit = 0;
        check(cudaGetDevice(&device), "cudaGetDevice");
        check(cudaDeviceGetAttribute(&limit, cudaDevAttrMaxSharedMemoryPerBlockOptin, device),
              "cudaDeviceGetAttribute");
        shared_limit_ = static_cast<std::size_t>(limit);
        check(cublasCreate(&cublas_), "cublasCreate");
        check(cublasSetStream(cublas_, stream_), "cublasSetStream");
        check(cublasSetWorkspace(cublas_, workspace_.get(),
                                 static_cast<std::size_t>(workspace_bytes)),
              "cublasSetWorkspace");
        check(cublasSetMathMode(cublas_, CUBLAS_PEDANTIC_MATH), "cublasSetMathMode");
        check(cusolverDnCreate(&cusolver_), "cusolverDnCreate");
        check(cusolverDnSetStream(cusolver_, stream_), "cusolverDnSetStream");
    } catch (...) {
        destroy();
        throw;
    }
}

void Queue::destroy() noexcept {
    if (cusolver_ != nullptr && !is_lost()) note(cusolverDnDestroy(cusolver_), "cusolverDnDestroy");
    if (cublas_ != nullptr && !is_lost()) note(cublasDestroy(cublas_), "cublasDestroy");
    if (owns_stream_ && stream_ != nullptr && !is_lost()) {
        note(cudaStreamDestroy(stream_), "cudaStreamDestroy");
    }
}

void Queue::wait() const {
    check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
}

Context::Context(int ordinal) : facts_(device_facts(ordinal)) {
    use();
}

void Context::use() const {
    require_device();
    check(cudaSetDevice(facts_.ordinal), "cudaSetDevice");
}

Queue& Context::queue(int i) {
    auto& queue = queues_.at(static_cast<std::size_t>(i));
    if (!queue) {
        int lowest = 0;
        int highest = 0;
        check(cudaDeviceGetStreamPriorityRange(&lowest, &highest),
              "cudaDeviceGetStreamPriorityRange");
        // The smaller the number, the higher the priority.
        queue = std::make_unique<Queue>(memory_, i == 0 ? highest : lowest);
    }
    return *queue;
}

std::int64_t Context::memory_free() {
    use();
    // What is left once they have theirs.
    for (int i = 0; i < queues; ++i)
        (void)queue(i);
    std::size_t free = 0;
    std::size_t total = 0;
    check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
    return static_cast<std::int64_t>(free);
}

Event::Event() {
    check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "cudaEventCreateWithFlags");
}

Event::~Event() {
    if (event_ != nullptr && !is_lost()) note(cudaEventDestroy(event_), "cudaEventDestroy");
}

void Event::record(cudaStream_t stream) {
    check(cudaEventRecord(event_, stream), "cudaEventRecord");
}
void Event::wait() const {
    check(cudaEventSynchronize(event_), "cudaEventSynchronize");
}
void Event::wait(cudaStream_t stream) const {
    check(cudaStreamWaitEvent(stream, event_, 0), "cudaStreamWaitEvent");
}

}  // namespace rankchain::cuda
