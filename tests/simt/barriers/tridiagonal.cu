// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "kernels/tridiagonal.cu"
#include "tests/simt/barriers/barriers.hpp"

namespace rankchain::cuda {

static void run_all() {
    // A warp a matrix, and four.
    for (const std::int64_t rows : {20, 35}) {
        constexpr std::int64_t cols = 40, count = 2, ranks = 2;
        const Filled<double> h = some_numbers<double>(count * rows * cols);
        const Filled<double> taus(ranks, 0.5), lambda_1(count), form(2 * rows * count);
        const Filled<int> exponent(count);
        const Filled<RankEnds> ends(count * ranks);
        const Filled<GramSums> sums(count);
        CountBatch<double> batch;
        batch.h.data = h;
        batch.h.stride = rows * cols;
        batch.h.rows = rows;
        batch.h.cols = cols;
        batch.h.count = count;
        batch.batch = cols;
        batch.taus = taus;
        batch.ranks = ranks;
        batch.exponent = exponent;
        batch.ends = ends;
        batch.lambda_1 = lambda_1;
        batch.sums = sums;
        batch.form = form;
        launched(count_tridiagonal(batch, nullptr));
    }
}

}  // namespace rankchain::cuda
