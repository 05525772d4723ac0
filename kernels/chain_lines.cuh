// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Lines, rows or columns, of [d, N] matrices in device memory: which threads share one, and what
// they tell each other. The order of every reduction is fixed by the matrix's shape.
#pragma once

#include "host/arith/config.hpp"
#include "kernels/lanes.cuh"

#include <cstdint>

#include <cuda_runtime.h>

namespace rankchain::cuda {

inline constexpr int line_threads = 256;
inline constexpr int line_warps = line_threads / warp_lanes;

/// Places a thread has in its line: first, first + step, ..., `count` of them.
struct Members {
    std::int64_t first, step;
    std::int64_t count;
};

__device__ __forceinline__ Members row_members(std::int64_t row, int rows, int cols, int member,
                                               int members) {
    const bool any = row < rows && member < cols;
    return {row * cols + member, members,
            any ? (std::int64_t{cols} - member + members - 1) / members : 0};
}

/// A warp a row.
class WarpRow {
  public:
    static constexpr int lines = line_warps;  ///< a block
    static constexpr int scratch = 0;

    template <class T>
    __device__ WarpRow(T*, int /*cols*/, std::int64_t block)
        : member_(static_cast<int>(threadIdx.x) % warp_lanes),
          row_(block * lines + static_cast<int>(threadIdx.x) / warp_lanes) {}

    __device__ Members members(int rows, int cols) const {
        return row_members(row_, rows, cols, member_, warp_lanes);
    }
    __device__ bool leads() const { return member_ == 0; }

    template <class T>
    __device__ T of_leader(T v) const {
        return __shfl_sync(all_lanes, v, 0);
    }
    template <class Op, class T>
    __device__ T reduce(Op op, T v) const {
        return over_rows(op, over_quad(op, v));
    }

  private:
    int member_;
    std::int64_t row_;
};

/// A block a row.
template <class T>
class BlockRow {
  public:
    static constexpr int lines = 1;
    static constexpr int scratch = 4 * line_warps;  ///< for three reductions and a leader

    __device__ BlockRow(T* shared, int /*cols*/, std::int64_t block)
        : member_(static_cast<int>(threadIdx.x)), row_(block), scratch_(shared) {}

    __device__ Members members(int rows, int cols) const {
        return row_members(row_, rows, cols, member_, line_threads);
    }
    __device__ bool leads() const { return member_ == 0; }

    __device__ T of_leader(T v) {
        if (leads()) *scratch_ = v;
        __syncthreads();
        v = *scratch_;
        scratch_ += line_warps;
        return v;
    }
    template <class Op>
    __device__ T reduce(Op op, T v) {
        v = over_rows(op, over_quad(op, v));
        if (member_ % warp_lanes == 0) scratch_[member_ / warp_lanes] = v;
        __syncthreads();
        v = scratch_[0];
        RANKCHAIN_ROLLED
        for (int w = 1; w < line_warps; ++w)
            v = op(v, scratch_[w]);
        scratch_ += line_warps;
        return v;
    }

  private:
    int member_;
    std::int64_t row_;
    T* scratch_;  ///< of the next reduction: none waits for the one before
};

/// Columns that lie side by side: 32 a block, or the least power of two that takes all there are.
__host__ __device__ inline int columns_of_block(int cols) {
    int columns = 1;
    while (columns < warp_lanes && columns < cols)
        columns *= 2;
    return columns;
}

template <class T>
class BlockColumns {
  public:
    static constexpr int scratch = 4 * line_threads;

    __device__ BlockColumns(T* shared, int cols, std::int64_t block)
        : columns_(columns_of_block(cols)),
          thread_(static_cast<int>(threadIdx.x)),
          member_(thread_ / columns_),
          column_(block * columns_ + thread_ % columns_),
          scratch_(shared) {}

    __device__ Members members(int rows, int cols) const {
        const int height = line_threads / columns_;
        const bool any = column_ < cols && member_ < rows;
        return {std::int64_t{member_} * cols + column_, std::int64_t{height} * cols,
                any ? (std::int64_t{rows} - member_ + height - 1) / height : 0};
    }
    __device__ bool leads() const { return member_ == 0; }

    __device__ T of_leader(T v) {
        if (leads()) scratch_[thread_] = v;
        __syncthreads();
        v = scratch_[thread_ % columns_];
        scratch_ += line_threads;
        return v;
    }
    template <class Op>
    __device__ T reduce(Op op, T v) {
        scratch_[thread_] = v;
        __syncthreads();
        v = scratch_[thread_ % columns_];
        RANKCHAIN_ROLLED
        for (int i = thread_ % columns_ + columns_; i < line_threads; i += columns_)
            v = op(v, scratch_[i]);
        scratch_ += line_threads;
        return v;
    }

  private:
    int columns_, thread_, member_;
    std::int64_t column_;
    T* scratch_;
};

}  // namespace rankchain::cuda
