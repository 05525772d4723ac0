// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The one array of shared memory that a launch asks for, and what is carved from it.
#pragma once

#include <cstddef>

#include <cuda_runtime.h>

namespace rankchain::cuda {

extern __shared__ __align__(16) unsigned char dynamic_shared[];

#ifdef SIMT_HOST
using simt::Carver;
#else
/// Hands out arrays, each on a 16-byte boundary.
class Carver {
  public:
    __host__ __device__ explicit Carver(unsigned char* memory) : next_(memory) {}

    template <class T>
    __host__ __device__ T* take(std::size_t size) {
        T* const array = reinterpret_cast<T*>(next_);
        next_ += (size * sizeof(T) + 15) / 16 * 16;
        return array;
    }

  private:
    unsigned char* next_;
};
#endif

/// Adds up what a Carver would hand out, for the launch.
class CarvedBytes {
  public:
    template <class T>
    __host__ __device__ T* take(std::size_t size) {
        bytes_ = (bytes_ + 15) / 16 * 16 + size * sizeof(T);
        return nullptr;
    }
    std::size_t bytes() const { return (bytes_ + 15) / 16 * 16; }

  private:
    std::size_t bytes_ = 0;
};

}  // namespace rankchain::cuda
