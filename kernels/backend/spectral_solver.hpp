// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// One sub-batch of matrices on its way through cuBLAS and cuSOLVER.
#pragma once

#include "kernels/backend/context.hpp"
#include "kernels/backend/spectrum.hpp"
#include "kernels/backend/spectrum_routine.hpp"
#include "kernels/gram.cuh"
#include "kernels/tridiagonal_panels.cuh"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace rankchain::cuda {

/// What is to be done to matrices of one shape.
struct SpectralTask {
    MatrixShape shape;
    SpectrumPlan plan;
};

/// Numbers in each array of a solver.
struct SolverExtent {
    std::int64_t tall = 0, gram = 0, inverse = 0, products = 0;
    std::int64_t tiles = 0;   ///< of count_panels()
    std::int64_t square = 0;  ///< R, or [[0, R], [R^T, 0]]
    std::int64_t tau = 0, pointers = 0;
    std::int64_t left = 0, right = 0;  ///< U and V, which gesvdjBatched wants room for
    std::int64_t work = 0;             ///< bytes
    std::int64_t host_work = 0;        ///< bytes

    void cover(const SolverExtent& other);
    [[nodiscard]] std::int64_t bytes() const;  ///< on the device
};

/// cuSOLVER's parameter objects.
class SolverParameters {
  public:
    SolverParameters();
    ~SolverParameters();
    SolverParameters(const SolverParameters&) = delete;
    SolverParameters& operator=(const SolverParameters&) = delete;

    [[nodiscard]] cusolverDnParams_t eigen() const { return eigen_; }
    [[nodiscard]] gesvdjInfo_t jacobi() const { return jacobi_; }

  private:
    void destroy() noexcept;

    cusolverDnParams_t eigen_ = nullptr;
    gesvdjInfo_t jacobi_ = nullptr;
};

/// Everything is enqueued on the queue's stream; nothing waits. Matrices are those of tall(), as
/// kernels/gram.cuh has them: sub_batch(none, shape) of them, of which the caller fills the first
/// `count` and pad() the others.
class SpectralSolver {
  public:
    /// Bytes of device memory the constructor takes, exactly.
    [[nodiscard]] static std::int64_t need(const Queue& queue, std::span<const SpectralTask> tasks);

    /// Errors  OutOfMemory; DeviceError; InvalidArgument for a side that the libraries cannot take.
    SpectralSolver(Memory& memory, const Queue& queue, std::span<const SpectralTask> tasks);

    [[nodiscard]] double* tall() const { return tall_.get(); }
    void pad(MatrixShape shape, std::int64_t count);

    /// sums [count]. The Gram matrices stay for values(gram, ...).
    void gram(MatrixShape shape, std::int64_t count, std::int64_t batch, GramSums* sums);
    /// Ends of the ranks of the Gram matrices, which gram() left. Of `batch` the caller gives
    /// everything but the matrices: results, and what they are to be of.
    void panels(MatrixShape shape, PanelBatch batch);
    /// sums [count].
    void cosines(MatrixShape shape, std::int64_t count, CosineSums* sums);
    /// values [count, value_count()] and info [count], with room for sub_batch(routine) more.
    /// Destroys the matrices: comes last.
    void values(SpectrumRoutine routine, MatrixShape shape, std::int64_t count, double* values,
                int* info);

  private:
    [[nodiscard]] static SolverExtent extent(const Queue& queue, const SolverParameters& parameters,
                                             std::span<const SpectralTask> tasks);

    /// R of `count` matrices [k, n] from `tall` on, in their place.
    void triangularise(double* tall, int k, int n, int count);
    void jacobi(double* a, int m, int n, int count, double* values, int* info);
    void eigenvalues(double* a, std::int64_t n, std::int64_t count, double* values, int* info);

    const Queue* queue_;
    SolverParameters parameters_;
    SolverExtent extent_;
    Buffer<double> tall_, gram_, inverse_, products_, tiles_, square_, tau_, left_, right_;
    Buffer<double*> pointers_;
    Buffer<unsigned char> work_;
    std::vector<unsigned char> host_work_;
};

}  // namespace rankchain::cuda
