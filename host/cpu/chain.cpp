// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/chain.hpp"

#include "host/chain_plan.hpp"
#include "host/cpu/blas_threads.hpp"
#include "host/cpu/compress.hpp"
#include "host/cpu/generated.hpp"
#include "host/cpu/layer.hpp"
#include "host/cpu/measure.hpp"
#include "host/cpu/weights.hpp"
#include "host/parallel.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace rankchain::cpu {
namespace {

template <class T>
std::int64_t matrix_size(const ChainPlan& plan) {
    return plan.rows * row_stride<T>(plan.cols);
}

// What one thread works in.
template <class T>
struct Workspace {
    Workspace(const ChainSpec& spec, const ChainPlan& plan)
        : other(matrix_size<T>(plan)),
          weights(spec.network, plan.input_rows),
          qr(plan.compress ? compress_doubles(plan.rows, plan.cols) : 0) {}

    static std::int64_t bytes(const ChainSpec& spec, const ChainPlan& plan) {
        return matrix_size<T>(plan) * static_cast<std::int64_t>(sizeof(T)) +
               Generated<T>::bytes(spec.network, plan.input_rows) +
               (plan.compress ? compress_doubles(plan.rows, plan.cols) * 8 : 0);
    }

    Buffer<T> other;  // the H that is not in the draw's own place
    Generated<T> weights;
    Buffer<double> qr;
};

// What is known of a draw beside its numbers.
struct DrawState {
    DrawStatus status;
    double log_scale = 0;           // of H
    double log_scale_observed = 0;  // of what is observed
};

template <class T>
class CpuChunk final : public Chunk {
  public:
    CpuChunk(const ChainSpec& spec, DrawRange range, int threads)
        : spec_(spec),
          plan_(spec),
          range_(range),
          threads_(threads),
          draws_(static_cast<std::size_t>(range.count)),
          h_(range.count * matrix_size<T>(plan_)),
          p_(plan_.keeps_p ? range.count * matrix_size<T>(plan_) : 0),
          x_(plan_.shared_input ? plan_.input_rows * row_stride<T>(plan_.cols) : 0) {
        for (int t = 0; t < threads_; ++t)
            workspaces_.emplace_back(spec_, plan_);
        fill();
    }

    void advance(std::int64_t layer) override {
        require_next_layer(layer, layer_, spec_.network.depth);
        if (layer == layer_) return;
        const SingleBlasThread one_blas_thread;
        parallel_for(range_.count, threads_, [&](std::int64_t b, int thread) {
            advance_draw(b, layer, workspaces_[static_cast<std::size_t>(thread)]);
        });
        layer_ = layer;
    }

    Samples measure(std::span<const Quantity> quantities) override {
        Samples samples;
        samples.draws = range_.count;
        const std::size_t size = quantities.size() * draws_.size();
        samples.values.assign(size, std::numeric_limits<double>::quiet_NaN());
        samples.resolved.assign(size, 0);
        samples.margin.assign(size, 0.0);
        samples.status.resize(draws_.size());
        const SingleBlasThread one_blas_thread;
        std::vector<Measurement<T>> sound;
        for (std::int64_t b = 0; b < range_.count; ++b) {
            const auto i = static_cast<std::size_t>(b);
            samples.status[i] = draws_[i].status;
            if (draws_[i].status.failed_layer >= 0 || quantities.empty()) continue;
            sound.push_back({observed_matrix(b), samples.values.data() + b,
                             samples.resolved.data() + b, samples.margin.data() + b,
                             &samples.status[i]});
        }
        measure_all(std::span<const Measurement<T>>(sound), quantities, spec_.spectrum,
                    range_.count, threads_);
        const bool decided = std::all_of(samples.margin.begin(), samples.margin.end(),
                                         [](double margin) { return margin == 0.0; });
        if (decided) samples.margin = {};
        return samples;
    }

    void observed(BatchView<double> out) override {
        require_observed(spec_, plan_, layer_, range_.count, out);
        const std::int64_t rows = plan_.rows_at(layer_);
        for (std::int64_t b = 0; b < range_.count; ++b) {
            const Observed<T> h = observed_matrix(b);
            const bool failed = draws_[static_cast<std::size_t>(b)].status.failed_layer >= 0;
            double* to = out.matrix(b);
            for (std::int64_t i = 0; i < rows; ++i) {
                for (std::int64_t j = 0; j < plan_.cols; ++j) {
                    *to++ = failed ? std::numeric_limits<double>::quiet_NaN()
                                   : static_cast<double>(h.data[i * h.stride + j]);
                }
            }
        }
    }

    [[nodiscard]] std::int64_t layer() const override { return layer_; }
    [[nodiscard]] DrawRange draws() const override { return range_; }

  private:
    // H_0.
    void fill() {
        const auto round = [&](const double* from, std::int64_t rows, T* to) {
            const std::int64_t stride = row_stride<T>(plan_.cols);
            for (std::int64_t i = 0; i < rows; ++i) {
                for (std::int64_t j = 0; j < plan_.cols; ++j) {
                    to[i * stride + j] = static_cast<T>(from[i * plan_.cols + j]);
                }
            }
        };
        if (spec_.input.kind == Input::Kind::given) {
            round(spec_.input.values->data(), plan_.input_rows, x_.get());
            return;
        }
        const std::int64_t copies = plan_.shared_input ? 1 : range_.count;
        T* const to = plan_.shared_input ? x_.get() : h_.get();
        parallel_for(copies, threads_, [&](std::int64_t b, int) {
            std::vector<double> x(static_cast<std::size_t>(plan_.rows * plan_.cols));
            fill_input(spec_.input, spec_.seed, static_cast<std::uint64_t>(range_.first + b),
                       plan_.rows, plan_.cols, x.data());
            round(x.data(), plan_.rows, to + b * matrix_size<T>(plan_));
        });
    }

    // The shape of H_l, l >= 1, at `data`.
    [[nodiscard]] Matrix<T> place(T* data, std::int64_t layer) const {
        const std::int64_t cols = plan_.cols_at(layer);
        return {data, plan_.rows, cols, row_stride<T>(cols)};
    }
    [[nodiscard]] T* own(std::int64_t b) const { return h_.get() + b * matrix_size<T>(plan_); }

    void advance_draw(std::int64_t b, std::int64_t target, Workspace<T>& work) {
        DrawState& draw = draws_[static_cast<std::size_t>(b)];
        if (draw.status.failed_layer >= 0) return;
        Matrix<const T> h =
            layer_ == 0 && plan_.shared_input
                ? Matrix<const T>{x_.get(), plan_.input_rows, plan_.cols, row_stride<T>(plan_.cols)}
                : place(own(b), layer_);
        for (std::int64_t l = layer_ + 1; l <= target; ++l) {
            if (l == 2 && plan_.compress) {
                const Matrix<T> k = place(own(b), 2);
                compress(h, plan_.centers, work.qr.get(), k);
                h = k;
            }
            const Matrix<T> next = place(h.data == own(b) ? work.other.get() : own(b), l);
            const bool keep = plan_.keeps_p && l == target;
            LayerRule rule = layer_rule(spec_.network, plan_.rows, h.rows);
            rule.norm.compressed = plan_.compress && l > 1;
            work.weights.select(spec_.seed, static_cast<std::uint64_t>(range_.first + b),
                                static_cast<std::uint32_t>(l), plan_.rows, h.rows);
            const NormFaults faults =
                apply_layer<T>(rule, work.weights, h, next,
                               keep ? place(p_.get() + b * matrix_size<T>(plan_), l) : Matrix<T>{});
            if (!faults.finite) {
                draw.status.failed_layer = l;
                return;
            }
            draw.status.degenerate_rows += faults.degenerate;
            // P of act-norm comes before the norm of its own layer.
            draw.log_scale_observed = draw.log_scale;
            draw.log_scale += faults.log_scale;
            if (!(plan_.keeps_p && plan_.p_before_norm)) {
                draw.log_scale_observed = draw.log_scale;
            }
            h = next;
        }
        if (h.data != own(b)) std::copy_n(h.data, h.rows * h.stride, own(b));
    }

    [[nodiscard]] Observed<T> observed_matrix(std::int64_t b) const {
        if (layer_ == 0) {
            const T* const data = plan_.shared_input ? x_.get() : own(b);
            return {
                data, plan_.input_rows, plan_.cols, row_stride<T>(plan_.cols), plan_.cols, 0, false,
                0};
        }
        const DrawState& draw = draws_[static_cast<std::size_t>(b)];
        const Matrix<T> h =
            place(plan_.keeps_p ? p_.get() + b * matrix_size<T>(plan_) : own(b), layer_);
        return {h.data,
                h.rows,
                h.cols,
                h.stride,
                plan_.cols,
                layer_,
                plan_.rows_centred(layer_),
                draw.log_scale_observed};
    }

    ChainSpec spec_;
    ChainPlan plan_;
    DrawRange range_;
    int threads_;
    std::int64_t layer_ = 0;
    std::vector<DrawState> draws_;
    Buffer<T> h_;                          // [B, d, N]
    Buffer<T> p_;                          // the same, where P is kept
    Buffer<T> x_;                          // [d_in, N], where X is shared
    std::deque<Workspace<T>> workspaces_;  // one a thread
};

template <class T>
MemoryNeed memory(const ChainSpec& spec, std::span<const Quantity> quantities, int threads) {
    const ChainPlan plan(spec);
    const auto element = static_cast<std::int64_t>(sizeof(T));
    const std::int64_t tallest = std::max(plan.rows, plan.input_rows);
    MemoryNeed need;
    need.per_draw =
        matrix_size<T>(plan) * element * (plan.keeps_p ? 2 : 1) +
        static_cast<std::int64_t>(sizeof(DrawState) + sizeof(DrawStatus) + sizeof(Measurement<T>)) +
        static_cast<std::int64_t>(quantities.size()) * 17;
    const std::int64_t input = plan.rows * plan.cols * 8;  // one X in float64 at a time
    const std::int64_t one_thread =
        Workspace<T>::bytes(spec, plan) +
        std::max(input, quantities.empty() ? 0 : measure_bytes(tallest, plan.cols, quantities));
    need.fixed = threads * one_thread +
                 (plan.shared_input ? plan.input_rows * row_stride<T>(plan.cols) * element : 0);
    return need;
}

}  // namespace

std::unique_ptr<Chunk> begin_chunk(const ChainSpec& spec, DrawRange range, int threads) {
    if (spec.network.precision == Precision::float32) {
        return std::make_unique<CpuChunk<float>>(spec, range, threads);
    }
    return std::make_unique<CpuChunk<double>>(spec, range, threads);
}

MemoryNeed chunk_memory(const ChainSpec& spec, std::span<const Quantity> quantities, int threads) {
    return spec.network.precision == Precision::float32 ? memory<float>(spec, quantities, threads)
                                                        : memory<double>(spec, quantities, threads);
}

}  // namespace rankchain::cpu
