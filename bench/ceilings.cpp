// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What this machine can do at most, measured: the ceilings of the benchmark suite, as one JSON
// object
// {"cpu": {resource: a second}, "cuda": {...} or {"missing": why}}. On the CPU for one core.
#include "bench/ceilings.hpp"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <vector>

#include <cblas.h>
#include <nlohmann/json.hpp>

namespace {

double cpu_seconds() {
    timespec now{};
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0)
        throw std::runtime_error("no CPU clock");
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// `amount` of a call over the CPU time of the fastest of 12.
template <class Call>
double best_rate(double amount, const Call& call) {
    double fastest = 1e300;
    for (int i = 0; i < 12; ++i) {
        const double start = cpu_seconds();
        call();
        fastest = std::min(fastest, cpu_seconds() - start);
    }
    return amount / fastest;
}

std::map<std::string, double> cpu_ceilings() {
    constexpr int n = 768;
    constexpr double flops = 2.0 * n * n * n;
    constexpr auto size = std::size_t{n} * n;
    openblas_set_num_threads(1);
    const std::vector<float> a(size, 1.0F);
    std::vector<float> b(size);
    const std::vector<double> c(size, 1.0);
    std::vector<double> d(size);
    const std::vector<char> from(std::size_t{1} << 28, 1);
    std::vector<char> to(from.size());
    const auto bytes = static_cast<double>(2 * from.size());
    return {{"float32_product_flops", best_rate(flops,
                                                [&] {
                                                    cblas_sgemm(CblasRowMajor, CblasNoTrans,
                                                                CblasNoTrans, n, n, n, 1, a.data(),
                                                                n, a.data(), n, 0, b.data(), n);
                                                })},
            {"float64_product_flops", best_rate(flops,
                                                [&] {
                                                    cblas_dgemm(CblasRowMajor, CblasNoTrans,
                                                                CblasNoTrans, n, n, n, 1, c.data(),
                                                                n, c.data(), n, 0, d.data(), n);
                                                })},
            {"copy_bytes",
             best_rate(bytes, [&] { std::memcpy(to.data(), from.data(), from.size()); })}};
}

}  // namespace

int main() {
    try {
        nlohmann::json out{{"cpu", cpu_ceilings()}};
        try {
#ifdef RANKCHAIN_HAVE_CUDA
            out["cuda"] = rankchain::bench::cuda_ceilings();
#else
            throw std::runtime_error("built without CUDA");
#endif
        } catch (const std::exception& error) {
            out["cuda"] = {{"missing", error.what()}};
        }
        std::cout << out.dump() << '\n';
    } catch (const std::exception& error) {
        std::cerr << "ceilings: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
