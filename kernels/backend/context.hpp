// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// One device: what it can, its queues, and the memory that comes from it.
#pragma once

#include "kernels/backend/memory.hpp"
#include "kernels/backend/status.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace rankchain::cuda {

/// What is known of a device without touching it.
struct DeviceFacts {
    int ordinal = 0;
    std::string name;  ///< the model
    int major = 0, minor = 0;
    int multiprocessors = 0;
    std::size_t shared_limit = 0;  ///< bytes of dynamic shared memory a block may opt in to
};

/// DeviceError names the CUDA error, or how many devices there are.
DeviceFacts device_facts(int ordinal);

/// A stream and the library handles that work on it: one stream a handle, a workspace of their own
/// and no reduced precision, so that the libraries repeat themselves bit for bit.
class Queue {
  public:
    /// A stream of its own. `priority` as cudaStreamCreateWithPriority takes it.
    Queue(Memory& memory, int priority);
    /// The caller's stream.
    Queue(Memory& memory, cudaStream_t stream);
    ~Queue();
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    [[nodiscard]] cudaStream_t stream() const { return stream_; }
    [[nodiscard]] cublasHandle_t cublas() const { return cublas_; }
    [[nodiscard]] cusolverDnHandle_t cusolver() const { return cusolver_; }
    /// Bytes of dynamic shared memory that a block of its device may opt in to.
    [[nodiscard]] std::size_t shared_limit() const { return shared_limit_; }

    /// Waits until everything enqueued here is done.
    void wait() const;

    static constexpr std::int64_t workspace_bytes = std::int64_t{32} << 20;  ///< cuBLAS's

  private:
    void create_handles();
    void destroy() noexcept;

    bool owns_stream_;
    std::size_t shared_limit_ = 0;
    cudaStream_t stream_ = nullptr;
    cublasHandle_t cublas_ = nullptr;
    cusolverDnHandle_t cusolver_ = nullptr;
    Buffer<unsigned char> workspace_;
};

class Context {
  public:
    /// Errors: as device_facts().
    explicit Context(int ordinal);

    [[nodiscard]] const DeviceFacts& facts() const { return facts_; }
    [[nodiscard]] std::size_t shared_limit() const { return facts_.shared_limit; }
    [[nodiscard]] Memory& memory() { return memory_; }

    /// Makes this the thread's current device: before the first CUDA call of every operation.
    /// DeviceError if the device is lost.
    void use() const;

    static constexpr int queues = 2;
    /// Queue 0 goes before queue 1 where both have work. Made when first asked for.
    [[nodiscard]] Queue& queue(int i);

    /// Bytes this device can give now, beside the queues.
    [[nodiscard]] std::int64_t memory_free();

  private:
    DeviceFacts facts_;
    DeviceMemory memory_;
    std::array<std::unique_ptr<Queue>, queues> queues_;
};

/// Marks a place in a stream.
class Event {
  public:
    Event();
    ~Event();
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    void record(cudaStream_t stream);
    void wait() const;                     ///< the host; at once if nothing was recorded
    void wait(cudaStream_t stream) const;  ///< what is enqueued there from now on

  private:
    cudaEvent_t event_ = nullptr;
};

}  // namespace rankchain::cuda
