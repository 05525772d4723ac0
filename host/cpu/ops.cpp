// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/ops.hpp"

#include "host/chain_plan.hpp"
#include "host/cpu/blas_threads.hpp"
#include "host/cpu/chain.hpp"
#include "host/cpu/generated.hpp"
#include "host/cpu/layer.hpp"
#include "host/cpu/memory.hpp"
#include "host/cpu/product.hpp"
#include "host/cpu/spectrum.hpp"
#include "host/cpu/weights.hpp"
#include "host/parallel.hpp"
#include <rankchain/error.hpp>
#include <rankchain/version.hpp>
#include <rankchain/weights.hpp>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include <cblas.h>

namespace rankchain::cpu {
namespace {

// The processor's name as the kernel gives it.
std::string processor() {
    std::ifstream in("/proc/cpuinfo");
    for (std::string line; std::getline(in, line);) {
        const auto colon = line.find(": ");
        if (line.starts_with("model name") && colon != std::string::npos) {
            return line.substr(colon + 2);
        }
    }
    return "unknown processor";
}

// The caller's w, widened a panel at a time.
template <class T>
class Given final : public Panels<T> {
  public:
    Given(const float* w, std::int64_t rows, std::int64_t cols)
        : w_(w), cols_(cols), widened_(panel_rows(rows, cols) * cols) {}
    const T* rows(std::int64_t first, std::int64_t count) override {
        return widened_(w_ + first * cols_, count * cols_);
    }
    [[nodiscard]] std::int64_t stride() const override { return cols_; }

  private:
    const float* w_;
    std::int64_t cols_;
    Widened<T> widened_;
};

template <class T>
void one_layer(const Network& network, BatchView<const float> w, BatchView<const T> h,
               BatchView<T> out, std::span<DrawStatus> status, int threads) {
    const Network net = require_layer<T>(network, w, h, out, status);
    const LayerRule rule = layer_rule(net, w.rows, w.cols);
    const SingleBlasThread one_blas_thread;
    parallel_for(w.draws, threads, [&](std::int64_t b, int) {
        const std::int64_t stride = row_stride<T>(h.cols);
        const Buffer<T> in(h.rows * stride);
        const Buffer<T> result(w.rows * stride);
        for (std::int64_t i = 0; i < h.rows; ++i) {
            std::copy_n(h.matrix(b) + i * h.cols, h.cols, in.get() + i * stride);
        }
        Given<T> panels(w.matrix(b), w.rows, w.cols);
        const NormFaults faults =
            apply_layer<T>(rule, panels, {in.get(), h.rows, h.cols, stride},
                           {result.get(), w.rows, h.cols, stride}, Matrix<T>{});
        DrawStatus& draw = status[static_cast<std::size_t>(b)];
        draw = {};
        if (faults.finite) {
            draw.degenerate_rows = faults.degenerate;
        } else {
            draw.failed_layer = 1;
        }
        for (std::int64_t i = 0; i < w.rows; ++i) {
            std::copy_n(result.get() + i * stride, h.cols, out.matrix(b) + i * h.cols);
        }
    });
}

class CpuOps final : public Ops {
  public:
    explicit CpuOps(int threads) : threads_(threads > 0 ? threads : omp_get_max_threads()) {}

    [[nodiscard]] DeviceInfo info() const override {
        return {"cpu (" + processor() + ")",
                std::string("cpu ") + vector_target() + "; " + openblas_get_config() +
                    "; Rankchain " RANKCHAIN_VERSION,
                threads_};
    }

    [[nodiscard]] MemoryNeed memory_need(const ChainSpec& spec,
                                         std::span<const Quantity> quantities) const override {
        return chunk_memory(spec, quantities, threads_);
    }
    [[nodiscard]] std::int64_t memory_free() const override { return cpu::memory_free(); }

    std::unique_ptr<Chunk> begin(const ChainSpec& spec, DrawRange range) override {
        validate(spec.network, spec.input);
        require_draws(range);
        require_memory(spec, range, chunk_memory(spec, {}, threads_), cpu::memory_free());
        return begin_chunk(spec, range, threads_);
    }

    void weights(Weights law, std::uint64_t seed, DrawRange range, std::uint32_t layer,
                 BatchView<float> out) override {
        require_weights_place(range, out);
        const SingleBlasThread one_blas_thread;
        parallel_for(range.count, threads_, [&](std::int64_t b, int) {
            rankchain::weights(law, seed, static_cast<std::uint64_t>(range.first + b), layer,
                               out.rows, out.cols,
                               {out.matrix(b), static_cast<std::size_t>(out.rows * out.cols)});
        });
    }

    void layer(const Network& network, BatchView<const float> w, BatchView<const float> h,
               BatchView<float> out, std::span<DrawStatus> status) override {
        one_layer<float>(network, w, h, out, status, threads_);
    }
    void layer(const Network& network, BatchView<const float> w, BatchView<const double> h,
               BatchView<double> out, std::span<DrawStatus> status) override {
        one_layer<double>(network, w, h, out, status, threads_);
    }

    Spectrum singular_values(BatchView<const double> h) override {
        return cpu::singular_values(h, threads_);
    }
    SoftRanks soft_ranks(BatchView<const double> h, std::span<const double> taus,
                         SpectrumMethod method) override {
        return cpu::soft_ranks(h, taus, threads_, method);
    }

  private:
    int threads_;
};

}  // namespace

std::unique_ptr<Ops> make_ops(int threads) {
    return std::make_unique<CpuOps>(threads);
}

}  // namespace rankchain::cpu
