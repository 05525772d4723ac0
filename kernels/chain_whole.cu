// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The norm `none` of matrices of any size, and what is kept of a layer's draws.
//
//   Z = factor (w H) + H;  P = Z c, H = act(P)  or  P = Z, H = act(Z) c;  c = sqrt(d N) / ||.||_F
//
// In parts of a fixed length, since one block of threads would take too long over a large matrix:
// a pass that leaves Z (or act(Z)) in place of w H and a sum of squares a part, one that adds these
// up, and one that multiplies. Reads w H twice and H once, and writes each once: 5 numbers an
// element, through the second-level cache where the sub-batch fits. Memory bandwidth limits it.
#include "kernels/chain_large_launch.cuh"
#include "kernels/chain_lines.cuh"
#include "kernels/norm_numbers.cuh"
#include "kernels/shared_memory.cuh"

#include <algorithm>
#include <cmath>

namespace rankchain::cuda {
namespace {

/// Elements of a part, at least. (2026-11, not tuned on a device yet.)
constexpr std::int64_t least_part = 8192;

/// A matrix in `count` parts of `length` elements, the last one shorter.
struct Parts {
    std::int64_t size, count, length;

    Parts(int rows, int cols)
        : size(std::int64_t{rows} * cols),
          count(std::min((size + least_part - 1) / least_part, whole_parts_limit)),
          length((size + count - 1) / count) {}
};

/// The elements of the block's part that are the thread's.
struct PartMembers {
    std::int64_t draw, part, first, last;

    __device__ explicit PartMembers(const Parts& parts)
        : draw(blockIdx.x / parts.count),
          part(blockIdx.x - draw * parts.count),
          first(part * parts.length),
          last(first + parts.length < parts.size ? first + parts.length : parts.size) {
        first += threadIdx.x;
    }
};

template <class T>
__global__ void __launch_bounds__(line_threads)
    parts_kernel(const LargeLayer<T> layer, const Parts parts) {
    const PartMembers at(parts);
    if (layer.failed_layer[at.draw] >= 0) return;
    T* const product = layer.product + at.draw * parts.size;
    T* const preactivation = layer.act_first && layer.preactivation != nullptr
                                 ? layer.preactivation + at.draw * parts.size
                                 : nullptr;
    const T* const input = layer.residual ? layer.input + at.draw * layer.input_stride : nullptr;
    bool finite = true;
    T largest = 0;
    for (std::int64_t i = at.first; i < at.last; i += line_threads) {
        T v = layer.residual ? std::fma(layer.factor, product[i], input[i])
                             : layer.factor * product[i];
        if (preactivation != nullptr) preactivation[i] = v;
        if (layer.act_first) {
            finite = finite && is_finite(v);  // tanh and sign would make it so
            v = activate_one(layer.act, v);
        }
        product[i] = v;
        largest = Largest()(largest, std::fabs(v));
    }
    if (!finite) atomicAdd(&layer.faults[at.draw].not_finite, 1U);

    Carver carver(dynamic_shared);
    BlockRow<T> block(carver.take<T>(BlockRow<T>::scratch), 0, 0);
    const PowerOfTwo<T> power = power_of_two(block.reduce(Largest(), largest));
    T squares = 0;
    for (std::int64_t i = at.first; i < at.last; i += line_threads) {
        const T v = product[i] * power.down;
        squares = std::fma(v, v, squares);
    }
    squares = block.reduce(Sum(), squares);
    if (block.leads()) {
        layer.parts[at.draw * whole_parts_limit + at.part] = {static_cast<double>(squares),
                                                              power.exponent};
    }
}

/// 2^e, e <= 0; zero where that is nothing beside 1.
__device__ __forceinline__ double small_power(std::int64_t e) {
    return e < -1000 ? 0.0 : double_of_bits(static_cast<std::uint64_t>(1023 + e) << 52);
}

/// 2^-e, `e` of a PowerOfTwo<T>.
template <class T>
__device__ __forceinline__ T down_of(std::int64_t e) {
    if constexpr (sizeof(T) == 4) {
        return arith::Scalar::from_bits(static_cast<std::uint32_t>(127 - e) << 23);
    } else {
        return double_of_bits(static_cast<std::uint64_t>(1023 - e) << 52);
    }
}

/// A block a draw.
template <class T>
__global__ void __launch_bounds__(line_threads)
    scale_kernel(const LargeLayer<T> layer, std::int64_t count) {
    static_assert(whole_parts_limit <= line_threads, "a part a thread");
    const std::int64_t draw = blockIdx.x;
    if (layer.failed_layer[draw] >= 0) return;
    const bool any = threadIdx.x < count;
    const WholePart part =
        any ? layer.parts[draw * whole_parts_limit + threadIdx.x] : WholePart{0.0, -2000};
    Carver carver(dynamic_shared);
    BlockRow<double> block(carver.take<double>(BlockRow<double>::scratch), 0, 0);
    const auto exponent =
        static_cast<std::int64_t>(block.reduce(Largest(), static_cast<double>(part.exponent)));
    const double down = small_power(part.exponent - exponent);
    const double squares = block.reduce(Sum(), part.squares * down * down);
    if (!block.leads()) return;
    LargeScale whole{0.0, 0};
    if (!is_finite(squares)) {
        atomicAdd(&layer.faults[draw].not_finite, 1U);
    } else if (squares == 0.0) {
        atomicAdd(&layer.faults[draw].degenerate, 1U);
    } else {
        const double size = static_cast<double>(layer.rows) * static_cast<double>(layer.batch);
        // What is kept is the number that is multiplied by, with its rounding.
        whole = {static_cast<double>(static_cast<T>(std::sqrt(size) / std::sqrt(squares))),
                 exponent};
    }
    layer.whole[draw] = whole;
}

template <class T>
__global__ void __launch_bounds__(line_threads)
    apply_kernel(const LargeLayer<T> layer, const Parts parts) {
    const PartMembers at(parts);
    if (layer.failed_layer[at.draw] >= 0) return;
    const T* const product = layer.product + at.draw * parts.size;
    T* const output = layer.output + at.draw * parts.size;
    T* const preactivation = !layer.act_first && layer.preactivation != nullptr
                                 ? layer.preactivation + at.draw * parts.size
                                 : nullptr;
    const LargeScale whole = layer.whole[at.draw];
    const auto factor = static_cast<T>(whole.factor);
    const T down = down_of<T>(whole.exponent);
    for (std::int64_t i = at.first; i < at.last; i += line_threads) {
        T v = product[i] * down * factor;
        if (preactivation != nullptr) preactivation[i] = v;
        output[i] = layer.act_first ? v : activate_one(layer.act, v);
    }
}

__global__ void __launch_bounds__(line_threads) record_kernel(const LayerRecords records) {
    const std::int64_t draw = std::int64_t{blockIdx.x} * line_threads + threadIdx.x;
    if (draw >= records.draws || records.failed_layer[draw] >= 0) return;
    const LayerFaults faults = records.faults[draw];
    records.faults[draw] = {0, 0};
    if (faults.not_finite != 0) {
        records.failed_layer[draw] = records.layer;
        return;
    }
    records.degenerate_rows[draw] += faults.degenerate;
    const double before = records.log_scale[draw];
    if (records.log_scale_before != nullptr) records.log_scale_before[draw] = before;
    if (records.whole == nullptr || faults.degenerate != 0) return;
    const LargeScale whole = records.whole[draw];
    records.log_scale[draw] = before + (std::log(whole.factor) -
                                        static_cast<double>(whole.exponent) * 0.6931471805599453);
}

__global__ void __launch_bounds__(line_threads)
    widen_kernel(const float* from, double* to, std::int64_t n) {
    const std::int64_t threads = std::int64_t{gridDim.x} * line_threads;
    for (std::int64_t i = std::int64_t{blockIdx.x} * line_threads + threadIdx.x; i < n;
         i += threads)
        to[i] = static_cast<double>(from[i]);
}

}  // namespace

template <class T>
cudaError_t finish_whole(const LargeLayer<T>& layer, cudaStream_t stream) {
    const Parts parts(layer.rows, layer.cols);
    CarvedBytes bytes;
    (void)bytes.take<double>(BlockRow<double>::scratch);
    cudaError_t status =
        launch_large("squares of parts", parts_kernel<T>, layer.draws * parts.count, bytes.bytes(),
                     stream, layer, parts);
    if (status != cudaSuccess) return status;
    status = launch_large("scale of the whole", scale_kernel<T>, layer.draws, bytes.bytes(), stream,
                          layer, parts.count);
    if (status != cudaSuccess) return status;
    return launch_large("scaling", apply_kernel<T>, layer.draws * parts.count, 0, stream, layer,
                        parts);
}

template <class T>
cudaError_t finish_layer(const LargeLayer<T>& layer, cudaStream_t stream) {
    if (layer.draws == 0) return cudaSuccess;
    switch (layer.norm) {
        case Norm::batch:
        case Norm::batch_center:
        case Norm::batch_scale:
            return finish_rows(layer, stream);
        case Norm::layer:
        case Norm::rms:
            return finish_columns(layer, stream);
        case Norm::none:
            return finish_whole(layer, stream);
    }
    return cudaErrorInvalidValue;
}

cudaError_t record_layer(const LayerRecords& records, cudaStream_t stream) {
    if (records.draws == 0) return cudaSuccess;
    return launch_large("records", record_kernel, (records.draws + line_threads - 1) / line_threads,
                        0, stream, records);
}

cudaError_t widen(const float* from, double* to, std::int64_t n, cudaStream_t stream) {
    if (n == 0) return cudaSuccess;
    return launch_large("widen", widen_kernel, blocks_over(n), 0, stream, from, to, n);
}

template cudaError_t finish_layer(const LargeLayer<float>&, cudaStream_t);
template cudaError_t finish_layer(const LargeLayer<double>&, cudaStream_t);

}  // namespace rankchain::cuda
