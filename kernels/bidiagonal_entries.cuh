// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// A matrix A spread over the threads of a block as FormGrid says, in registers or shared memory.
#pragma once

#include "kernels/bidiagonal_plan.cuh"
#include "kernels/lanes.cuh"

namespace rankchain::cuda {

/// A thread's entries of A: (a, b) is entry (r + down a, c + across b).
template <bool resident>
class FormEntries;

template <>
class FormEntries<true> {
  public:
    static constexpr int rows = FormGrid::rows_held;
    static constexpr int groups = 1;
    __device__ FormEntries(const Place&, const FormPlan&, double*) {}
    __device__ __forceinline__ double get(int a, int b) const { return values_[a][b]; }
    __device__ __forceinline__ void put(int a, int b, double x) { values_[a][b] = x; }

  private:
    double values_[FormGrid::rows_held][FormGrid::cols_held];
};

template <>
class FormEntries<false> {
  public:
    int rows, groups;
    __device__ FormEntries(const Place& at, const FormPlan& plan, double* memory)
        : rows(plan.grid.rows),
          groups(plan.grid.col_groups),
          grid_(plan.grid),
          row_(at.thread % warp_lanes),
          column_(at.thread / warp_lanes),
          entries_(memory + plan.layout.entries) {}
    __device__ __forceinline__ double get(int a, int b) const {
        const int i = row_ + warp_lanes * a, j = column_ + grid_.across * b;
        return i < grid_.k && j < grid_.n ? entries_[j * grid_.k + i] : 0.0;
    }
    __device__ __forceinline__ void put(int a, int b, double x) {
        const int i = row_ + warp_lanes * a, j = column_ + grid_.across * b;
        if (i < grid_.k && j < grid_.n) entries_[j * grid_.k + i] = x;
    }

  private:
    const FormGrid& grid_;
    int row_, column_;
    double* entries_;
};

}  // namespace rankchain::cuda
