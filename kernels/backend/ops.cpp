// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "kernels/backend/ops.hpp"

#include "host/chain_plan.hpp"
#include "host/entry_law.hpp"
#include "host/matrix_input.hpp"
#include "kernels/backend/chain_path.hpp"
#include "kernels/backend/chunk.hpp"
#include "kernels/backend/context.hpp"
#include "kernels/backend/large.hpp"
#include "kernels/backend/measured_matrices.hpp"
#include "kernels/backend/spectrum.hpp"
#include "kernels/weights.cuh"
#include <rankchain/device.hpp>
#include <rankchain/error.hpp>
#include <rankchain/weights.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace rankchain::cuda {
namespace {

// Batches of the caller's go through the device in pieces of at most so many bytes.
constexpr std::int64_t piece_bytes = std::int64_t{256} << 20;

// body(first, count) over 0 .. draws - 1, `per_draw` bytes each.
template <class Body>
void in_pieces(std::int64_t draws, std::int64_t per_draw, const Body& body) {
    const std::int64_t most =
        std::max<std::int64_t>(1, piece_bytes / std::max<std::int64_t>(1, per_draw));
    for (std::int64_t first = 0; first < draws; first += most)
        body(first, std::min(most, draws - first));
}

// "13.0" of 13000.
std::string version(int number) {
    return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
}

template <class Status>
std::string library_version(Status (*get)(libraryPropertyType, int*)) {
    std::string text;
    for (const libraryPropertyType part : {MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL}) {
        int value = 0;
        check(get(part, &value), "GetProperty");
        text += (text.empty() ? "" : ".") + std::to_string(value);
    }
    return text;
}

class CudaOps final : public Ops {
  public:
    explicit CudaOps(int ordinal) : context_(std::make_shared<Context>(ordinal)) {}

    [[nodiscard]] DeviceInfo info() const override {
        const DeviceFacts& facts = context_->facts();
        int runtime = 0;
        check(cudaRuntimeGetVersion(&runtime), "cudaRuntimeGetVersion");
        // Orthogonal weights, and spectra that no device solver settles, are the host's.
        const Device host{Device::Kind::cpu, 0, 1};
        return {"cuda:" + std::to_string(facts.ordinal) + " (" + facts.name + ")",
                "cuda sm_" + std::to_string(facts.major) + std::to_string(facts.minor) + ", " +
                    std::to_string(facts.multiprocessors) + " multiprocessors; CUDA " +
                    version(runtime) + ", cuBLAS " + library_version(cublasGetProperty) +
                    ", cuSOLVER " + library_version(cusolverGetProperty) + "; host " +
                    describe(host).arithmetic,
                facts.multiprocessors};
    }

    [[nodiscard]] MemoryNeed memory_need(const ChainSpec& spec,
                                         std::span<const Quantity> quantities) const override {
        context_->use();
        return chunk_memory(*context_, spec, quantities);
    }
    [[nodiscard]] std::int64_t memory_free() const override { return context_->memory_free(); }

    std::unique_ptr<Chunk> begin(const ChainSpec& spec, DrawRange range) override {
        validate(spec.network, spec.input);
        require_draws(range);
        context_->use();
        require_memory(spec, range, chunk_memory(*context_, spec, {}), context_->memory_free());
        return begin_chunk(context_, spec, range);
    }

    void weights(Weights law, std::uint64_t seed, DrawRange range, std::uint32_t layer,
                 BatchView<float> out) override {
        require_draws(range);
        require_weights_place(range, out);
        if (range.count == 0) return;
        if (law == Weights::orthogonal) {
            for (std::int64_t b = 0; b < range.count; ++b) {
                rankchain::weights(law, seed, static_cast<std::uint64_t>(range.first + b), layer,
                                   out.rows, out.cols,
                                   {out.matrix(b), static_cast<std::size_t>(out.rows * out.cols)});
            }
            return;
        }
        // What the kernel would refuse, in words.
        (void)rankchain::weight(law, seed,
                                static_cast<std::uint64_t>(range.first + range.count - 1), layer,
                                out.rows, out.cols, 0, 0);
        context_->use();
        const Queue& queue = context_->queue(0);
        const std::int64_t size = out.rows * out.cols;
        in_pieces(range.count, 4 * size, [&](std::int64_t first, std::int64_t count) {
            const Buffer<float> made(context_->memory(), count * size);
            WeightBatch batch;
            batch.law = entry_law(law);
            batch.seed = seed;
            batch.first_draw = static_cast<std::uint64_t>(range.first + first);
            batch.layer = layer;
            batch.draws = count;
            batch.rows = out.rows;
            batch.cols = out.cols;
            check(make_weights(batch, made.get(), queue.stream()), "make_weights");
            download(out.matrix(first), made.get(), count * size, queue.stream());
            queue.wait();
        });
    }

    void layer(const Network& network, BatchView<const float> w, BatchView<const float> h,
               BatchView<float> out, std::span<DrawStatus> status) override {
        one_layer<float>(network, w, h, out, status);
    }
    void layer(const Network& network, BatchView<const float> w, BatchView<const double> h,
               BatchView<double> out, std::span<DrawStatus> status) override {
        one_layer<double>(network, w, h, out, status);
    }

    Spectrum singular_values(BatchView<const double> h) override {
        require_matrices(h);
        const std::vector<Quantity> every = singular_value_quantities();
        Spectrum spectrum = empty_spectrum(h);
        measure_given(h, every, SpectrumMethod::automatic,
                      [&](SpectralStage<double>& stage, std::int64_t first) {
                          stage.collect(spectrum, first);
                      });
        return spectrum;
    }

    SoftRanks soft_ranks(BatchView<const double> h, std::span<const double> taus,
                         SpectrumMethod method) override {
        require_matrices(h);
        require_taus(taus);
        const std::vector<Quantity> quantities = soft_rank_quantities(taus);
        Samples samples = empty_samples(quantities.size(), h.draws);
        measure_given(h, quantities, method, [&](SpectralStage<double>& stage, std::int64_t first) {
            stage.collect(samples, first);
        });
        return to_soft_ranks(samples);
    }

  private:
    template <class T>
    void one_layer(const Network& network, BatchView<const float> w, BatchView<const T> h,
                   BatchView<T> out, std::span<DrawStatus> status);

    // collect(stage, first) for each piece of `h`, measured.
    template <class Collect>
    void measure_given(BatchView<const double> h, std::span<const Quantity> quantities,
                       SpectrumMethod method, const Collect& collect) {
        if (h.size() == 0 || quantities.empty()) return;
        context_->use();
        const Queue& queue = context_->queue(0);
        const MatrixShape shape{h.rows, h.cols, h.cols};
        const std::int64_t size = h.rows * h.cols;
        const MemoryNeed need = SpectralStage<double>::need(queue, {&shape, 1}, quantities, method);
        in_pieces(h.draws, 8 * size + need.per_draw, [&](std::int64_t first, std::int64_t count) {
            const Buffer<double> data(context_->memory(), count * size);
            SpectralStage<double> stage(context_->memory(), queue, {&shape, 1}, count, quantities,
                                        method);
            upload(data.get(), h.matrix(first), count * size, queue.stream());
            ObservedBatch<double> batch;
            batch.data = data.get();
            batch.stride = size;
            batch.draws = count;
            batch.rows = h.rows;
            batch.cols = h.cols;
            batch.batch = h.cols;
            stage.enqueue(batch);
            collect(stage, first);
        });
    }

    std::shared_ptr<Context> context_;
};

template <class T>
void CudaOps::one_layer(const Network& network, BatchView<const float> w, BatchView<const T> h,
                        BatchView<T> out, std::span<DrawStatus> status) {
    ChainSpec spec;
    spec.network = require_layer<T>(network, w, h, out, status);
    spec.network.depth = 1;
    spec.input = {Input::Kind::given, w.cols, nullptr};
    const ChainPlan plan(spec);
    FusedChain<T> chain = describe_chain<T>(spec, plan, 0, 1);
    const bool fused = can_advance(chain, Arithmetic::plain, context_->shared_limit());
    if (w.draws == 0) return;

    context_->use();
    Memory& memory = context_->memory();
    const Queue& queue = context_->queue(0);
    auto* const stream = queue.stream();
    const std::int64_t w_size = w.rows * w.cols;
    const std::int64_t h_size = h.rows * h.cols;
    const std::int64_t out_size = out.rows * out.cols;
    const std::int64_t per_draw =
        4 * w_size + static_cast<std::int64_t>(sizeof(T)) * (h_size + out_size);
    in_pieces(w.draws, per_draw, [&](std::int64_t first, std::int64_t count) {
        const Buffer<float> given(memory, count * w_size);
        const Buffer<T> input(memory, count * h_size);
        const Buffer<T> output(memory, count * out_size);
        const Buffer<std::int64_t> failed(memory, count);
        const Buffer<std::int64_t> degenerate(memory, count);
        const Buffer<double> log_scale(memory, count);
        const auto n = static_cast<std::size_t>(count);
        std::vector<std::int64_t> failed_layer(n, -1);
        std::vector<std::int64_t> degenerate_rows(n, 0);
        const std::vector<double> none(n, 0.0);
        upload(given.get(), w.matrix(first), count * w_size, stream);
        upload(input.get(), h.matrix(first), count * h_size, stream);
        upload(failed.get(), failed_layer.data(), count, stream);
        upload(degenerate.get(), degenerate_rows.data(), count, stream);
        upload(log_scale.get(), none.data(), count, stream);

        chain.draws = count;
        chain.given = given.get();
        chain.input = input.get();
        chain.input_stride = h_size;
        chain.output = output.get();
        chain.failed_layer = failed.get();
        chain.degenerate_rows = degenerate.get();
        chain.log_scale = log_scale.get();
        if (fused) {
            check(advance_chain(chain, Arithmetic::plain, stream), "advance_chain");
        } else {
            LargeShape shape;
            shape.rows = w.rows;
            shape.input_rows = w.cols;
            shape.cols = h.cols;
            LargeChain<T> large(memory, queue.cublas(), stream, shape);
            large.advance(chain);
            queue.wait();
        }
        download(out.matrix(first), output.get(), count * out_size, stream);
        download(failed_layer.data(), failed.get(), count, stream);
        download(degenerate_rows.data(), degenerate.get(), count, stream);
        queue.wait();
        for (std::size_t b = 0; b < n; ++b) {
            DrawStatus& draw = status[static_cast<std::size_t>(first) + b];
            draw = {};
            draw.failed_layer = failed_layer[b];
            draw.degenerate_rows = degenerate_rows[b];
        }
    });
}

}  // namespace

std::unique_ptr<Ops> make_ops(int ordinal) {
    return std::make_unique<CudaOps>(ordinal);
}

}  // namespace rankchain::cuda
