// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The spectral stage: the quantities of Chunk::measure (host/ops.hpp) of many matrices at once.
// Besides the public library it takes host/measured.cpp, host/spectrum_choice.cpp and
// host/matrix_input.cpp.
#pragma once

#include "host/ops.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace rankchain::cuda {

class Memory;
class Queue;

/// The observed matrices of consecutive draws, as a chain carries them on the device.
template <class T>
struct ObservedBatch {
    const T* data = nullptr;  ///< [B, rows, cols], row-major, without gaps inside a matrix
    std::int64_t stride = 0;  ///< numbers from draw to draw; 0: one X for all
    std::int64_t draws = 0;   ///< B
    std::int64_t rows = 0;    ///< d, or d_in at layer 0
    std::int64_t cols = 0;    ///< N, or fewer where the chain is compressed (H = K Q^T)
    std::int64_t batch = 0;   ///< N, as every formula means it
    std::int64_t layer = 0;
    bool centred = false;                        ///< rows have mean zero by construction
    const std::int64_t* failed_layer = nullptr;  ///< [B] on the device, -1: none; null: none at all
    const double* log_scale = nullptr;           ///< [B] on the device; null: zeros
};

struct MatrixShape {
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::int64_t batch =
        0;  ///< N; 0: cols. A threshold below what a Gram matrix can show is told by it
    friend bool operator==(const MatrixShape&, const MatrixShape&) = default;
};

/// The slower method for matrices that the first did not bring to converge.
using SecondSolver = std::function<Spectrum(BatchView<const double>)>;

/// rankchain::singular_values on the CPU.
Spectrum host_singular_values(BatchView<const double> h);

/// Measures batches of up to `draws` matrices, each of one of `shapes`, on one queue.
///
/// Sums     as host/cpu/measure.hpp, in float64 from H widened; every order fixed by the shape.
/// Order    run_to_run: a draw's values do not depend on the other draws of its batch.
/// Errors   OutOfMemory; DeviceError.
template <class T>
class SpectralStage {
  public:
    /// Bytes of `memory` that a stage for B draws takes, at most: fixed + per_draw * B.
    [[nodiscard]] static MemoryNeed need(const Queue& queue, std::span<const MatrixShape> shapes,
                                         std::span<const Quantity> quantities,
                                         SpectrumMethod method = SpectrumMethod::automatic);

    /// Takes all its memory; both references must outlive it.
    SpectralStage(Memory& memory, const Queue& queue, std::span<const MatrixShape> shapes,
                  std::int64_t draws, std::span<const Quantity> quantities,
                  SpectrumMethod method = SpectrumMethod::automatic,
                  SecondSolver second = host_singular_values);
    ~SpectralStage();
    SpectralStage(SpectralStage&&) noexcept;
    SpectralStage& operator=(SpectralStage&&) noexcept;

    /// The first method on every draw. Enqueued; does not wait. What `observed` points at must stay
    /// as it is until collect() has returned, and nothing else may be enqueued here before.
    void enqueue(const ObservedBatch<T>& observed);

    /// Waits, settles the draws that the first method could not decide, and fills values, resolved,
    /// margin (where it is not empty) and status[].spectrum_failed of the draws from `first` on; a
    /// draw that failed has NaN throughout.
    void collect(Samples& samples, std::int64_t first);

    /// The singular values themselves, in place of collect() (a stage whose quantities need them):
    /// values and info of the draws from `first` on.
    void collect(Spectrum& spectrum, std::int64_t first);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

extern template class SpectralStage<float>;
extern template class SpectralStage<double>;

}  // namespace rankchain::cuda
