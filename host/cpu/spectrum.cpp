// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/spectrum.hpp"

#include "host/cpu/aligned_vector.hpp"
#include "host/cpu/blas_threads.hpp"
#include "host/cpu/gram.hpp"
#include "host/cpu/lapack.hpp"
#include "host/cpu/measure.hpp"
#include "host/matrix_input.hpp"
#include "host/parallel.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include <omp.h>

namespace rankchain::cpu {
namespace {

/// Scratch of one driver on one thread, kept from call to call.
struct Scratch {
    std::int64_t m = -1;
    std::int64_t n = -1;
    AlignedVector<double> work;
    std::vector<lapack_int> integers;
};

int gesdd_raw(double* a, int m, int n, double* values, double* work, int size, lapack_int* iwork) {
    return LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'N', m, n, a, std::max(m, 1), values, nullptr, 1,
                               nullptr, 1, work, size, iwork);
}

int gesvd_raw(double* a, int m, int n, double* values, double* work, int size, lapack_int*) {
    return LAPACKE_dgesvd_work(LAPACK_COL_MAJOR, 'N', 'N', m, n, a, std::max(m, 1), values, nullptr,
                               1, nullptr, 1, work, size);
}

using Driver = int (*)(double*, int, int, double*, double*, int, lapack_int*);

std::int64_t driver_work(Driver driver, const char* name, int m, int n) {
    double best = 0;
    double unused = 0;
    lapack_int integer = 0;
    require_lapack(name, driver(&unused, m, n, &unused, &best, -1, &integer));
    return static_cast<std::int64_t>(best);
}

int solve(Driver driver, const char* name, Scratch& scratch, double* a, std::int64_t rows,
          std::int64_t cols, double* values) {
    const int m = lapack_size(rows);
    const int n = lapack_size(cols);
    if (scratch.m != rows || scratch.n != cols) {
        scratch.work.resize(static_cast<std::size_t>(driver_work(driver, name, m, n)));
        scratch.integers.resize(static_cast<std::size_t>(8 * std::min(rows, cols)));
        scratch.m = rows;
        scratch.n = cols;
    }
    const int info = driver(a, m, n, values, scratch.work.data(),
                            lapack_size(static_cast<std::int64_t>(scratch.work.size())),
                            scratch.integers.data());
    require_lapack(name, std::min(info, 0));
    return info;
}

int gesdd(double* a, std::int64_t m, std::int64_t n, double* values) {
    thread_local Scratch scratch;
    return solve(gesdd_raw, "dgesdd", scratch, a, m, n, values);
}

int gesvd(double* a, std::int64_t m, std::int64_t n, double* values) {
    thread_local Scratch scratch;
    return solve(gesvd_raw, "dgesvd", scratch, a, m, n, values);
}

constexpr std::array<SingularValueSolver, 2> default_solvers{gesdd, gesvd};

int fail(double* values, std::int64_t count, int info) {
    std::fill_n(values, count, std::numeric_limits<double>::quiet_NaN());
    return info;
}

/// body(draw) for every draw on `threads` threads (0: OpenMP's own number), one BLAS thread each.
template <class Body>
void for_each_draw(std::int64_t draws, int threads, const Body& body) {
    const SingleBlasThread single;
    parallel_for(draws, threads > 0 ? threads : omp_get_max_threads(),
                 [&body](std::int64_t draw, int) { body(draw); });
}

}  // namespace

int singular_values(const double* h, std::int64_t rows, std::int64_t cols, double* values,
                    std::span<const SingularValueSolver> solvers) {
    const std::int64_t count = std::min(rows, cols);
    if (count == 0) return 0;
    thread_local AlignedVector<double> matrix;
    thread_local AlignedVector<double> sigma;
    matrix.resize(static_cast<std::size_t>(rows * cols));
    sigma.resize(static_cast<std::size_t>(count));
    std::optional<int> exponent;
    int info = 0;
    for (const SingularValueSolver solver : solvers) {
        // A solver destroys its matrix, so each begins with its own. The power of two keeps the
        // squares of entries near over- and underflow inside the range.
        exponent = widen(h, rows, cols, cols, matrix.data());
        if (!exponent) return fail(values, count, lapack_size(count));
        // Row-major [rows, cols] is the transpose, column-major [cols, rows]: the same values.
        info = solver(matrix.data(), cols, rows, sigma.data());
        if (info == 0) break;
    }
    if (info != 0) return fail(values, count, info);
    for (std::int64_t i = 0; i < count; ++i)
        values[i] = std::ldexp(sigma[static_cast<std::size_t>(i)], *exponent);
    return 0;
}

int singular_values(const double* h, std::int64_t rows, std::int64_t cols, double* values) {
    return singular_values(h, rows, cols, values, default_solvers);
}

std::int64_t singular_values_bytes(std::int64_t rows, std::int64_t cols) {
    const std::int64_t count = std::min(rows, cols);
    if (count == 0) return 0;
    const int m = lapack_size(cols);
    const int n = lapack_size(rows);
    const std::int64_t doubles = rows * cols + count + driver_work(gesdd_raw, "dgesdd", m, n) +
                                 driver_work(gesvd_raw, "dgesvd", m, n);
    return static_cast<std::int64_t>(sizeof(double)) * doubles +
           std::int64_t{16} * count * static_cast<std::int64_t>(sizeof(lapack_int));
}

Spectrum singular_values(BatchView<const double> h, int threads) {
    require_matrices(h);
    Spectrum spectrum;
    spectrum.draws = h.draws;
    spectrum.count = std::min(h.rows, h.cols);
    spectrum.values.resize(static_cast<std::size_t>(h.draws * spectrum.count));
    spectrum.info.resize(static_cast<std::size_t>(h.draws));
    for_each_draw(h.draws, threads, [&](std::int64_t draw) {
        spectrum.info[static_cast<std::size_t>(draw)] = singular_values(
            h.matrix(draw), h.rows, h.cols, spectrum.values.data() + draw * spectrum.count);
    });
    return spectrum;
}

SoftRanks soft_ranks(BatchView<const double> h, std::span<const double> taus, int threads,
                     SpectrumMethod method) {
    require_matrices(h);
    require_taus(taus);
    std::vector<Quantity> quantities;
    for (const double tau : taus)
        quantities.push_back({Metric::soft_rank, tau, 0});
    const auto size = static_cast<std::size_t>(h.draws) * taus.size();
    std::vector<double> values(size);
    SoftRanks ranks{std::vector<std::int64_t>(size), std::vector<std::uint8_t>(size),
                    std::vector<double>(size)};
    std::vector<DrawStatus> status(static_cast<std::size_t>(h.draws));
    std::vector<Measurement<double>> matrices;
    for (std::int64_t draw = 0; draw < h.draws; ++draw) {
        matrices.push_back({{.data = h.matrix(draw),
                             .rows = h.rows,
                             .cols = h.cols,
                             .stride = h.cols,
                             .batch = h.cols},
                            values.data() + draw,
                            ranks.resolved.data() + draw,
                            ranks.margin.data() + draw,
                            &status[static_cast<std::size_t>(draw)]});
    }
    const SingleBlasThread single;
    measure_all(std::span<const Measurement<double>>(matrices), quantities, method, h.draws,
                threads > 0 ? threads : omp_get_max_threads());
    std::transform(values.begin(), values.end(), ranks.count.begin(), [](double value) {
        return value >= 0 ? static_cast<std::int64_t>(value) : std::int64_t{-1};
    });
    return ranks;
}

}  // namespace rankchain::cpu
