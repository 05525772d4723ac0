// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/suite_npy.hpp"
#include "bench/suite_task.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <utility>

namespace rankchain::bench {
namespace {

class LayerTask final : public Task {
  public:
    LayerTask(Case which, const Device& device, double burn_share)
        : which_(std::move(which)), device_(device), burn_share_(burn_share) {
        which_.network.depth = std::numeric_limits<std::int32_t>::max();
    }

    /// Four times the draws while that gains 2 %.
    Json prepare() override {
        const bool cpu = device_.kind == Device::Kind::cpu;
        std::int64_t draws = cpu ? device_.threads : 512;
        double best = 0;
        std::int64_t best_draws = draws;
        for (; draws <= (std::int64_t{1} << 20); draws *= 4) {
            double rate = 0;
            try {
                rate = start(draws);
            } catch (const OutOfMemory&) {
                break;
            }
            if (!(rate > 1.02 * best)) break;
            best = rate;
            best_draws = draws;
        }
        if (best_draws != draws_) static_cast<void>(start(best_draws));
        return {{"batch", best_draws}, {"layers_a_call", step_}};
    }

    Json check(const Json& request) override {
        std::int64_t layers = 0;
        Chains chains = given_chains(which_, device_, request, layers);
        chains.advance(layers);
        Array<double> out{{chains.draws().count, which_.network.width, which_.network.batch}, {}};
        observe(chains, out.values);
        return {{"output", write_npy_beside(request.at("weights"), "rankchain.npy", out)}};
    }

    Json sample(double seconds) override {
        double units = 0;
        const Stopwatch watch;
        while (watch.wall_s() < seconds) {
            const Stopwatch call;
            chains_->advance(chains_->layer() + step_);
            if (burn_share_ > 0) burn(burn_share_, call);
            units += static_cast<double>(step_ * draws_);
        }
        wait();
        Json reply = watch.reply(units);
        observe(*chains_, look_);
        const std::size_t size = look_.size() / static_cast<std::size_t>(draws_);
        for (std::size_t b = 0; b < static_cast<std::size_t>(draws_); ++b) {
            const auto h = std::span(look_).subspan(b * size, size);
            if (!std::ranges::all_of(h, [](double x) { return std::isfinite(x); }) ||
                std::ranges::all_of(h, [](double x) { return x == 0; }))
                return {{"error", "draw " + std::to_string(b) + " left the finite numbers"}};
        }
        if (look_ == last_) return {{"error", "the chain did not move"}};
        last_.swap(look_);
        return reply;
    }

  private:
    /// Fresh chains; their layers a second, with a step of about 5 ms.
    double start(std::int64_t draws) {
        chains_.emplace(which_.network, Input{}, seed, DrawRange{0, draws}, device_);
        draws_ = draws;
        step_ = 1;
        chains_->advance(1);
        while (fastest_step_s() < 5e-3)
            step_ *= 2;
        return static_cast<double>(step_ * draws) / fastest_step_s();
    }

    /// Of several calls, so that one that was interrupted does not decide.
    double fastest_step_s() {
        double fastest = seconds_of_a_step();
        for (int i = 0; i < 3; ++i)
            fastest = std::min(fastest, seconds_of_a_step());
        return fastest;
    }

    double seconds_of_a_step() {
        const Stopwatch watch;
        chains_->advance(chains_->layer() + step_);
        wait();
        const bool one_thread = device_.kind == Device::Kind::cpu && device_.threads == 1;
        return one_thread ? watch.cpu_s() : watch.wall_s();
    }

    /// A device's layers are done when something that needs them is (host/ops.hpp, "Wait").
    void wait() {
        if (device_.kind == Device::Kind::cpu) return;
        const std::array quantities{Quantity{}};
        static_cast<void>(chains_->measure(quantities));
    }

    void observe(Chains& chains, std::vector<double>& out) const {
        const std::int64_t d = which_.network.width;
        const std::int64_t n = which_.network.batch;
        const std::int64_t draws = chains.draws().count;
        out.assign(static_cast<std::size_t>(draws * d * n), std::nan(""));
        chains.observed({out.data(), draws, d, n});
    }

    Case which_;
    Device device_;
    double burn_share_;
    std::optional<Chains> chains_;
    std::int64_t draws_ = 0;
    std::int64_t step_ = 1;
    std::vector<double> look_;
    std::vector<double> last_;
};

}  // namespace

std::unique_ptr<Task> make_layer_task(const Case& which, const Device& device, double burn_share) {
    return std::make_unique<LayerTask>(which, device, burn_share);
}

}  // namespace rankchain::bench
