// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Matrices as the CPU chain carries them.
#pragma once

#include <rankchain/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include <hwy/aligned_allocator.h>

namespace rankchain::cpu {

/// Lanes of 64 bytes: rows begin on a cache line and are padded to whole ones, and every row sum
/// has this many partial sums whatever the width of the machine's vectors.
template <class T>
inline constexpr std::int64_t lanes = 64 / static_cast<std::int64_t>(sizeof(T));

template <class T>
constexpr std::int64_t padded(std::int64_t cols) {
    return (cols + lanes<T> - 1) / lanes<T> * lanes<T>;
}

/// Elements from row to row: the padded row, and from 512 bytes on an odd number of cache lines,
/// for an even one sends the rows of a column block to a few sets of every cache (a power of two:
/// to one).
template <class T>
constexpr std::int64_t row_stride(std::int64_t cols) {
    const std::int64_t lines = padded<T>(cols) / lanes<T>;
    return (lines < 8 ? lines : lines | 1) * lanes<T>;
}

/// [rows, cols] of somebody else's memory, row-major, `stride` elements from row to row. What lies
/// between cols and padded(cols) is zero.
template <class T>
struct Matrix {
    T* data = nullptr;
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::int64_t stride = 0;

    [[nodiscard]] T* row(std::int64_t i) const { return data + i * stride; }
    [[nodiscard]] Matrix panel(std::int64_t first, std::int64_t count) const {
        return {row(first), count, cols, stride};
    }
    operator Matrix<const T>() const {  // NOLINT(google-explicit-constructor)
        return {data, rows, cols, stride};
    }
};

/// Aligned memory, zero at first.
template <class T>
class Buffer {
  public:
    Buffer() = default;
    explicit Buffer(std::int64_t size) {
        if (size == 0) return;
        data_ = hwy::AllocateAligned<T>(static_cast<std::size_t>(size));
        if (!data_) {
            throw OutOfMemory("no memory for " + std::to_string(size) + " numbers of " +
                              std::to_string(sizeof(T)) + " bytes");
        }
        std::fill_n(data_.get(), size, T(0));
    }
    [[nodiscard]] T* get() const { return data_.get(); }

  private:
    hwy::AlignedFreeUniquePtr<T[]> data_;
};

}  // namespace rankchain::cpu
