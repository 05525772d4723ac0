// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Soft ranks of given matrices: by Rankchain, and by the LAPACK drivers that a C++ user would call.
#include "bench/suite_npy.hpp"
#include "bench/suite_task.hpp"
#include <rankchain/array.hpp>
#include <rankchain/spectrum.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <stdexcept>

#include <cblas.h>
#include <lapacke.h>

namespace rankchain::bench {
namespace {

using Matrices = BatchView<const double>;
using Counts = std::vector<std::int64_t>;  // [tau, matrix]

/// Counts of a batch, and how they are found.
struct Counter {
    std::string method;
    std::function<Counts(const Matrices&)> counts;
};

class CountsTask final : public Task {
  public:
    /// Of several ways the first is sure to be right; the fastest that agrees with it is taken.
    CountsTask(const Case& which, const std::string& contestant, std::vector<Counter> ways,
               bool on_device, double burn_share)
        : which_(which),
          file_(contestant + ".npy"),
          ways_(std::move(ways)),
          on_device_(on_device),
          burn_share_(burn_share),
          matrices_(read_npy<double>(which.matrices)) {}

    Json prepare() override {
        if (which_.network.precision == Precision::float32) {
            for (double& x : matrices_.values)
                x = static_cast<float>(x);
        }
        given_ = matrices_.shape.at(0);
        // A device wants to be filled: the matrices again and again, up to 2^24 numbers.
        const std::size_t size = matrices_.values.size();
        const std::size_t times = on_device_ ? std::max<std::size_t>(1, (1 << 24) / size) : 1;
        matrices_.values.resize(times * size);
        for (std::size_t k = size; k < matrices_.values.size(); ++k)
            matrices_.values[k] = matrices_.values[k - size];
        matrices_.shape[0] = given_ * static_cast<std::int64_t>(times);

        first_ = ways_.front().counts(view());
        double fastest = INFINITY;
        for (const Counter& way : ways_) {
            if (way.counts(view()) != first_) continue;
            const Stopwatch watch;
            static_cast<void>(way.counts(view()));
            if (!(watch.wall_s() < fastest)) continue;
            fastest = watch.wall_s();
            chosen_ = way;
        }
        return {{"batch", matrices_.shape[0]}, {"method", chosen_.method}};
    }

    Json check(const Json& request) override {
        const auto taus = static_cast<std::int64_t>(which_.taus.size());
        Array<std::int64_t> out{{given_, taus}, {}};
        for (std::int64_t b = 0; b < given_; ++b) {
            for (std::int64_t t = 0; t < taus; ++t)
                out.values.push_back(first_[static_cast<std::size_t>(t * matrices_.shape[0] + b)]);
        }
        return {{"output", write_npy_beside(request.at("matrices"), file_, out)}};
    }

    Json sample(double seconds) override {
        double units = 0;
        Counts counts;
        const Stopwatch watch;
        while (watch.wall_s() < seconds) {
            const Stopwatch call;
            counts = chosen_.counts(view());
            if (burn_share_ > 0) burn(burn_share_, call);
            units += static_cast<double>(matrices_.shape[0]);
        }
        Json reply = watch.reply(units);
        if (counts != first_) return {{"error", "the counts changed"}};
        return reply;
    }

  private:
    [[nodiscard]] Matrices view() const {
        return {matrices_.values.data(), matrices_.shape[0], matrices_.shape[1],
                matrices_.shape[2]};
    }

    Case which_;
    std::string file_;
    std::vector<Counter> ways_;
    bool on_device_;
    double burn_share_;
    Array<double> matrices_;
    std::int64_t given_ = 0;
    Counter chosen_;
    Counts first_;
};

/// Counts by squares of singular values, N lambda, that `squares` finds of one matrix.
template <class Squares>
Counts counted(const Matrices& h, const std::vector<double>& taus, Squares squares) {
    Counts counts(taus.size() * static_cast<std::size_t>(h.draws));
    for (std::int64_t b = 0; b < h.draws; ++b) {
        const auto& found = squares(h.matrix(b));
        for (std::size_t t = 0; t < taus.size(); ++t) {
            const double bound = taus[t] * static_cast<double>(h.cols);
            counts[t * static_cast<std::size_t>(h.draws) + static_cast<std::size_t>(b)] =
                std::ranges::count_if(found, [&](double square) { return square >= bound; });
        }
    }
    return counts;
}

void require(lapack_int info, const char* routine) {
    if (info != 0) throw std::runtime_error(std::string(routine) + " did not converge");
}

// A row-major square matrix is its transpose to LAPACK, which has the same singular values.
Counts by_dgesdd(const Matrices& h, const std::vector<double>& taus) {
    const int n = static_cast<int>(h.rows);
    const auto size = static_cast<std::size_t>(h.rows);
    std::vector<double> a(size * size);
    std::vector<double> sigma(size);
    std::vector<lapack_int> integers(8 * size);
    double best = 0;
    require(LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'N', n, n, a.data(), n, sigma.data(), nullptr, 1,
                                nullptr, 1, &best, -1, integers.data()),
            "dgesdd");
    std::vector<double> work(static_cast<std::size_t>(best));
    return counted(h, taus, [&](const double* matrix) -> const std::vector<double>& {
        std::copy_n(matrix, a.size(), a.begin());
        require(LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'N', n, n, a.data(), n, sigma.data(), nullptr,
                                    1, nullptr, 1, work.data(), static_cast<int>(work.size()),
                                    integers.data()),
                "dgesdd");
        for (double& value : sigma)
            value *= value;
        return sigma;
    });
}

Counts by_dsyevd(const Matrices& h, const std::vector<double>& taus) {
    const int n = static_cast<int>(h.rows);
    const auto size = static_cast<std::size_t>(h.rows);
    std::vector<double> gram(size * size);
    std::vector<double> lambda(size);
    std::vector<double> work(64 * size + 1);
    std::array<lapack_int, 1> integers{};
    return counted(h, taus, [&](const double* matrix) -> const std::vector<double>& {
        cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, n, n, 1, matrix, n, 0, gram.data(), n);
        require(LAPACKE_dsyevd_work(LAPACK_COL_MAJOR, 'N', 'L', n, gram.data(), n, lambda.data(),
                                    work.data(), static_cast<int>(work.size()), integers.data(), 1),
                "dsyevd");
        return lambda;
    });
}

}  // namespace

std::unique_ptr<Task> make_counts_task(const Case& which, const Device& device, double burn_share) {
    const Counter counter{"soft_ranks", [taus = which.taus, device](const Matrices& h) {
                              return soft_ranks(h, taus, device).count;
                          }};
    return std::make_unique<CountsTask>(which, "rankchain", std::vector{counter},
                                        device.kind != Device::Kind::cpu, burn_share);
}

std::unique_ptr<Task> make_lapack_task(const Case& which) {
    if (which.kind != "counts") throw Unsupported{"LAPACK has spectra alone"};
    if (which.threads != 1) throw Unsupported{"one thread alone"};
    std::vector<Counter> ways{
        {"dgesdd", [taus = which.taus](const Matrices& h) { return by_dgesdd(h, taus); }},
        {"dsyrk + dsyevd", [taus = which.taus](const Matrices& h) { return by_dsyevd(h, taus); }}};
    return std::make_unique<CountsTask>(which, "lapack", std::move(ways), false, 0);
}

}  // namespace rankchain::bench
