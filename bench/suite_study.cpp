// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/suite_npy.hpp"
#include "bench/suite_task.hpp"
#include <rankchain/metrics.hpp>
#include <rankchain/study.hpp>

#include <filesystem>
#include <ios>
#include <sstream>

#include <unistd.h>

namespace rankchain::bench {
namespace {

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
        const Samples samples = chains.measure(expand(which_.network, which_.taus, {}));
        const auto taus = static_cast<std::int64_t>(which_.taus.size());
        Array<std::int64_t> out{{samples.draws, taus}, {}};
        for (std::int64_t b = 0; b < samples.draws; ++b) {
            for (std::int64_t t = 0; t < taus; ++t)
                out.values.push_back(static_cast<std::int64_t>(samples.value(t, b)));
        }
        return {{"output", write_npy_beside(request.at("weights"), "rankchain.npy", out)}};
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

std::unique_ptr<Task> make_study_task(const Case& which, const Device& device, double burn_share) {
    return std::make_unique<StudyTask>(which, device, burn_share);
}

}  // namespace rankchain::bench
