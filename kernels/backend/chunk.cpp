// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "kernels/backend/chunk.hpp"

#include "host/chain_plan.hpp"
#include "kernels/backend/measured_matrices.hpp"
#include "kernels/backend/part.hpp"
#include "kernels/backend/spectrum.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

namespace rankchain::cuda {
namespace {

// Every shape that is measured on the way of a chain.
std::vector<MatrixShape> observed_shapes(const ChainPlan& plan) {
    std::vector<MatrixShape> shapes{{plan.rows, plan.cols, plan.cols}};
    const MatrixShape input{plan.input_rows, plan.cols, plan.cols};
    const MatrixShape compressed{plan.rows, plan.rows, plan.cols};
    if (input != shapes[0]) shapes.push_back(input);
    if (plan.compress) shapes.push_back(compressed);
    return shapes;
}

bool same(std::span<const Quantity> a, std::span<const Quantity> b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const Quantity& x, const Quantity& y) {
                          return x.metric == y.metric && x.index == y.index &&
                                 (x.metric != Metric::soft_rank || x.tau == y.tau);
                      });
}

// A part and what measures it.
template <class T>
struct Half {
    Half(Context& context, int queue, const ChainSpec& spec, const ChainPlan& plan, DrawRange range)
        : part(context.memory(), context.queue(queue), context.shared_limit(), spec, plan, range) {}

    ChainPart<T> part;
    std::array<Event, 2> advanced;  // of every second call of advance
    std::optional<SpectralStage<T>> stage;
};

template <class T>
class CudaChunk final : public Chunk {
  public:
    CudaChunk(std::shared_ptr<Context> context, const ChainSpec& spec, DrawRange range)
        : context_(std::move(context)), spec_(spec), plan_(spec), range_(range) {
        DrawRange rest = range;
        for (int q = 0; q < Context::queues && rest.count > 0; ++q) {
            const std::int64_t left = Context::queues - q;
            const std::int64_t count = (rest.count + left - 1) / left;
            halves_.emplace_back(*context_, q, spec_, plan_, DrawRange{rest.first, count});
            rest = {rest.first + count, rest.count - count};
        }
    }

    void advance(std::int64_t layer) override {
        require_next_layer(layer, layer_, spec_.network.depth);
        if (layer == layer_) return;
        context_->use();
        const auto turn = static_cast<std::size_t>(advances_ % 2);
        for (Half<T>& half : halves_)
            half.advanced[turn].wait();
        // Where the host makes the weights, for one half while the other is at work.
        const std::int64_t step = has_given_weights(spec_.network) ? 1 : layer - layer_;
        for (std::int64_t from = layer_; from < layer; from += step) {
            for (Half<T>& half : halves_)
                half.part.advance(from, from + step);
        }
        for (Half<T>& half : halves_)
            half.advanced[turn].record(half.part.queue().stream());
        if (advances_ == 0) {
            for (Half<T>& half : halves_)
                half.advanced[turn].wait();
        }
        ++advances_;
        layer_ = layer;
    }

    Samples measure(std::span<const Quantity> quantities) override {
        context_->use();
        Samples samples;
        samples.draws = range_.count;
        const std::size_t size = quantities.size() * static_cast<std::size_t>(range_.count);
        samples.values.assign(size, std::numeric_limits<double>::quiet_NaN());
        samples.resolved.assign(size, 0);
        samples.margin.assign(size, 0.0);
        samples.status.resize(static_cast<std::size_t>(range_.count));
        prepare(quantities);
        for (Half<T>& half : halves_) {
            half.part.download_status();
            if (!quantities.empty()) half.stage->enqueue(half.part.observed(layer_));
        }
        std::int64_t first = 0;
        for (Half<T>& half : halves_) {
            half.part.queue().wait();
            for (std::int64_t b = 0; b < half.part.range().count; ++b) {
                samples.status[static_cast<std::size_t>(first + b)] = half.part.status(b);
            }
            if (!quantities.empty()) half.stage->collect(samples, first);
            first += half.part.range().count;
        }
        drop_decided(samples.margin);
        return samples;
    }

    void observed(BatchView<double> out) override {
        require_observed(spec_, plan_, layer_, range_.count, out);
        context_->use();
        const auto failed = std::numeric_limits<double>::quiet_NaN();
        std::int64_t first = 0;
        for (Half<T>& half : halves_) {
            const ObservedBatch<T> batch = half.part.observed(layer_);
            const std::int64_t size = batch.rows * batch.cols;
            std::vector<T> host(
                static_cast<std::size_t>(batch.stride == 0 ? size : size * batch.draws));
            half.part.download_status();
            download(host.data(), batch.data, static_cast<std::int64_t>(host.size()),
                     half.part.queue().stream());
            half.part.queue().wait();
            for (std::int64_t b = 0; b < batch.draws; ++b) {
                double* const to = out.matrix(first + b);
                if (half.part.status(b).failed_layer >= 0) {
                    std::fill_n(to, size, failed);
                } else {
                    std::copy_n(host.data() + b * batch.stride, size, to);
                }
            }
            first += batch.draws;
        }
    }

    [[nodiscard]] std::int64_t layer() const override { return layer_; }
    [[nodiscard]] DrawRange draws() const override { return range_; }

  private:
    // The stages for these quantities, which are the same from depth to depth of a study.
    void prepare(std::span<const Quantity> quantities) {
        if (same(quantities, quantities_)) return;
        quantities_.clear();
        for (Half<T>& half : halves_)
            half.stage.reset();
        for (Half<T>& half : halves_) {
            half.stage.emplace(context_->memory(), half.part.queue(), observed_shapes(plan_),
                               half.part.range().count, quantities, spec_.spectrum);
        }
        quantities_.assign(quantities.begin(), quantities.end());
    }

    std::shared_ptr<Context> context_;
    ChainSpec spec_;
    ChainPlan plan_;
    DrawRange range_;
    std::int64_t layer_ = 0;
    std::int64_t advances_ = 0;
    std::deque<Half<T>> halves_;
    std::vector<Quantity> quantities_;  // those of the stages; none: no stages
};

template <class T>
MemoryNeed memory(Context& context, const ChainSpec& spec, std::span<const Quantity> quantities) {
    const ChainPlan plan(spec);
    MemoryNeed need = ChainPart<T>::need(spec, plan, context.shared_limit());
    if (!quantities.empty()) {
        const MemoryNeed stage = SpectralStage<T>::need(context.queue(0), observed_shapes(plan),
                                                        quantities, spec.spectrum);
        need.fixed += stage.fixed;
        need.per_draw += stage.per_draw;
    }
    need.fixed *= Context::queues;
    return need;
}

}  // namespace

std::unique_ptr<Chunk> begin_chunk(const std::shared_ptr<Context>& context, const ChainSpec& spec,
                                   DrawRange range) {
    if (spec.network.precision == Precision::float32) {
        return std::make_unique<CudaChunk<float>>(context, spec, range);
    }
    return std::make_unique<CudaChunk<double>>(context, spec, range);
}

MemoryNeed chunk_memory(Context& context, const ChainSpec& spec,
                        std::span<const Quantity> quantities) {
    return spec.network.precision == Precision::float32 ? memory<float>(context, spec, quantities)
                                                        : memory<double>(context, spec, quantities);
}

}  // namespace rankchain::cuda
