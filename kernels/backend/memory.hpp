// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Device memory and page-locked host memory, each owned by one object.
#pragma once

#include "kernels/backend/status.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace rankchain::cuda {

/// Where device memory comes from.
class Memory {
  public:
    virtual ~Memory() = default;
    /// On a boundary of 256 bytes. OutOfMemory with need and free.
    virtual void* take(std::int64_t bytes) = 0;
    virtual void give(void* data) noexcept = 0;
};

/// Bytes that Buffer<T>(memory, n) takes.
template <class T>
constexpr std::int64_t buffer_bytes(std::int64_t n) {
    return (n * static_cast<std::int64_t>(sizeof(T)) + 255) / 256 * 256;
}

/// From the runtime, of the current device.
class DeviceMemory final : public Memory {
  public:
    void* take(std::int64_t bytes) override;
    void give(void* data) noexcept override;  ///< no call once the device is lost
};

/// From one piece that somebody else owns, front to back. Gives nothing back.
class Workspace final : public Memory {
  public:
    Workspace(void* data, std::int64_t bytes);
    void* take(std::int64_t bytes) override;
    void give(void*) noexcept override {}

  private:
    unsigned char* next_;
    std::int64_t left_;
};

/// n numbers on the device, not initialised.
template <class T>
class Buffer {
  public:
    Buffer() = default;
    Buffer(Memory& memory, std::int64_t n)
        : memory_(&memory),
          data_(n > 0 ? static_cast<T*>(memory.take(buffer_bytes<T>(n))) : nullptr),
          size_(n) {}
    ~Buffer() {
        if (data_ != nullptr) memory_->give(data_);
    }
    Buffer(Buffer&& other) noexcept { swap(other); }
    Buffer& operator=(Buffer&& other) noexcept {
        Buffer moved(std::move(other));
        swap(moved);
        return *this;
    }

    [[nodiscard]] T* get() const { return data_; }
    [[nodiscard]] std::int64_t size() const { return size_; }

  private:
    void swap(Buffer& other) noexcept {
        std::swap(memory_, other.memory_);
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
    }

    Memory* memory_ = nullptr;
    T* data_ = nullptr;
    std::int64_t size_ = 0;
};

/// n numbers of page-locked host memory, not initialised: copies to and from the device do not
/// wait.
void* take_pinned(std::int64_t bytes);
void give_pinned(void* data) noexcept;

template <class T>
class PinnedBuffer {
  public:
    PinnedBuffer() = default;
    explicit PinnedBuffer(std::int64_t n)
        : data_(n > 0 ? static_cast<T*>(take_pinned(buffer_bytes<T>(n))) : nullptr), size_(n) {}
    ~PinnedBuffer() {
        if (data_ != nullptr) give_pinned(data_);
    }
    PinnedBuffer(PinnedBuffer&& other) noexcept { swap(other); }
    PinnedBuffer& operator=(PinnedBuffer&& other) noexcept {
        PinnedBuffer moved(std::move(other));
        swap(moved);
        return *this;
    }

    [[nodiscard]] T* get() const { return data_; }
    [[nodiscard]] std::int64_t size() const { return size_; }
    [[nodiscard]] T& operator[](std::int64_t i) const { return data_[i]; }

  private:
    void swap(PinnedBuffer& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
    }

    T* data_ = nullptr;
    std::int64_t size_ = 0;
};

/// Enqueued on `stream`. `host` must stay as it is until the stream has come past the copy, unless
/// it is ordinary memory that is uploaded: the runtime copies that before it returns.
template <class T>
void upload(T* device, const T* host, std::int64_t n, cudaStream_t stream) {
    if (n == 0) return;
    check(cudaMemcpyAsync(device, host, static_cast<std::size_t>(n) * sizeof(T),
                          cudaMemcpyHostToDevice, stream),
          "cudaMemcpyAsync(host to device)");
}
template <class T>
void download(T* host, const T* device, std::int64_t n, cudaStream_t stream) {
    if (n == 0) return;
    check(cudaMemcpyAsync(host, device, static_cast<std::size_t>(n) * sizeof(T),
                          cudaMemcpyDeviceToHost, stream),
          "cudaMemcpyAsync(device to host)");
}

}  // namespace rankchain::cuda
