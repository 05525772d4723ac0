// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Layers a second of the chain that the rivals in bench/rivals run too: linear, Gaussian weights,
// batch normalisation, d = N. A layer is one layer of one network. Prints
//   rankchain WIDTH LAYERS_PER_CPU_SECOND LAYERS_PER_SECOND
#include <rankchain/chain.hpp>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <exception>
#include <limits>

#include <CLI/CLI.hpp>

namespace {

double cpu_seconds() {
    timespec now{};
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0) return std::nan("");
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

int main(int argc, char** argv) {
    std::int64_t width = 64;
    int threads = 1;
    double seconds = 1;
    std::string precision = "float32";
    CLI::App app{"Layers a second of a linear batch-normalised chain"};
    app.add_option("width", width, "d = N")->required()->check(CLI::Range(2, 8192));
    app.add_option("--threads", threads)->check(CLI::Range(1, 1024));
    app.add_option("--seconds", seconds, "wall time to measure for")->check(CLI::PositiveNumber);
    app.add_option("--precision", precision);
    CLI11_PARSE(app, argc, argv);
    try {
        using Clock = std::chrono::steady_clock;
        const rankchain::Network network{.width = width,
                                         .batch = width,
                                         .depth = std::numeric_limits<std::int32_t>::max(),
                                         .precision = rankchain::parse_precision(precision)};
        const std::int64_t draws = 16 * threads;
        rankchain::Chains chains(network, {}, 1, {0, draws},
                                 {.kind = rankchain::Device::Kind::cpu, .threads = threads});
        // Steps of about a fiftieth of a second at 5e8 multiply-adds a draw and second.
        const std::int64_t step =
            1 + static_cast<std::int64_t>(2e7 / static_cast<double>(width * width * (width + 20)));
        chains.advance(step);
        const double cpu = cpu_seconds();
        const auto start = Clock::now();
        double elapsed = 0;
        double layers = 0;
        while (elapsed < seconds) {
            chains.advance(chains.layer() + step);
            layers += static_cast<double>(step * draws);
            elapsed = std::chrono::duration<double>(Clock::now() - start).count();
        }
        const double spent = cpu_seconds() - cpu;
        const std::array quantities{
            rankchain::Quantity{rankchain::Metric::rank_lower_bound, std::nan(""), 0}};
        const auto samples = chains.measure(quantities);
        for (std::int64_t b = 0; b < draws; ++b) {
            if (!(samples.value(0, b) >= 1)) {
                std::fprintf(stderr, "layer_rate: draw %lld failed\n", static_cast<long long>(b));
                return 1;
            }
        }
        std::printf("rankchain %lld %.1f %.1f\n", static_cast<long long>(width), layers / spent,
                    layers / elapsed);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "layer_rate: %s\n", error.what());
        return 1;
    }
    return 0;
}
