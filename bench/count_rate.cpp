// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Soft ranks of square Gaussian matrices at five thresholds on one thread, from H in float64 to the
// counts, by Rankchain and by the LAPACK calls that a user would make. Prints
//   METHOD SIDE MATRICES_PER_CPU_SECOND SUM_OF_THE_COUNTS
#include "host/cpu/blas_threads.hpp"
#include "host/cpu/measure.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <exception>
#include <fstream>
#include <functional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <cblas.h>
#include <lapacke.h>

namespace {

using namespace rankchain;

constexpr std::array<double, 5> taus{0.01, 0.1, 0.5, 1.0, 2.0};

double cpu_seconds() {
    timespec now{};
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0)
        throw std::runtime_error("no CPU clock");
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Matrices {
    std::int64_t side;
    std::int64_t count;
    std::vector<double> values;
    [[nodiscard]] const double* matrix(std::int64_t b) const {
        return values.data() + b * side * side;
    }
};

std::int64_t by_rankchain(const Matrices& h, SpectrumMethod method, bool through_h) {
    std::vector<Quantity> quantities;
    for (const double tau : taus)
        quantities.push_back({Metric::soft_rank, tau, 0});
    // A threshold that no Gram matrix can see makes the bidiagonal form the first method.
    if (through_h) quantities.push_back({Metric::soft_rank, 1e-20, 0});
    const auto draws = static_cast<std::size_t>(h.count);
    std::vector<double> values(quantities.size() * draws);
    std::vector<std::uint8_t> resolved(values.size());
    std::vector<DrawStatus> status(draws);
    std::vector<cpu::Measurement<double>> all;
    for (std::int64_t b = 0; b < h.count; ++b) {
        all.push_back({{.data = h.matrix(b),
                        .rows = h.side,
                        .cols = h.side,
                        .stride = h.side,
                        .batch = h.side},
                       values.data() + b,
                       resolved.data() + b,
                       nullptr,
                       &status[static_cast<std::size_t>(b)]});
    }
    cpu::measure_all(std::span<const cpu::Measurement<double>>(all), quantities, method, h.count,
                     1);
    double sum = 0;
    for (std::size_t i = 0; i < taus.size() * draws; ++i)
        sum += values[i];
    return static_cast<std::int64_t>(sum);
}

void require(lapack_int info, const char* routine) {
    if (info != 0) throw std::runtime_error(std::string(routine) + " failed");
}

/// sigma^2 or lambda of each matrix, ascending or descending, against N tau.
std::int64_t counted(const std::vector<double>& squares, std::int64_t side) {
    std::int64_t sum = 0;
    for (const double tau : taus) {
        sum += std::count_if(squares.begin(), squares.end(), [&](double value) {
            return value >= tau * static_cast<double>(side);
        });
    }
    return sum;
}

std::int64_t by_dsyevd(const Matrices& h) {
    const int n = static_cast<int>(h.side);
    std::vector<double> g(static_cast<std::size_t>(h.side * h.side));
    std::vector<double> lambda(static_cast<std::size_t>(h.side));
    std::vector<double> work(static_cast<std::size_t>(64 * h.side + 1));
    std::array<lapack_int, 1> integers{};
    std::int64_t sum = 0;
    for (std::int64_t b = 0; b < h.count; ++b) {
        cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, n, n, 1.0, h.matrix(b), n, 0.0, g.data(),
                    n);
        require(LAPACKE_dsyevd_work(LAPACK_COL_MAJOR, 'N', 'L', n, g.data(), n, lambda.data(),
                                    work.data(), static_cast<int>(work.size()), integers.data(), 1),
                "dsyevd");
        sum += counted(lambda, h.side);
    }
    return sum;
}

std::int64_t by_dgesdd(const Matrices& h) {
    const int n = static_cast<int>(h.side);
    std::vector<double> a(static_cast<std::size_t>(h.side * h.side));
    std::vector<double> sigma(static_cast<std::size_t>(h.side));
    std::vector<lapack_int> integers(static_cast<std::size_t>(8 * h.side));
    double best = 0;
    require(LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'N', n, n, a.data(), n, sigma.data(), nullptr, 1,
                                nullptr, 1, &best, -1, integers.data()),
            "dgesdd");
    std::vector<double> work(static_cast<std::size_t>(best));
    std::int64_t sum = 0;
    for (std::int64_t b = 0; b < h.count; ++b) {
        std::copy_n(h.matrix(b), a.size(), a.begin());
        require(LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'N', n, n, a.data(), n, sigma.data(), nullptr,
                                    1, nullptr, 1, work.data(), static_cast<int>(work.size()),
                                    integers.data()),
                "dgesdd");
        for (double& value : sigma)
            value *= value;
        sum += counted(sigma, h.side);
    }
    return sum;
}

}  // namespace

int main(int argc, char** argv) {
    std::int64_t side = 64;
    std::int64_t count = 64;
    double seconds = 1;
    std::string method = "rankchain";
    std::string file;
    CLI::App app{"Soft ranks of Gaussian matrices a second of CPU time, five thresholds each"};
    app.add_option("side", side, "d = N")->required()->check(CLI::Range(1, 8192));
    app.add_option("--method", method)
        ->check(CLI::IsMember({"rankchain", "rankchain-h", "dsyevd", "dgesdd", "write"}));
    app.add_option("--matrices", count)->check(CLI::Range(1, 1 << 20));
    app.add_option("--seconds", seconds, "CPU time to measure for")->check(CLI::PositiveNumber);
    app.add_option("--file", file, "where --method write leaves the matrices");
    CLI11_PARSE(app, argc, argv);
    try {
        const cpu::SingleBlasThread single;
        Matrices h{side, count, std::vector<double>(static_cast<std::size_t>(side * side * count))};
        std::mt19937_64 random(1);
        std::normal_distribution<double> normal;
        for (double& value : h.values)
            value = normal(random);
        if (method == "write") {
            std::ofstream out(file, std::ios::binary);
            out.write(reinterpret_cast<const char*>(h.values.data()),
                      static_cast<std::streamsize>(h.values.size() * sizeof(double)));
            if (!out.flush()) throw std::runtime_error("cannot write " + file);
            return 0;
        }
        const std::function<std::int64_t()> once = [&] {
            if (method == "dsyevd") return by_dsyevd(h);
            if (method == "dgesdd") return by_dgesdd(h);
            return by_rankchain(h, SpectrumMethod::automatic, method == "rankchain-h");
        };
        const std::int64_t sum = once();
        double best = 0;
        for (const double start = cpu_seconds(); cpu_seconds() - start < seconds;) {
            const double before = cpu_seconds();
            if (once() != sum) throw std::runtime_error("the counts changed");
            best = std::max(best, static_cast<double>(count) / (cpu_seconds() - before));
        }
        std::printf("%s %lld %.1f %lld\n", method.c_str(), static_cast<long long>(side), best,
                    static_cast<long long>(sum));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "count_rate: %s\n", error.what());
        return 1;
    }
    return 0;
}
