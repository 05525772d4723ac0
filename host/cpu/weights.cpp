// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/weights.hpp"

#include "host/cpu/aligned_vector.hpp"
#include "host/cpu/lapack.hpp"
#include "host/cpu/weights_rows.hpp"
#include "host/entry_law.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace rankchain::cpu {
namespace {

arith::PhiloxRun run_of(const WeightMatrix& w) {
    return arith::matrix_run(w.seed, w.draw, w.layer, arith::Stream::weights);
}

constexpr std::int64_t columns_at_once = 64;  // what dgeqrf and dorgqr can use of scratch

std::int64_t orthogonal_doubles(std::int64_t d) {
    return d * d + 2 * d + d * columns_at_once;
}

}  // namespace

std::int64_t orthogonal_bytes(std::int64_t d) {
    return orthogonal_doubles(d) * static_cast<std::int64_t>(sizeof(double));
}

void fill_weights(const WeightMatrix& w, std::int64_t first_row, std::int64_t row_count, float* out,
                  std::int64_t stride) {
    if (w.law == Weights::orthogonal) {
        throw Error("the rows of orthogonal weights are not made one by one");
    }
    fill_rows(entry_law(w.law), run_of(w), w.cols, first_row, row_count, out, stride);
}

void fill_orthogonal(const WeightMatrix& w, float* out) {
    const std::int64_t d = w.rows;
    if (w.cols != d) {
        throw Error("orthogonal weights are square, not [" + std::to_string(d) + ", " +
                    std::to_string(w.cols) + "]");
    }
    fill_rows(arith::Law::gaussian, run_of(w), d, 0, d, out, d);
    // LAPACK's own layout is by columns: q[j * d + i] is element (i, j).
    thread_local AlignedVector<double> scratch;
    scratch.resize(static_cast<std::size_t>(orthogonal_doubles(d)));
    double* const q = scratch.data();
    double* const tau = q + d * d;
    double* const column_scale = tau + d;
    double* const work = column_scale + d;
    for (std::int64_t i = 0; i < d; ++i) {
        for (std::int64_t j = 0; j < d; ++j)
            q[j * d + i] = static_cast<double>(out[i * d + j]);
    }
    const int n = lapack_size(d);
    const int work_size = lapack_size(d * columns_at_once);
    require_lapack("dgeqrf",
                   LAPACKE_dgeqrf_work(LAPACK_COL_MAJOR, n, n, q, n, tau, work, work_size));
    // Q is Haar only if R's diagonal is made positive (Mezzadri, arXiv:math-ph/0609050).
    const double root = std::sqrt(static_cast<double>(d));
    for (std::int64_t j = 0; j < d; ++j)
        column_scale[j] = q[j * d + j] < 0.0 ? -root : root;
    require_lapack("dorgqr",
                   LAPACKE_dorgqr_work(LAPACK_COL_MAJOR, n, n, n, q, n, tau, work, work_size));
    for (std::int64_t i = 0; i < d; ++i) {
        for (std::int64_t j = 0; j < d; ++j) {
            out[i * d + j] = static_cast<float>(q[j * d + i] * column_scale[j]);
        }
    }
}

void fill_input(const Input& input, std::uint64_t seed, std::uint64_t draw, std::int64_t rows,
                std::int64_t batch, double* out) {
    if (input.kind == Input::Kind::identity) {
        std::fill_n(out, rows * batch, 0.0);
        for (std::int64_t i = 0; i < std::min(rows, batch); ++i)
            out[i * batch + i] = 1.0;
        return;
    }
    if (input.kind == Input::Kind::given) {
        throw Error("a given input is not generated");
    }
    constexpr std::int64_t block_limit = std::int64_t{1} << 32;
    if (rows > block_limit / arith::row_blocks(batch, 4)) {
        throw InvalidArgument(
            "an input of " + std::to_string(rows) + " rows and batch " + std::to_string(batch) +
            " is too large to generate: rows * ceil(batch / 4) must not exceed 2^32");
    }
    const bool shared = input.kind == Input::Kind::gaussian_shared;
    const auto run = arith::matrix_run(seed, shared ? 0 : draw, 0, arith::Stream::input);
    std::vector<float> row(static_cast<std::size_t>(batch));
    for (std::int64_t i = 0; i < rows; ++i) {
        fill_rows(arith::Law::gaussian, run, batch, i, 1, row.data(), batch);
        double* const x = out + i * batch;
        std::copy(row.begin(), row.end(), x);
        if (input.kind == Input::Kind::duplicate_pairs) {
            for (std::int64_t j = 1; j < batch; j += 2)
                x[j] = x[j - 1] + 1e-3 * x[j];
        }
    }
}

}  // namespace rankchain::cpu
