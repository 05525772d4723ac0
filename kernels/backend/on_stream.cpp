// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "kernels/backend/on_stream.hpp"

#include "host/chain_plan.hpp"
#include "host/matrix_input.hpp"
#include "kernels/backend/chain_path.hpp"
#include "kernels/backend/context.hpp"
#include "kernels/backend/large.hpp"
#include "kernels/backend/measured_matrices.hpp"
#include "kernels/backend/spectrum.hpp"
#include "kernels/summary.cuh"
#include <rankchain/error.hpp>

#include <algorithm>
#include <limits>
#include <string>

namespace rankchain::cuda {
namespace {

// The chain of `network` from an H of its own size.
ChainSpec spec_of(const Network& network, std::uint64_t seed) {
    ChainSpec spec;
    spec.network = network;
    spec.input = {Input::Kind::gaussian, 0, nullptr};
    spec.seed = seed;
    validate(spec.network, spec.input);
    if (has_given_weights(network)) {
        throw InvalidArgument("weights are \"" + std::string(name(network.weights)) +
                              "\", which the host makes; allowed on a stream are the other laws");
    }
    return spec;
}

LargeShape large_shape(const Network& network) {
    LargeShape shape;
    shape.rows = network.width;
    shape.input_rows = network.width;
    shape.cols = network.batch;
    return shape;
}

template <class T>
void require_chains(const Network& network, const CudaChains<T>& chains) {
    constexpr Precision precision = sizeof(T) == 4 ? Precision::float32 : Precision::float64;
    constexpr std::int64_t layers = std::numeric_limits<std::uint32_t>::max();
    if (network.precision != precision) {
        throw InvalidArgument("precision is " + std::string(name(network.precision)) +
                              ", but the chains are of " + std::string(name(precision)));
    }
    require_draws(chains.draws);
    // A launch has a block a draw, and bytes are counted in 64 bits.
    const std::int64_t matrix = network.width * network.batch * std::int64_t{sizeof(T)};
    const std::int64_t most =
        std::min<std::int64_t>(std::numeric_limits<std::int32_t>::max(),
                               std::numeric_limits<std::int64_t>::max() / matrix);
    if (chains.draws.count > most) {
        throw InvalidArgument(std::to_string(chains.draws.count) + " draws [" +
                              std::to_string(network.width) + ", " + std::to_string(network.batch) +
                              "]; allowed are at most " + std::to_string(most) + " a call");
    }
    if (chains.from < 0 || chains.to < chains.from || chains.to > layers) {
        throw InvalidArgument("from layer " + std::to_string(chains.from) + " to layer " +
                              std::to_string(chains.to) +
                              "; allowed are ascending ones from 0 to " + std::to_string(layers));
    }
    if (chains.draws.count > 0 &&
        (chains.h == nullptr || chains.failed_layer == nullptr ||
         chains.degenerate_rows == nullptr || chains.log_scale == nullptr)) {
        throw InvalidArgument("h, failed_layer, degenerate_rows and log_scale must not be null");
    }
}

// Before anything is enqueued.
void require_bytes(CudaWorkspace workspace, std::int64_t need) {
    if (workspace.bytes < need) {
        throw OutOfMemory("the workspace has " + std::to_string(workspace.bytes) + " bytes; " +
                          std::to_string(need) + " are needed");
    }
    if (need > 0 && workspace.data == nullptr) {
        throw InvalidArgument("the workspace must not be null");
    }
}

class OnStream final : public CudaOnStream::Backend {
  public:
    OnStream(CudaStream stream, int ordinal)
        : context_(ordinal), queue_(context_.memory(), stream) {}

    std::int64_t advance_workspace(const Network& network) override {
        return network.precision == Precision::float32 ? advance_bytes<float>(network)
                                                       : advance_bytes<double>(network);
    }
    void advance(const Network& network, std::uint64_t seed, const CudaChains<float>& chains,
                 CudaWorkspace workspace) override {
        advance_chains(network, seed, chains, workspace);
    }
    void advance(const Network& network, std::uint64_t seed, const CudaChains<double>& chains,
                 CudaWorkspace workspace) override {
        advance_chains(network, seed, chains, workspace);
    }

    std::int64_t soft_ranks_workspace(std::int64_t draws, std::int64_t rows, std::int64_t cols,
                                      std::span<const double> taus,
                                      SpectrumMethod method) override {
        require_taus(taus);
        return spectrum_bytes(draws, rows, cols, soft_rank_quantities(taus), method);
    }
    std::int64_t singular_values_workspace(std::int64_t draws, std::int64_t rows,
                                           std::int64_t cols) override {
        return spectrum_bytes(draws, rows, cols, singular_value_quantities(),
                              SpectrumMethod::automatic);
    }
    SoftRanks soft_ranks(BatchView<const float> h, std::span<const double> taus,
                         CudaWorkspace workspace, SpectrumMethod method) override {
        return count_ranks(h, taus, workspace, method);
    }
    SoftRanks soft_ranks(BatchView<const double> h, std::span<const double> taus,
                         CudaWorkspace workspace, SpectrumMethod method) override {
        return count_ranks(h, taus, workspace, method);
    }
    Spectrum singular_values(BatchView<const float> h, CudaWorkspace workspace) override {
        return find_spectrum(h, workspace);
    }
    Spectrum singular_values(BatchView<const double> h, CudaWorkspace workspace) override {
        return find_spectrum(h, workspace);
    }

    std::int64_t summaries_workspace(std::int64_t quantities, std::int64_t draws) override {
        require_values(quantities, draws);
        return buffer_bytes<SeriesSummary>(quantities) + buffer_bytes<double>(quantities * draws) +
               2 * buffer_bytes<std::int64_t>(draws) +
               buffer_bytes<unsigned char>(summarise_bytes(quantities, draws)) +
               buffer_bytes<unsigned char>(histogram_bytes(draws));
    }
    std::vector<Summary> summaries(const double* values, std::int64_t quantities,
                                   std::int64_t draws, bool integers,
                                   CudaWorkspace workspace) override {
        require_bytes(workspace, summaries_workspace(quantities, draws));
        if (quantities * draws > 0 && values == nullptr) {
            throw InvalidArgument("values must not be null");
        }
        context_.use();
        Workspace memory(workspace.data, workspace.bytes);
        const Buffer<SeriesSummary> device(memory, quantities);
        const Buffer<double> sorted(memory, quantities * draws);
        const Buffer<std::int64_t> numbers(memory, draws), times(memory, draws);
        const std::int64_t most = histogram_bytes(draws);
        const Buffer<unsigned char> aside(memory, most);
        summarise(memory, values, quantities, draws, device.get(), sorted.get(), queue_.stream());
        std::vector<SeriesSummary> found(static_cast<std::size_t>(quantities));
        download(found.data(), device.get(), quantities, queue_.stream());
        queue_.wait();
        std::vector<Summary> summaries;
        for (std::int64_t q = 0; q < quantities; ++q) {
            const SeriesSummary& of = found[static_cast<std::size_t>(q)];
            Summary& summary = summaries.emplace_back();
            summary.count = of.count;
            summary.failed = of.failed;
            summary.mean = of.mean;
            summary.std = of.std;
            summary.stderr_ = of.stderr_;
            summary.min = of.min;
            summary.q05 = of.q05;
            summary.q25 = of.q25;
            summary.median = of.median;
            summary.q75 = of.q75;
            summary.q95 = of.q95;
            summary.max = of.max;
            if (!integers) continue;
            Workspace again(aside.get(), most);
            const std::int64_t size = histogram(again, sorted.get() + q * draws, of.count,
                                                numbers.get(), times.get(), queue_.stream());
            std::vector<std::int64_t> number(static_cast<std::size_t>(size)), count(number);
            download(number.data(), numbers.get(), size, queue_.stream());
            download(count.data(), times.get(), size, queue_.stream());
            queue_.wait();
            for (std::size_t i = 0; i < number.size(); ++i)
                summary.histogram[number[i]] = count[i];
        }
        return summaries;
    }

  private:
    static void require_values(std::int64_t quantities, std::int64_t draws) {
        constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
        constexpr std::int64_t all = std::int64_t{1} << 48;
        if (quantities < 0 || draws < 0 || quantities > most || draws > most ||
            quantities * draws > all) {
            throw InvalidArgument("values of shape [" + std::to_string(quantities) + ", " +
                                  std::to_string(draws) +
                                  "]; allowed are sizes from 0 to 2^31 - 1 and 2^48 values in all");
        }
    }

    template <class T>
    Path path(const ChainSpec& spec, const ChainPlan& plan) {
        return path_of<T>(spec, plan, false, context_.shared_limit());
    }

    template <class T>
    std::int64_t advance_bytes(const Network& network) {
        const ChainSpec spec = spec_of(network, 0);
        const ChainPlan plan(spec);
        return path<T>(spec, plan) == Path::large ? LargeChain<T>::need(large_shape(network)) : 0;
    }

    template <class T>
    void advance_chains(const Network& network, std::uint64_t seed, const CudaChains<T>& chains,
                        CudaWorkspace workspace) {
        const ChainSpec spec = spec_of(network, seed);
        require_chains(network, chains);
        const ChainPlan plan(spec);
        const Path path = this->path<T>(spec, plan);
        const std::int64_t need =
            path == Path::large ? LargeChain<T>::need(large_shape(network)) : 0;
        require_bytes(workspace, need);
        if (chains.draws.count == 0 || chains.from == chains.to) return;

        FusedChain<T> chain = describe_chain<T>(spec, plan, chains.from, chains.to);
        chain.draws = chains.draws.count;
        chain.first_draw = static_cast<std::uint64_t>(chains.draws.first);
        chain.input = chain.output = chains.h;
        chain.input_stride = plan.rows * plan.cols;
        chain.failed_layer = chains.failed_layer;
        chain.degenerate_rows = chains.degenerate_rows;
        chain.log_scale = chains.log_scale;
        context_.use();
        if (path == Path::large) {
            Workspace memory(workspace.data, workspace.bytes);
            LargeChain<T>(memory, queue_.cublas(), queue_.stream(), large_shape(network))
                .advance(chain);
        } else {
            check(
                advance_chain(chain, path == Path::tensor ? Arithmetic::tensor : Arithmetic::plain,
                              queue_.stream()),
                "advance_chain");
        }
    }

    std::int64_t spectrum_bytes(std::int64_t draws, std::int64_t rows, std::int64_t cols,
                                std::span<const Quantity> quantities, SpectrumMethod method) {
        require_shape(draws, rows, cols);
        if (draws == 0 || rows == 0 || cols == 0 || quantities.empty()) return 0;
        context_.use();
        const MatrixShape shape{rows, cols, cols};
        const MemoryNeed narrow =
            SpectralStage<float>::need(queue_, {&shape, 1}, quantities, method);
        const MemoryNeed wide =
            SpectralStage<double>::need(queue_, {&shape, 1}, quantities, method);
        const std::int64_t fixed = std::max(narrow.fixed, wide.fixed);
        const std::int64_t per_draw = std::max(narrow.per_draw, wide.per_draw);
        // By division: many taus of many small matrices may need more than 64 bits count.
        if (per_draw > (std::numeric_limits<std::int64_t>::max() - fixed) / draws) {
            throw OutOfMemory(std::to_string(draws) + " matrices need " + std::to_string(fixed) +
                              " + " + std::to_string(draws) + " x " + std::to_string(per_draw) +
                              " bytes of workspace");
        }
        return fixed + per_draw * draws;
    }

    // Before places for results are made.
    template <class T>
    void require_call(BatchView<const T> h, std::span<const Quantity> quantities,
                      SpectrumMethod method, CudaWorkspace workspace) {
        require_bytes(workspace, spectrum_bytes(h.draws, h.rows, h.cols, quantities, method));
        if (h.size() > 0 && h.data == nullptr) throw InvalidArgument("h must not be null");
    }

    // collect(stage) once `h` is measured.
    template <class T, class Collect>
    void measure(BatchView<const T> h, std::span<const Quantity> quantities, SpectrumMethod method,
                 CudaWorkspace workspace, const Collect& collect) {
        if (h.size() == 0 || quantities.empty()) return;
        context_.use();
        const MatrixShape shape{h.rows, h.cols, h.cols};
        Workspace memory(workspace.data, workspace.bytes);
        SpectralStage<T> stage(memory, queue_, {&shape, 1}, h.draws, quantities, method);
        ObservedBatch<T> batch;
        batch.data = h.data;
        batch.stride = h.rows * h.cols;
        batch.draws = h.draws;
        batch.rows = h.rows;
        batch.cols = h.cols;
        batch.batch = h.cols;
        stage.enqueue(batch);
        collect(stage);
    }

    template <class T>
    SoftRanks count_ranks(BatchView<const T> h, std::span<const double> taus,
                          CudaWorkspace workspace, SpectrumMethod method) {
        require_taus(taus);
        const std::vector<Quantity> quantities = soft_rank_quantities(taus);
        require_call(h, quantities, method, workspace);
        Samples samples = empty_samples(quantities.size(), h.draws);
        measure(h, quantities, method, workspace,
                [&](SpectralStage<T>& stage) { stage.collect(samples, 0); });
        return to_soft_ranks(samples);
    }

    template <class T>
    Spectrum find_spectrum(BatchView<const T> h, CudaWorkspace workspace) {
        const std::vector<Quantity> quantities = singular_value_quantities();
        require_call(h, quantities, SpectrumMethod::automatic, workspace);
        Spectrum spectrum = empty_spectrum(h);
        measure(h, quantities, SpectrumMethod::automatic, workspace,
                [&](SpectralStage<T>& stage) { stage.collect(spectrum, 0); });
        return spectrum;
    }

    Context context_;
    Queue queue_;
};

}  // namespace

std::unique_ptr<CudaOnStream::Backend> on_stream(CudaStream stream, int ordinal) {
    return std::make_unique<OnStream>(stream, ordinal);
}

}  // namespace rankchain::cuda
