// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// A layer of a sub-batch, d = N: 2 d^3 operations a draw in the product, which limits it in float64
// and from d of some hundreds in float32; d^2 weights made and written, read with H by the product,
// 2 to 4 d^2 numbers through the norm. Where the sub-batch stays in the second-level cache device
// memory sees H once a launch.
#include "kernels/backend/large.hpp"

#include "kernels/weights.cuh"
#include <rankchain/error.hpp>

#include <algorithm>
#include <string>
#include <type_traits>

namespace rankchain::cuda {
namespace {

// Enough to fill a device with the smallest matrices. (2026-11, not tuned on a device yet.)
constexpr std::int64_t most_draws = 256;

// Numbers a draw takes of each buffer.
std::int64_t weight_numbers(const LargeShape& shape) {
    return shape.rows * std::max(shape.rows, shape.input_rows);
}
std::int64_t hidden_numbers(const LargeShape& shape) {
    return std::max(shape.rows, shape.input_rows) * shape.cols;
}
std::int64_t product_numbers(const LargeShape& shape) {
    return shape.rows * shape.cols;
}

cublasStatus_t gemm(cublasHandle_t handle, int m, int n, int k, const float* a, std::int64_t a_step,
                    const float* b, std::int64_t b_step, float* c, std::int64_t c_step, int batch) {
    const float one = 1;
    const float zero = 0;
    return cublasSgemmStridedBatched(handle, CUBLAS_OP_N, CUBLAS_OP_N, m, n, k, &one, a, m, a_step,
                                     b, k, b_step, &zero, c, m, c_step, batch);
}
cublasStatus_t gemm(cublasHandle_t handle, int m, int n, int k, const double* a,
                    std::int64_t a_step, const double* b, std::int64_t b_step, double* c,
                    std::int64_t c_step, int batch) {
    const double one = 1;
    const double zero = 0;
    return cublasDgemmStridedBatched(handle, CUBLAS_OP_N, CUBLAS_OP_N, m, n, k, &one, a, m, a_step,
                                     b, k, b_step, &zero, c, m, c_step, batch);
}

template <class T>
void copy(T* to, const T* from, std::int64_t n, cudaStream_t stream) {
    check(cudaMemcpyAsync(to, from, static_cast<std::size_t>(n) * sizeof(T),
                          cudaMemcpyDeviceToDevice, stream),
          "cudaMemcpyAsync(device to device)");
}

template <class T>
void clear(const Buffer<T>& buffer, cudaStream_t stream) {
    check(cudaMemsetAsync(buffer.get(), 0, static_cast<std::size_t>(buffer.size()) * sizeof(T),
                          stream),
          "cudaMemsetAsync");
}

}  // namespace

template <class T>
std::int64_t LargeChain<T>::draws_at_once(const LargeShape& shape) {
    const std::int64_t bytes =
        (weight_numbers(shape) + hidden_numbers(shape) + product_numbers(shape)) *
        static_cast<std::int64_t>(sizeof(T));
    return std::clamp<std::int64_t>(shape.budget / bytes, 1, most_draws);
}

template <class T>
std::int64_t LargeChain<T>::need(const LargeShape& shape) {
    const std::int64_t draws = draws_at_once(shape);
    return buffer_bytes<T>(draws * weight_numbers(shape)) +
           buffer_bytes<T>(draws * product_numbers(shape)) +
           buffer_bytes<T>(draws * hidden_numbers(shape)) + buffer_bytes<LayerFaults>(draws) +
           buffer_bytes<WholePart>(draws * whole_parts_limit) + buffer_bytes<LargeScale>(draws);
}

template <class T>
LargeChain<T>::LargeChain(Memory& memory, cublasHandle_t handle, cudaStream_t stream,
                          const LargeShape& shape)
    : handle_(handle),
      stream_(stream),
      shape_(shape),
      at_once_(draws_at_once(shape)),
      weights_(memory, at_once_ * weight_numbers(shape)),
      product_(memory, at_once_ * product_numbers(shape)),
      last_(memory, at_once_ * hidden_numbers(shape)),
      faults_(memory, at_once_),
      parts_(memory, at_once_ * whole_parts_limit),
      whole_(memory, at_once_) {
    clear(weights_, stream_);
    clear(last_, stream_);
    clear(faults_, stream_);
}

template <class T>
void LargeChain<T>::advance(const FusedChain<T>& chain) {
    const auto refuse = [](const std::string& what) { throw InvalidArgument(what); };
    const std::int64_t input_rows = chain.from == 0 ? chain.first.cols : chain.rows;
    if (chain.rows != shape_.rows || chain.cols < 1 || chain.cols > shape_.cols || input_rows < 1 ||
        input_rows > std::max(shape_.rows, shape_.input_rows)) {
        refuse("a chain [" + std::to_string(chain.rows) + ", " + std::to_string(chain.cols) +
               "] from " + std::to_string(input_rows) + " rows in a place for [" +
               std::to_string(shape_.rows) + ", " + std::to_string(shape_.cols) + "] from " +
               std::to_string(shape_.input_rows));
    }
    if (chain.given != nullptr && chain.to - chain.from > 1) {
        refuse("given weights are for one layer, not " + std::to_string(chain.to - chain.from));
    }
    if (chain.to == chain.from) return;
    for (std::int64_t first = 0; first < chain.draws; first += at_once_) {
        advance_some(chain, first, std::min(at_once_, chain.draws - first));
    }
}

template <class T>
void LargeChain<T>::advance_some(const FusedChain<T>& chain, std::int64_t first,
                                 std::int64_t count) {
    const std::int64_t size = std::int64_t{chain.rows} * chain.cols;
    T* const output = chain.output + first * size;
    const T* h = chain.input + first * chain.input_stride;
    std::int64_t h_stride = chain.input_stride;
    T* between = output;  // H of the layers before the last one
    if (count < at_once_) {
        between = last_.get();
        if (h_stride != 0) {
            const std::int64_t rows = chain.from == 0 ? chain.first.cols : chain.rows;
            const std::int64_t numbers = rows * chain.cols;
            if (h_stride == numbers) {
                copy(last_.get(), h, count * numbers, stream_);
            } else {
                for (std::int64_t b = 0; b < count; ++b)
                    copy(last_.get() + b * numbers, h + b * h_stride, numbers, stream_);
            }
            h = last_.get();
            h_stride = numbers;
        }
    }
    for (std::int64_t l = chain.from + 1; l <= chain.to; ++l) {
        const LayerNumbers<T> numbers = l == 1 ? chain.first : chain.rest;
        const bool last = l == chain.to;
        multiply(weights(chain, l, numbers.cols, first, count), numbers.cols, h, h_stride,
                 chain.cols);
        LargeLayer<T> layer;
        layer.draws = count;
        layer.rows = chain.rows;
        layer.cols = chain.cols;
        layer.batch = chain.batch;
        layer.compressed = chain.compressed;
        layer.factor = numbers.factor;
        layer.residual = numbers.residual;
        layer.norm = chain.norm;
        layer.act = chain.act;
        layer.act_first = chain.act_first;
        layer.eps = chain.eps;
        layer.product = product_.get();
        layer.input = h;
        layer.input_stride = h_stride;
        layer.output = last ? output : between;
        layer.preactivation =
            last && chain.preactivation != nullptr ? chain.preactivation + first * size : nullptr;
        layer.failed_layer = chain.failed_layer + first;
        layer.faults = faults_.get();
        layer.parts = parts_.get();
        layer.whole = whole_.get();
        check(finish_layer(layer, stream_), "the norm of a layer");

        LayerRecords records;
        records.draws = count;
        records.layer = l;
        records.faults = faults_.get();
        records.whole = chain.norm == Norm::none ? whole_.get() : nullptr;
        records.failed_layer = chain.failed_layer + first;
        records.degenerate_rows = chain.degenerate_rows + first;
        records.log_scale = chain.log_scale + first;
        records.log_scale_before =
            last && chain.log_scale_before != nullptr ? chain.log_scale_before + first : nullptr;
        check(record_layer(records, stream_), "the records of a layer");
        h = layer.output;
        h_stride = size;
    }
}

// Z^T = H^T w^T, column-major.
template <class T>
void LargeChain<T>::multiply(const T* w, std::int64_t w_cols, const T* h, std::int64_t h_stride,
                             int cols) {
    const auto rows = static_cast<int>(shape_.rows);
    const auto inner = static_cast<int>(w_cols);
    check(gemm(handle_, cols, rows, inner, h, h_stride, w, shape_.rows * w_cols, product_.get(),
               shape_.rows * std::int64_t{cols}, static_cast<int>(at_once_)),
          "cublasGemmStridedBatched");
}

template <class T>
const T* LargeChain<T>::weights(const FusedChain<T>& chain, std::int64_t layer, std::int64_t cols,
                                std::int64_t first, std::int64_t count) {
    const std::int64_t numbers = shape_.rows * cols;
    if (chain.given == nullptr) {
        WeightBatch batch;
        batch.law = chain.law;
        batch.seed = chain.seed;
        batch.first_draw = chain.first_draw + static_cast<std::uint64_t>(first);
        batch.layer = static_cast<std::uint32_t>(layer);
        batch.draws = count;
        batch.rows = shape_.rows;
        batch.cols = cols;
        check(make_weights(batch, weights_.get(), stream_), "the weights of a layer");
        return weights_.get();
    }
    const float* const given = chain.given + first * numbers;
    if constexpr (std::is_same_v<T, float>) {
        if (count == at_once_) return given;
        copy(weights_.get(), given, count * numbers, stream_);
    } else {
        check(widen(given, weights_.get(), count * numbers, stream_), "widening weights");
    }
    return weights_.get();
}

template class LargeChain<float>;
template class LargeChain<double>;

}  // namespace rankchain::cuda
