// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Norms of rows and columns, fused with what stands before and after them:
//
//   Z = factor (w H) + H;  P = norm(Z), H = act(P)  or  P = Z, H = norm(act(Z))
//
// Reads w H (and H where there is a residual) once and writes H (and P) once: 2 to 4 numbers an
// element through device memory, three passes over a copy in shared memory between. A line that is
// too long for that is worked on in place of w H. Memory bandwidth limits it: some ten operations
// an element, and a long activation's.
#include "kernels/chain_large_launch.cuh"
#include "kernels/chain_lines.cuh"
#include "kernels/norm_numbers.cuh"
#include "kernels/shared_memory.cuh"

#include <cmath>

namespace rankchain::cuda {
namespace {

/// Where a thread keeps its part of a line between passes.
template <class T, bool staged>
struct Kept {
    T* base;
    const Members& at;

    __device__ __forceinline__ T& operator()(std::int64_t r) const {
        if constexpr (staged) return base[r * line_threads];
        return base[at.first + r * at.step];
    }
};

// Two blocks a multiprocessor: left to itself the compiler spills on sm_100. (ptxas 13.0, 2026-11;
// not tuned on a device yet.)
template <class T, class Line, bool staged>
__global__ void __launch_bounds__(line_threads, 2)
    lines_kernel(const LargeLayer<T> layer, std::int64_t blocks_of_draw) {
    const std::int64_t draw = blockIdx.x / blocks_of_draw;
    if (layer.failed_layer[draw] >= 0) return;
    const NormNumbers<T> norm(layer);
    const std::int64_t size = std::int64_t{layer.rows} * layer.cols;
    T* const product = layer.product + draw * size;
    T* const output = layer.output + draw * size;
    T* const preactivation =
        layer.preactivation == nullptr ? nullptr : layer.preactivation + draw * size;
    const T* const input = layer.residual ? layer.input + draw * layer.input_stride : nullptr;

    Carver carver(dynamic_shared);
    T* const scratch = carver.take<T>(Line::scratch);
    Line line(scratch, layer.cols, blockIdx.x - draw * blocks_of_draw);
    const Members at = line.members(layer.rows, layer.cols);
    const Kept<T, staged> z{
        staged ? carver.take<T>(staged_bytes / sizeof(T)) + threadIdx.x : product, at};

    bool finite = true;
    T largest = 0;
    for (std::int64_t r = 0; r < at.count; ++r) {
        const std::int64_t i = at.first + r * at.step;
        T v = layer.residual ? std::fma(layer.factor, product[i], input[i])
                             : layer.factor * product[i];
        if (layer.act_first) {
            if (preactivation != nullptr) preactivation[i] = v;
            finite = finite && is_finite(v);  // tanh and sign would make it so
            v = activate_one(layer.act, v);
        }
        z(r) = v;
        largest = Largest()(largest, std::fabs(v));
    }
    const T first = line.of_leader(at.count > 0 ? z(0) : T(0));
    largest = line.reduce(Largest(), largest);

    // Brought near 1 by a power of two, so that no square leaves the range of T, and then
    // deviations from the first element, so that a constant line has none.
    const bool any = norm.center || norm.scale;
    const PowerOfTwo<T> power =
        any ? power_of_two(norm.scale && norm.root_eps > largest ? norm.root_eps : largest)
            : PowerOfTwo<T>{T(1), T(1), 0};
    const bool columns = norm.norm == Norm::layer || norm.norm == Norm::rms;
    const T members = static_cast<T>(columns ? norm.rows : norm.batch);
    T mean = 0;
    if (norm.center) {
        const T shift = first * power.down;
        T sum = 0;
        for (std::int64_t r = 0; r < at.count; ++r) {
            const T v = z(r) * power.down - shift;
            z(r) = v;
            sum += v;
        }
        mean = line.reduce(Sum(), sum) / members;
    }
    const T down = norm.center ? T(1) : power.down;
    T factor = norm.center ? power.up : T(1);
    if (norm.scale) {
        T squares = 0;
        for (std::int64_t r = 0; r < at.count; ++r) {
            const T v = z(r) * down - mean;
            squares = std::fma(v, v, squares);
        }
        squares = line.reduce(Sum(), squares);
        const T divisor = std::sqrt(squares / members + norm.eps * power.down * power.down);
        const bool degenerate = divisor == T(0);
        factor = degenerate ? T(0) : T(1) / divisor;
        if (degenerate && line.leads() && at.count > 0) {
            atomicAdd(&layer.faults[draw].degenerate, 1U);
        }
    }
    for (std::int64_t r = 0; r < at.count; ++r) {
        const std::int64_t i = at.first + r * at.step;
        T v = (z(r) * down - mean) * factor;
        finite = finite && is_finite(v);
        if (!layer.act_first) {
            if (preactivation != nullptr) preactivation[i] = v;
            v = activate_one(layer.act, v);
        }
        output[i] = v;
    }
    if (!finite) atomicAdd(&layer.faults[draw].not_finite, 1U);
}

template <class T, class Line, bool staged>
cudaError_t launch(const LargeLayer<T>& layer, std::int64_t lines, int lines_of_block,
                   cudaStream_t stream) {
    const std::int64_t blocks = (lines + lines_of_block - 1) / lines_of_block;
    CarvedBytes bytes;
    (void)bytes.take<T>(Line::scratch);
    if (staged) (void)bytes.take<T>(staged_bytes / sizeof(T));
    return launch_large("norm of lines", lines_kernel<T, Line, staged>, layer.draws * blocks,
                        bytes.bytes(), stream, layer, blocks);
}

}  // namespace

template <class T>
cudaError_t finish_rows(const LargeLayer<T>& layer, cudaStream_t stream) {
    constexpr std::int64_t of_thread = staged_of_thread<T>;
    if (layer.cols <= of_thread * warp_lanes) {
        return launch<T, WarpRow, true>(layer, layer.rows, WarpRow::lines, stream);
    }
    using Row = BlockRow<T>;
    return layer.cols <= of_thread * line_threads
               ? launch<T, Row, true>(layer, layer.rows, Row::lines, stream)
               : launch<T, Row, false>(layer, layer.rows, Row::lines, stream);
}

template <class T>
cudaError_t finish_columns(const LargeLayer<T>& layer, cudaStream_t stream) {
    const int columns = columns_of_block(layer.cols);
    return layer.rows <= staged_of_thread<T> * (line_threads / columns)
               ? launch<T, BlockColumns<T>, true>(layer, layer.cols, columns, stream)
               : launch<T, BlockColumns<T>, false>(layer, layer.cols, columns, stream);
}

template cudaError_t finish_rows(const LargeLayer<float>&, cudaStream_t);
template cudaError_t finish_rows(const LargeLayer<double>&, cudaStream_t);
template cudaError_t finish_columns(const LargeLayer<float>&, cudaStream_t);
template cudaError_t finish_columns(const LargeLayer<double>&, cudaStream_t);

}  // namespace rankchain::cuda
