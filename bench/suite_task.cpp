// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Rankchain's own part in the suite: layers, counts and studies on the CPU or on a device, through
// what users include.
#include "bench/suite_task.hpp"

#include "bench/suite_npy.hpp"
#include <rankchain/array.hpp>
#include <rankchain/chain.hpp>
#include <rankchain/error.hpp>
#include <rankchain/metrics.hpp>
#include <rankchain/spectrum.hpp>
#include <rankchain/study.hpp>
#include <rankchain/weights.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <sstream>
#include <stdexcept>

#include <unistd.h>

namespace rankchain::bench {
namespace {

constexpr std::uint64_t seed = 1;

double wall_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

double cpu_now() {
    timespec now{};
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0)
        throw std::runtime_error("no CPU clock");
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::vector<Quantity> soft_rank_quantities(const Case& which) {
    return expand(which.network, which.taus, {});
}

/// Chains whose weights and input are those of the files, which is compared bit by bit.
Chains given_chains(const Case& which, const Device& device, const Json& request,
                    std::int64_t& layers) {
    const auto weights_file = read_npy<float>(request.at("weights"));
    const auto input_file = read_npy<float>(request.at("input"));
    layers = weights_file.shape.at(0);
    const std::int64_t draws = weights_file.shape.at(1);
    const std::int64_t size = weights_file.shape.at(2) * weights_file.shape.at(3);
    std::vector<float> own(static_cast<std::size_t>(size));
    for (std::int64_t l = 0; l < layers; ++l) {
        for (std::int64_t b = 0; b < draws; ++b) {
            weights(which.network.weights, seed, static_cast<std::uint64_t>(b),
                    static_cast<std::uint32_t>(l + 1), weights_file.shape[2], weights_file.shape[3],
                    own);
            if (!std::equal(own.begin(), own.end(),
                            weights_file.values.begin() + (l * draws + b) * size))
                throw std::runtime_error("the weights of the file are not those of the seed");
        }
    }
    const Input input{.kind = Input::Kind::given,
                      .rows = input_file.shape.at(0),
                      .values = std::make_shared<const std::vector<double>>(
                          input_file.values.begin(), input_file.values.end())};
    return {which.network, input, seed, {0, draws}, device};
}

class LayerTask final : public Task {
  public:
    LayerTask(const Case& which, const Device& device, double burn_share)
        : which_(which), device_(device), burn_share_(burn_share) {
        which_.network.depth = std::numeric_limits<std::int32_t>::max();
    }

    /// Doubles the draws while that gains 2 %, then the layers of a call up to about 5 ms.
    Json prepare() override {
        const bool cpu = device_.kind == Device::Kind::cpu;
        std::int64_t draws = cpu ? 4 * device_.threads : 512;
        double best = 0;
        std::int64_t best_draws = draws;
        for (; draws <= (std::int64_t{1} << 20); draws *= 2) {
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
        const std::string file = file_beside(request.at("weights"), "rankchain.npy");
        write_npy(file, out);
        return {{"output", file}};
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
        while (seconds_of_a_step() < 5e-3)
            step_ *= 2;
        double fastest = seconds_of_a_step();
        for (int i = 0; i < 4; ++i)
            fastest = std::min(fastest, seconds_of_a_step());
        return static_cast<double>(step_ * draws) / fastest;
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

class CountsTask final : public Task {
  public:
    CountsTask(const Case& which, const Device& device, double burn_share)
        : which_(which),
          device_(device),
          burn_share_(burn_share),
          matrices_(read_npy<double>(which.matrices)) {}

    /// A device wants to be filled: the matrices again and again, up to 2^24 numbers.
    Json prepare() override {
        if (which_.network.precision == Precision::float32) {
            for (double& x : matrices_.values)
                x = static_cast<float>(x);
        }
        given_ = matrices_.shape.at(0);
        if (device_.kind != Device::Kind::cpu) {
            const std::size_t size = matrices_.values.size();
            while (matrices_.values.size() + size <= std::size_t{1} << 24)
                matrices_.values.insert(
                    matrices_.values.end(), matrices_.values.begin(),
                    matrices_.values.begin() + static_cast<std::ptrdiff_t>(size));
            matrices_.shape[0] = given_ * static_cast<std::int64_t>(matrices_.values.size() / size);
        }
        first_ = counted().count;
        return {{"batch", matrices_.shape[0]}};
    }

    Json check(const Json& request) override {
        const auto taus = static_cast<std::int64_t>(which_.taus.size());
        Array<std::int64_t> out{{given_, taus}, {}};
        for (std::int64_t b = 0; b < given_; ++b) {
            for (std::int64_t t = 0; t < taus; ++t)
                out.values.push_back(first_[static_cast<std::size_t>(t * matrices_.shape[0] + b)]);
        }
        const std::string file = file_beside(request.at("matrices"), "rankchain.npy");
        write_npy(file, out);
        return {{"output", file}};
    }

    Json sample(double seconds) override {
        double units = 0;
        SoftRanks ranks;
        const Stopwatch watch;
        while (watch.wall_s() < seconds) {
            const Stopwatch call;
            ranks = counted();
            if (burn_share_ > 0) burn(burn_share_, call);
            units += static_cast<double>(matrices_.shape[0]);
        }
        Json reply = watch.reply(units);
        if (ranks.count != first_) return {{"error", "the counts changed"}};
        return reply;
    }

  private:
    [[nodiscard]] SoftRanks counted() const {
        return soft_ranks(BatchView<const double>{matrices_.values.data(), matrices_.shape[0],
                                                  matrices_.shape[1], matrices_.shape[2]},
                          which_.taus, device_);
    }

    Case which_;
    Device device_;
    double burn_share_;
    Array<double> matrices_;
    std::int64_t given_ = 0;
    std::vector<std::int64_t> first_;
};

/// A study as `rankchain run` does it, into a result file that is read and removed.
class StudyTask final : public Task {
  public:
    StudyTask(const Case& which, const Device& device, double burn_share)
        : which_(which),
          device_(device),
          burn_share_(burn_share),
          file_(std::filesystem::temp_directory_path() /
                ("suite-" + std::to_string(getpid()) + ".rankchain")) {}
    ~StudyTask() override {
        std::error_code ignored;  // nothing can be done about it here
        std::filesystem::remove(file_, ignored);
    }

    Json prepare() override {
        study_ = parse_study(text(), "suite.toml");
        RunOptions options;
        options.device = device_;
        return {{"batch", estimate(study_, options).chunk_draws}};
    }

    Json check(const Json& request) override {
        std::int64_t layers = 0;
        Chains chains = given_chains(which_, device_, request, layers);
        chains.advance(layers);
        const Samples samples = chains.measure(soft_rank_quantities(which_));
        const auto taus = static_cast<std::int64_t>(which_.taus.size());
        Array<std::int64_t> out{{samples.draws, taus}, {}};
        for (std::int64_t b = 0; b < samples.draws; ++b) {
            for (std::int64_t t = 0; t < taus; ++t)
                out.values.push_back(static_cast<std::int64_t>(samples.value(t, b)));
        }
        const std::string file = file_beside(request.at("weights"), "rankchain.npy");
        write_npy(file, out);
        return {{"output", file}};
    }

    Json sample(double seconds) override {
        double units = 0;
        const Stopwatch watch;
        while (watch.wall_s() < seconds) {
            const Stopwatch call;
            std::filesystem::remove(file_);
            RunOptions options;
            options.result = file_;
            options.device = device_;
            const RunReport report = run(study_, options);
            if (burn_share_ > 0) burn(burn_share_, call);
            if (!report.finished || report.draws_failed != 0)
                return {{"error", std::to_string(report.draws_failed) + " draws failed"}};
            units += 1;
        }
        Json reply = watch.reply(units);
        const Results results(file_);
        const Cell& cell = results.study().cells.at(0);
        Json means = Json::array();
        for (std::size_t l = 0; l < cell.layers.size(); ++l) {
            Json row = Json::array();
            for (std::size_t q = 0; q < cell.quantities.size(); ++q) {
                const Summary summary = results.summary(0, l, q);
                if (summary.count != which_.draws || !(summary.mean >= 0))
                    return {{"error", "a mean is missing"}};
                row.push_back(summary.mean);
            }
            means.push_back(row);
        }
        reply["means"] = means;
        reply["layers"] = cell.layers;
        return reply;
    }

  private:
    [[nodiscard]] std::string text() const {
        const Network& network = which_.network;
        std::ostringstream out;
        out.precision(17);
        out << "seed = " << seed << "\ndraws = " << which_.draws
            << "\n[network]\nwidth = " << network.width << "\nbatch = " << network.batch
            << "\ndepth = " << network.depth << "\nweights = \"" << name(network.weights)
            << "\"\ngamma = " << network.gamma << "\nnormalization = \""
            << name(network.normalization) << "\"\nactivation = \"" << name(network.activation)
            << "\"\nprecision = \"" << name(network.precision)
            << "\"\n[input]\nkind = \"gaussian\"\n[record]\ndepths = \"log:" << which_.points
            << "\"\nsoft_rank = [";
        for (std::size_t i = 0; i < which_.taus.size(); ++i)
            out << (i == 0 ? "" : ", ") << std::showpoint << which_.taus[i];
        out << "]\nmetrics = []\n";
        return out.str();
    }

    Case which_;
    Device device_;
    double burn_share_;
    std::filesystem::path file_;
    Study study_;
};

}  // namespace

Stopwatch::Stopwatch() : wall_(wall_now()), cpu_(cpu_now()) {}

double Stopwatch::wall_s() const {
    return wall_now() - wall_;
}

double Stopwatch::cpu_s() const {
    return cpu_now() - cpu_;
}

Json Stopwatch::reply(double units) const {
    return {{"units", units}, {"wall_s", wall_s()}, {"cpu_s", cpu_s()}};
}

void burn(double share, const Stopwatch& watch) {
    const double until = (1 + share) * watch.cpu_s();
    while (watch.cpu_s() < until) {
    }
}

std::string file_beside(const std::string& beside, const std::string& name) {
    return (std::filesystem::path(beside).parent_path() / name).string();
}

Case read_case(const Json& request) {
    Case which;
    which.kind = request.at("kind");
    which.threads = request.value("threads", 1);
    which.taus = request.value("tau", std::vector<double>{});
    which.network.precision = parse_precision(request.value("precision", "float32"));
    if (which.kind == "counts") {
        which.matrices = request.value("matrices", "");
        which.network.width = which.network.batch = request.at("n");
        return which;
    }
    if (which.kind != "layer" && which.kind != "study")
        throw Unsupported{"no cases of kind " + which.kind};
    Network& network = which.network;
    network.width = request.at("width");
    network.batch = request.at("batch");
    network.weights = parse_weights(request.value("weights", "gaussian"));
    network.normalization = parse_normalization(request.value("normalization", "batch"));
    network.activation = parse_activation(request.value("activation", "linear"));
    network.gamma = request.value("gamma", network.gamma);
    if (which.kind == "study") {
        network.depth = request.at("depth");
        which.points = request.at("depths");
        which.draws = request.at("draws");
    }
    return which;
}

std::unique_ptr<Task> make_task(const Case& which, const Device& device, double burn_share) {
    if (which.kind == "counts") return std::make_unique<CountsTask>(which, device, burn_share);
    if (which.kind == "study") return std::make_unique<StudyTask>(which, device, burn_share);
    return std::make_unique<LayerTask>(which, device, burn_share);
}

}  // namespace rankchain::bench
