// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rankchain/metrics.hpp>
#include <rankchain/network.hpp>

#include <cstdint>
#include <span>

namespace rankchain::cpu {

/// One draw's observed matrix, as the chain carries it.
template <class T>
struct Observed {
    const T* data = nullptr;  ///< [rows, cols], row-major
    std::int64_t rows = 0;    ///< d, or d_in at layer 0
    std::int64_t cols = 0;    ///< N, or fewer where the chain is compressed (H = K Q^T)
    std::int64_t stride = 0;  ///< elements from row to row
    std::int64_t batch = 0;   ///< N, as every formula means it
    std::int64_t layer = 0;
    bool centred = false;  ///< rows have mean zero by construction
    double log_scale = 0;  ///< ln of what H was multiplied by so far (norm `none`), for lyapunov
};

/// Metrics of one matrix. What is asked for decides what is computed (choose_count()): Gram metrics
/// never cost a spectrum. values[q * stride] and resolved[q * stride] for quantity q.
/// Sets status.spectrum_failed where no solver converged.
template <class T>
void measure(const Observed<T>& h, std::span<const Quantity> quantities, double* values,
             std::uint8_t* resolved, std::int64_t stride, DrawStatus& status,
             SpectrumMethod method = SpectrumMethod::automatic);

/// One matrix of many and where its results go.
template <class T>
struct Measurement {
    Observed<T> h;
    double* values = nullptr;
    std::uint8_t* resolved = nullptr;
    double* margin = nullptr;  ///< null: not wanted
    DrawStatus* status = nullptr;
};

/// The same of many matrices that share shape, batch, layer and `centred`, on `threads` threads
/// with one BLAS thread each, which the caller sees to. They go in groups side by side in the lanes
/// of vectors where that pays. No result depends on which matrices are measured together.
template <class T>
void measure_all(std::span<const Measurement<T>> matrices, std::span<const Quantity> quantities,
                 SpectrumMethod method, std::int64_t stride, int threads);

/// Bytes a thread allocates in measure() and measure_all() of matrices [rows, cols], at most.
std::int64_t measure_bytes(std::int64_t rows, std::int64_t cols,
                           std::span<const Quantity> quantities);

}  // namespace rankchain::cpu
