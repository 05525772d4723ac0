// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "kernels/backend/spectral_solver.hpp"

#include "kernels/wielandt.cuh"
#include <rankchain/error.hpp>

#include <algorithm>
#include <limits>
#include <string>

namespace rankchain::cuda {
namespace {

constexpr double one = 1.0;
constexpr double zero = 0.0;
// Both triangles are there; of real matrices either will do.
constexpr cublasFillMode_t triangle = CUBLAS_FILL_MODE_UPPER;

struct Sides {
    explicit Sides(MatrixShape shape)
        : n(std::min(shape.rows, shape.cols)), k(std::max(shape.rows, shape.cols)) {}
    std::int64_t n, k;
};

/// A size as cuBLAS takes it.
int library_size(std::int64_t size) {
    if (!(size <= std::numeric_limits<int>::max())) {
        throw InvalidArgument("a matrix side of " + std::to_string(size) +
                              "; cuBLAS takes at most 2147483647");
    }
    return static_cast<int>(size);
}

struct EigenWork {
    std::size_t device = 0;
    std::size_t host = 0;
};

EigenWork eigen_work(const Queue& queue, const SolverParameters& parameters, std::int64_t n,
                     std::int64_t count) {
    EigenWork work;
    check(cusolverDnXsyevBatched_bufferSize(queue.cusolver(), parameters.eigen(),
                                            CUSOLVER_EIG_MODE_NOVECTOR, triangle, n, CUDA_R_64F,
                                            nullptr, n, CUDA_R_64F, nullptr, CUDA_R_64F,
                                            &work.device, &work.host, count),
          "cusolverDnXsyevBatched_bufferSize");
    return work;
}

int jacobi_work(const Queue& queue, const SolverParameters& parameters, int m, int n, int count) {
    int numbers = 0;
    check(cusolverDnDgesvdjBatched_bufferSize(queue.cusolver(), CUSOLVER_EIG_MODE_NOVECTOR, m, n,
                                              nullptr, m, nullptr, nullptr, m, nullptr, n, &numbers,
                                              parameters.jacobi(), count),
          "cusolverDnDgesvdjBatched_bufferSize");
    return numbers;
}

/// What values() of one routine takes.
SolverExtent routine_extent(const Queue& queue, const SolverParameters& parameters,
                            SpectrumRoutine routine, MatrixShape shape) {
    const Sides sides(shape);
    const std::int64_t n = sides.n;
    const std::int64_t k = sides.k;
    const std::int64_t count = sub_batch(routine, shape.rows, shape.cols);
    SolverExtent extent;
    const auto jacobi = [&](std::int64_t m) {
        extent.left = count * m * m;
        extent.right = count * n * n;
        extent.work = std::int64_t{jacobi_work(queue, parameters, library_size(m), library_size(n),
                                               library_size(count))} *
                      static_cast<std::int64_t>(sizeof(double));
    };
    const auto eigen = [&](std::int64_t size) {
        const EigenWork work = eigen_work(queue, parameters, size, count);
        extent.work = static_cast<std::int64_t>(work.device);
        extent.host_work = static_cast<std::int64_t>(work.host);
    };
    switch (routine) {
        case SpectrumRoutine::none:
        case SpectrumRoutine::tridiagonal:  // all on chip
        case SpectrumRoutine::bidiagonal:
        case SpectrumRoutine::bisection:
            break;
        case SpectrumRoutine::panels:
            extent.tiles = count * panel_numbers(n, queue.shared_limit());
            break;
        case SpectrumRoutine::jacobi:
            jacobi(k);
            break;
        case SpectrumRoutine::qr_jacobi:
            extent.square = count * n * n;
            jacobi(n);
            break;
        case SpectrumRoutine::gram:
            eigen(n);
            break;
        case SpectrumRoutine::wielandt:
        case SpectrumRoutine::qr_wielandt:
            extent.square = count * 4 * n * n;
            eigen(2 * n);
            break;
    }
    if (routine == SpectrumRoutine::qr_jacobi || routine == SpectrumRoutine::qr_wielandt) {
        extent.tau = count * n;
        extent.pointers = 2 * count;
    }
    return extent;
}

}  // namespace

void SolverExtent::cover(const SolverExtent& other) {
    const auto cover_one = [](std::int64_t& mine, std::int64_t theirs) {
        mine = std::max(mine, theirs);
    };
    cover_one(tall, other.tall);
    cover_one(gram, other.gram);
    cover_one(inverse, other.inverse);
    cover_one(products, other.products);
    cover_one(tiles, other.tiles);
    cover_one(square, other.square);
    cover_one(tau, other.tau);
    cover_one(pointers, other.pointers);
    cover_one(left, other.left);
    cover_one(right, other.right);
    cover_one(work, other.work);
    cover_one(host_work, other.host_work);
}

std::int64_t SolverExtent::bytes() const {
    std::int64_t sum = buffer_bytes<double*>(pointers) + buffer_bytes<unsigned char>(work);
    for (const std::int64_t numbers :
         {tall, gram, inverse, products, tiles, square, tau, left, right}) {
        sum += buffer_bytes<double>(numbers);
    }
    return sum;
}

SolverParameters::SolverParameters() {
    try {
        check(cusolverDnCreateParams(&eigen_), "cusolverDnCreateParams");
        check(cusolverDnCreateGesvdjInfo(&jacobi_), "cusolverDnCreateGesvdjInfo");
    } catch (...) {
        destroy();
        throw;
    }
}

SolverParameters::~SolverParameters() {
    destroy();
}

void SolverParameters::destroy() noexcept {
    if (is_lost()) return;
    if (eigen_ != nullptr && !is_lost()) {
        note(cusolverDnDestroyParams(eigen_), "cusolverDnDestroyParams");
    }
    if (jacobi_ != nullptr && !is_lost()) {
        note(cusolverDnDestroyGesvdjInfo(jacobi_), "cusolverDnDestroyGesvdjInfo");
    }
}

SolverExtent SpectralSolver::extent(const Queue& queue, const SolverParameters& parameters,
                                    std::span<const SpectralTask> tasks) {
    SolverExtent all;
    for (const auto& [shape, plan] : tasks) {
        const auto [n, k] = Sides(shape);
        const std::int64_t count = sub_batch(SpectrumRoutine::none, shape.rows, shape.cols);
        SolverExtent mine;
        mine.tall = count * n * k;
        if (plan.library_gram()) mine.gram = count * n * n;
        if (plan.cosines) {
            mine.inverse = count * shape.cols;
            mine.products = cosine_sub_batch(shape.rows, shape.cols) * shape.cols *
                            std::min(cosine_panel, shape.cols);
        }
        all.cover(mine);
        all.cover(routine_extent(queue, parameters, plan.first, shape));
        all.cover(routine_extent(queue, parameters, plan.second, shape));
    }
    return all;
}

std::int64_t SpectralSolver::need(const Queue& queue, std::span<const SpectralTask> tasks) {
    const SolverParameters parameters;
    return extent(queue, parameters, tasks).bytes();
}

SpectralSolver::SpectralSolver(Memory& memory, const Queue& queue,
                               std::span<const SpectralTask> tasks)
    : queue_(&queue),
      extent_(extent(queue, parameters_, tasks)),
      tall_(memory, extent_.tall),
      gram_(memory, extent_.gram),
      inverse_(memory, extent_.inverse),
      products_(memory, extent_.products),
      tiles_(memory, extent_.tiles),
      square_(memory, extent_.square),
      tau_(memory, extent_.tau),
      left_(memory, extent_.left),
      right_(memory, extent_.right),
      pointers_(memory, extent_.pointers),
      work_(memory, extent_.work),
      host_work_(static_cast<std::size_t>(extent_.host_work)) {}

void SpectralSolver::pad(MatrixShape shape, std::int64_t count) {
    const std::int64_t size = shape.rows * shape.cols;
    const std::int64_t whole = sub_batch(SpectrumRoutine::none, shape.rows, shape.cols);
    if (count >= whole) return;
    check(cudaMemsetAsync(tall_.get() + count * size, 0,
                          static_cast<std::size_t>((whole - count) * size) * sizeof(double),
                          queue_->stream()),
          "cudaMemsetAsync");
}

void SpectralSolver::gram(MatrixShape shape, std::int64_t count, std::int64_t batch,
                          GramSums* sums) {
    const auto [n, k] = Sides(shape);
    const int size = library_size(n);
    const int length = library_size(k);
    check(cublasDgemmStridedBatched(
              queue_->cublas(), CUBLAS_OP_T, CUBLAS_OP_N, size, size, length, &one, tall_.get(),
              length, n * k, tall_.get(), length, n * k, &zero, gram_.get(), size, n * n,
              library_size(sub_batch(SpectrumRoutine::gram, shape.rows, shape.cols))),
          "cublasDgemmStridedBatched");
    check(gram_sums(gram_.get(), count, n, batch, sums, queue_->stream()), "gram_sums");
}

void SpectralSolver::panels(MatrixShape shape, PanelBatch batch) {
    const auto [n, k] = Sides(shape);
    batch.gram = gram_.get();
    batch.tiles = tiles_.get();
    batch.n = n;
    batch.k = k;
    check(count_panels(batch, queue_->shared_limit(), queue_->stream()), "count_panels");
}

void SpectralSolver::cosines(MatrixShape shape, std::int64_t count, CosineSums* sums) {
    const std::int64_t rows = shape.rows;
    const std::int64_t cols = shape.cols;
    const std::int64_t size = rows * cols;
    const std::int64_t group = cosine_sub_batch(rows, cols);
    const bool by_rows = rows <= cols;  // columns of H are rows of the column-major [k, n]
    const int ld = library_size(by_rows ? cols : rows);
    check(inverse_norms(tall_.get(), count, rows, cols, inverse_.get(), sums, queue_->stream()),
          "inverse_norms");
    for (std::int64_t begin = 0; begin < count; begin += group) {
        const double* const matrices = tall_.get() + begin * size;
        const std::int64_t mine = std::min(group, count - begin);
        for (std::int64_t first = 0; first < cols; first += cosine_panel) {
            const std::int64_t left = cols - first;
            const std::int64_t panel = std::min(cosine_panel, left);
            const double* const from = matrices + (by_rows ? first : first * rows);
            check(cublasDgemmStridedBatched(
                      queue_->cublas(), by_rows ? CUBLAS_OP_N : CUBLAS_OP_T,
                      by_rows ? CUBLAS_OP_T : CUBLAS_OP_N, library_size(panel), library_size(left),
                      library_size(rows), &one, from, ld, size, from, ld, size, &zero,
                      products_.get(), library_size(panel), left * panel, library_size(group)),
                  "cublasDgemmStridedBatched");
            check(add_cosines(products_.get(), mine, cols, first, panel,
                              inverse_.get() + begin * cols, sums + begin, queue_->stream()),
                  "add_cosines");
        }
    }
}

void SpectralSolver::triangularise(double* tall, int k, int n, int count) {
    double** const matrices = pointers_.get();
    double** const taus = matrices + count;
    check(make_pointers(tall, std::int64_t{n} * k, count, matrices, queue_->stream()),
          "make_pointers");
    check(make_pointers(tau_.get(), n, count, taus, queue_->stream()), "make_pointers");
    int info = 0;
    check(cublasDgeqrfBatched(queue_->cublas(), k, n, matrices, k, taus, &info, count),
          "cublasDgeqrfBatched");
    if (info != 0) {
        throw DeviceError("cuBLAS: info " + std::to_string(info) + " from cublasDgeqrfBatched");
    }
}

void SpectralSolver::jacobi(double* a, int m, int n, int count, double* values, int* info) {
    const int numbers = jacobi_work(*queue_, parameters_, m, n, count);
    check(cusolverDnDgesvdjBatched(queue_->cusolver(), CUSOLVER_EIG_MODE_NOVECTOR, m, n, a, m,
                                   values, left_.get(), m, right_.get(), n,
                                   reinterpret_cast<double*>(work_.get()), numbers, info,
                                   parameters_.jacobi(), count),
          "cusolverDnDgesvdjBatched");
}

void SpectralSolver::eigenvalues(double* a, std::int64_t n, std::int64_t count, double* values,
                                 int* info) {
    const EigenWork work = eigen_work(*queue_, parameters_, n, count);
    check(
        cusolverDnXsyevBatched(queue_->cusolver(), parameters_.eigen(), CUSOLVER_EIG_MODE_NOVECTOR,
                               triangle, n, CUDA_R_64F, a, n, CUDA_R_64F, values, CUDA_R_64F,
                               work_.get(), work.device, host_work_.data(), work.host, info, count),
        "cusolverDnXsyevBatched");
}

void SpectralSolver::values(SpectrumRoutine routine, MatrixShape shape, std::int64_t count,
                            double* values, int* info) {
    const auto [n, k] = Sides(shape);
    const std::int64_t step = sub_batch(routine, shape.rows, shape.cols);
    const std::int64_t width = value_count(routine, shape.rows, shape.cols);
    const bool reduced =
        routine == SpectrumRoutine::qr_jacobi || routine == SpectrumRoutine::qr_wielandt;
    const int length = library_size(k);
    const int size = library_size(n);
    const int calls = library_size(step);
    for (std::int64_t begin = 0; begin < count; begin += step) {
        double* const matrices = tall_.get() + begin * n * k;
        double* const out = values + begin * width;
        int* const out_info = info + begin;
        const SquareBatch squares{matrices, step, n, k, reduced};
        if (reduced) triangularise(matrices, length, size, calls);
        switch (routine) {
            case SpectrumRoutine::none:
            case SpectrumRoutine::tridiagonal:  // not of tall(): the caller's
            case SpectrumRoutine::bidiagonal:
            case SpectrumRoutine::bisection:
            case SpectrumRoutine::panels:  // no values: panels()
                break;
            case SpectrumRoutine::jacobi:
                jacobi(matrices, length, size, calls, out, out_info);
                break;
            case SpectrumRoutine::qr_jacobi:
                check(copy_squares(squares, square_.get(), queue_->stream()), "copy_squares");
                jacobi(square_.get(), size, size, calls, out, out_info);
                break;
            case SpectrumRoutine::gram:
                eigenvalues(gram_.get() + begin * n * n, n, step, out, out_info);
                break;
            case SpectrumRoutine::wielandt:
            case SpectrumRoutine::qr_wielandt:
                check(wielandt(squares, square_.get(), queue_->stream()), "wielandt");
                eigenvalues(square_.get(), 2 * n, step, out, out_info);
                break;
        }
    }
}

}  // namespace rankchain::cuda
