// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Matrices a second on a device from H [n, n] in float64 to what five soft ranks need: our counts
// on the tridiagonal form of the Gram matrix (beyond 128 rows by panels, G by cuBLAS) and on the
// bidiagonal form of H, and all its singular values by bisection, beside what a library offers,
// cuBLAS's Gram matrix and XsyevBatched without vectors, and gesvdjBatched without vectors up to
// its
// 32. (Theirs stop at eigenvalues, which the host would still have to count.) Gaussian H,
// the same for all; each at the better of two numbers of matrices at once; timed as cuda_rate.hpp
// says. Before that the counts are compared with the eigenvalues. Markdown on standard output.
//
//   count_cuda_bench [--once]     --once: for a profiler, each of our methods once, at four sizes
//
// Without a device: its reason, and exit code 3.
#include "bench/cuda_rate.hpp"
#include "kernels/backend/context.hpp"
#include "kernels/backend/spectral_solver.hpp"
#include "kernels/bidiagonal.cuh"
#include "kernels/input.cuh"
#include "kernels/tridiagonal.cuh"
#include "kernels/tridiagonal_panels.cuh"
#include <rankchain/error.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>
#include <string>
#include <vector>

namespace rankchain::cuda {
namespace {

constexpr std::array<double, 5> taus{0.01, 0.1, 0.5, 1.0, 2.0};
constexpr std::int64_t ranks = static_cast<std::int64_t>(taus.size());

/// B matrices, and room for all that any method writes.
class Matrices {
  public:
    Matrices(Context& context, const Queue& queue, std::int64_t side, std::int64_t draws)
        : queue_(&queue),
          n_(side),
          draws_(draws),
          h_(context.memory(), draws * side * side),
          gram_(context.memory(), draws * side * side),
          values_(context.memory(), draws * side),
          tiles_(context.memory(), draws * panel_numbers(side, queue.shared_limit())),
          taus_(context.memory(), ranks),
          ends_(context.memory(), draws * ranks),
          sums_(context.memory(), draws),
          exponent_(context.memory(), draws),
          unscaled_(context.memory(), draws),
          info_(context.memory(), draws) {
        check(cudaMemset(unscaled_.get(), 0, static_cast<std::size_t>(draws) * sizeof(int)),
              "cudaMemset");
        check(make_input<double>({1, 0, draws, side, side, false}, h_.get(), nullptr),
              "make_input");
        check(cudaMemcpy(taus_.get(), taus.data(), sizeof taus, cudaMemcpyHostToDevice),
              "cudaMemcpy");
        std::size_t device = 0;
        check(cusolverDnXsyevBatched_bufferSize(queue.cusolver(), parameters_.eigen(),
                                                CUSOLVER_EIG_MODE_NOVECTOR, triangle, n_,
                                                CUDA_R_64F, nullptr, n_, CUDA_R_64F, nullptr,
                                                CUDA_R_64F, &device, &host_bytes_, draws_),
              "cusolverDnXsyevBatched_bufferSize");
        if (side <= jacobi_limit) {
            check(cusolverDnDgesvdjBatched_bufferSize(
                      queue.cusolver(), CUSOLVER_EIG_MODE_NOVECTOR, size(), size(), nullptr, size(),
                      nullptr, nullptr, size(), nullptr, size(), &jacobi_numbers_,
                      parameters_.jacobi(), count()),
                  "cusolverDnDgesvdjBatched_bufferSize");
            vectors_ = Buffer<double>(context.memory(), 2 * draws * side * side);
        }
        device_bytes_ = std::max(device, static_cast<std::size_t>(jacobi_numbers_) * 8);
        work_ = Buffer<unsigned char>(context.memory(), static_cast<std::int64_t>(device_bytes_));
        host_work_.resize(host_bytes_);
    }

    void tridiagonal() const {
        if (n_ <= tridiagonal_limit) {
            check(count_tridiagonal(batch(), nullptr), "count_tridiagonal");
            return;
        }
        gram();
        check(gram_sums(gram_.get(), draws_, n_, n_, sums_.get(), nullptr), "gram_sums");
        PanelBatch panels;
        panels.gram = gram_.get();
        panels.tiles = tiles_.get();
        panels.count = draws_;
        panels.n = panels.k = panels.batch = n_;
        panels.exponent = unscaled_.get();
        panels.sums = sums_.get();
        panels.taus = taus_.get();
        panels.ranks = ranks;
        panels.ends = ends_.get();
        check(count_panels(panels, queue_->shared_limit(), nullptr), "count_panels");
    }
    void bidiagonal() const { check(count_bidiagonal(batch(), nullptr), "count_bidiagonal"); }
    void bisection() const {
        CountBatch<double> all = batch();
        all.ranks = 0;
        all.values = values_.get();
        check(count_bidiagonal(all, nullptr), "count_bidiagonal");
    }

    void eigenvalues() {
        gram();
        check(cusolverDnXsyevBatched(
                  queue_->cusolver(), parameters_.eigen(), CUSOLVER_EIG_MODE_NOVECTOR, triangle, n_,
                  CUDA_R_64F, gram_.get(), n_, CUDA_R_64F, values_.get(), CUDA_R_64F, work_.get(),
                  device_bytes_, host_work_.data(), host_bytes_, info_.get(), draws_),
              "cusolverDnXsyevBatched");
    }

    /// gesvdjBatched overwrites its matrices: the copy is in the time.
    void jacobi() {
        const auto bytes = static_cast<std::size_t>(draws_ * n_ * n_) * sizeof(double);
        check(cudaMemcpyAsync(gram_.get(), h_.get(), bytes, cudaMemcpyDeviceToDevice, nullptr),
              "cudaMemcpyAsync");
        check(cusolverDnDgesvdjBatched(queue_->cusolver(), CUSOLVER_EIG_MODE_NOVECTOR, size(),
                                       size(), gram_.get(), size(), values_.get(), vectors_.get(),
                                       size(), vectors_.get() + draws_ * n_ * n_, size(),
                                       reinterpret_cast<double*>(work_.get()), jacobi_numbers_,
                                       info_.get(), parameters_.jacobi(), count()),
              "cusolverDnDgesvdjBatched");
    }

    /// Throws unless the counts of `ends` hold what the eigenvalues say.
    void compare(const char* method) const {
        std::vector<double> lambda(static_cast<std::size_t>(draws_ * n_));
        std::vector<RankEnds> ends(static_cast<std::size_t>(draws_ * ranks));
        get(lambda, values_);
        get(ends, ends_);
        for (std::int64_t b = 0; b < draws_; ++b) {
            const auto first = lambda.begin() + b * n_;
            for (std::int64_t q = 0; q < ranks; ++q) {
                const double x = taus.at(static_cast<std::size_t>(q)) * static_cast<double>(n_);
                const auto rank =
                    std::count_if(first, first + n_, [=](double value) { return value >= x; });
                const RankEnds& found = ends[static_cast<std::size_t>(b * ranks + q)];
                if (rank < found.low || rank > found.high) {
                    throw DeviceError(std::string(method) + ": matrix " + std::to_string(b) +
                                      " of side " + std::to_string(n_) + " has rank " +
                                      std::to_string(rank) + ", not " + std::to_string(found.low) +
                                      " to " + std::to_string(found.high));
                }
            }
        }
    }

  private:
    static constexpr cublasFillMode_t triangle = CUBLAS_FILL_MODE_UPPER;

    void gram() const {
        const double one = 1.0;
        const double zero = 0.0;
        check(cublasDgemmStridedBatched(queue_->cublas(), CUBLAS_OP_T, CUBLAS_OP_N, size(), size(),
                                        size(), &one, h_.get(), size(), n_ * n_, h_.get(), size(),
                                        n_ * n_, &zero, gram_.get(), size(), n_ * n_, count()),
              "cublasDgemmStridedBatched");
    }

    [[nodiscard]] int size() const { return static_cast<int>(n_); }
    [[nodiscard]] int count() const { return static_cast<int>(draws_); }
    [[nodiscard]] CountBatch<double> batch() const {
        CountBatch<double> batch;
        batch.h = {h_.get(), n_ * n_, n_, n_, nullptr, nullptr, 0, draws_};
        batch.batch = n_;
        batch.taus = taus_.get();
        batch.ranks = ranks;
        batch.ends = ends_.get();
        batch.exponent = exponent_.get();
        return batch;
    }
    template <class T>
    static void get(std::vector<T>& to, const Buffer<T>& from) {
        check(cudaMemcpy(to.data(), from.get(), to.size() * sizeof(T), cudaMemcpyDeviceToHost),
              "cudaMemcpy");
    }

    const Queue* queue_;
    std::int64_t n_, draws_;
    SolverParameters parameters_;
    Buffer<double> h_, gram_, values_, tiles_, taus_, vectors_;
    Buffer<RankEnds> ends_;
    Buffer<GramSums> sums_;
    Buffer<int> exponent_, unscaled_, info_;
    Buffer<unsigned char> work_;
    std::size_t device_bytes_ = 0, host_bytes_ = 0;
    int jacobi_numbers_ = 0;
    std::vector<unsigned char> host_work_;
};

/// The better of both numbers of matrices.
Rate best(std::array<Matrices*, 2> sets, std::array<std::int64_t, 2> draws,
          const std::function<void(Matrices&)>& method) {
    Rate best;
    for (std::size_t i = 0; i < sets.size(); ++i) {
        const Rate rate = rate_of(
            draws.at(i),
            [&](std::int64_t times) {
                for (std::int64_t t = 0; t < times; ++t)
                    method(*sets.at(i));
            },
            1);
        if (rate.median > best.median) best = rate;
    }
    return best;
}

std::string text(const Rate& rate) {
    if (!(rate.median > 0)) return "";
    std::array<char, 64> line{};
    (void)std::snprintf(line.data(), line.size(), "%.3g (%.3g to %.3g)", rate.median, rate.low,
                        rate.high);
    return line.data();
}

// The goals are an H100's.
double goal(std::int64_t n) {
    return n == 32 ? 3e7 : (n == 64 ? 5e6 : (n == 128 ? 6e5 : 0));
}

void run() {
    Context context(0);
    context.use();
    const Queue queue(context.memory(), static_cast<cudaStream_t>(nullptr));
    query(context);
    std::printf(
        "\n| n | tridiagonal, matrices/s | bidiagonal | its singular values | cuBLAS + "
        "XsyevBatched "
        "| gesvdjBatched | over the best of theirs | bidiagonal over it | singular values over it "
        "| "
        "of the H100 goal |\n|---|---|---|---|---|---|---|---|---|---|\n");
    for (const std::int64_t n : {8,  16, 24, 31,  32,  33,  34,  40,  48,  63,  64,
                                 65, 80, 96, 127, 128, 129, 160, 192, 256, 384, 512}) {
        // At most a GiB of matrices and what cuSOLVER's batched routines are known to take.
        const std::int64_t most =
            std::clamp<std::int64_t>((std::int64_t{1} << 26) / (n * n), 512, 16384);
        const std::array<std::int64_t, 2> draws{most, most / 4};
        Matrices all(context, queue, n, draws[0]);
        Matrices few(context, queue, n, draws[1]);
        const std::array<Matrices*, 2> sets{&all, &few};
        const bool has_tridiagonal =
            n <= tridiagonal_limit || has_panel_counts(n, context.shared_limit());
        const bool has_bidiagonal = has_bidiagonal_counts(n, n, context.shared_limit());
        few.eigenvalues();
        if (has_tridiagonal) {
            few.tridiagonal();
            few.compare("tridiagonal");
        }
        if (has_bidiagonal) {
            few.bidiagonal();
            few.compare("bidiagonal");
        }
        const auto rate = [&](bool there, const std::function<void(Matrices&)>& method) {
            return there ? best(sets, draws, method) : Rate{};
        };
        const Rate one = rate(has_tridiagonal, [](Matrices& set) { set.tridiagonal(); });
        const Rate two = rate(has_bidiagonal, [](Matrices& set) { set.bidiagonal(); });
        const Rate values = rate(has_bidiagonal, [](Matrices& set) { set.bisection(); });
        const Rate eigen = rate(true, [](Matrices& set) { set.eigenvalues(); });
        const Rate jacobi = rate(n <= jacobi_limit, [](Matrices& set) { set.jacobi(); });
        const double theirs = std::max(eigen.median, jacobi.median);
        std::printf("| %lld | %s | %s | %s | %s | %s | %.2f | %.2f | %.2f | %s |\n",
                    static_cast<long long>(n), text(one).c_str(), text(two).c_str(),
                    text(values).c_str(), text(eigen).c_str(), text(jacobi).c_str(),
                    one.median / theirs, two.median / theirs, values.median / theirs,
                    share(one.median, goal(n)).c_str());
        (void)std::fflush(stdout);
    }
}

void run_once() {
    Context context(0);
    context.use();
    const Queue queue(context.memory(), static_cast<cudaStream_t>(nullptr));
    for (const std::int64_t n : {32, 64, 128, 256}) {
        Matrices set(context, queue, n, 2048);
        set.tridiagonal();
        if (!has_bidiagonal_counts(n, n, context.shared_limit())) continue;
        set.bidiagonal();
        set.bisection();
    }
    check(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
}

}  // namespace
}  // namespace rankchain::cuda

int main(int argc, char** argv) {
    const bool once = argc == 2 && std::strcmp(argv[1], "--once") == 0;
    if (argc > 1 && !once) {
        (void)std::fprintf(stderr, "count_cuda_bench: '%s'; allowed is --once\n", argv[1]);
        return 2;
    }
    int count = 0;
    const cudaError_t status = cudaGetDeviceCount(&count);
    if (status != cudaSuccess || count == 0) {
        (void)std::fprintf(stderr, "count_cuda_bench: no CUDA device: %s (%s)\n",
                           cudaGetErrorName(status), cudaGetErrorString(status));
        return 3;
    }
    try {
        if (once) {
            rankchain::cuda::run_once();
        } else {
            rankchain::cuda::run();
        }
    } catch (const std::exception& error) {
        (void)std::fprintf(stderr, "count_cuda_bench: %s\n", error.what());
        return 1;
    }
    return 0;
}
