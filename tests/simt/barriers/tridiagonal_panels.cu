// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "kernels/tridiagonal_panels.cu"
#include "tests/simt/barriers/barriers.hpp"

namespace rankchain::cuda {

static void run_all() {
    // Five rows of tiles for five warps, the first of them in device memory, the others not.
    constexpr std::int64_t n = 37, count = 2, ranks = 2;
    constexpr std::size_t limit = 14 << 10;
    const Filled<double> gram = some_numbers<double>(count * n * n);
    const Filled<double> tiles(count * panel_numbers(n, limit));
    const Filled<double> taus(ranks, 0.5), lambda_1(count), form(2 * n * count);
    const Filled<int> exponent(count);
    const Filled<GramSums> sums(count, GramSums{n, n, 0});
    const Filled<RankEnds> ends(count * ranks);
    PanelBatch batch;
    batch.gram = gram;
    batch.tiles = tiles;
    batch.count = count;
    batch.n = n;
    batch.k = n;
    batch.batch = n;
    batch.exponent = exponent;
    batch.sums = sums;
    batch.taus = taus;
    batch.ranks = ranks;
    batch.ends = ends;
    batch.lambda_1 = lambda_1;
    batch.form = form;
    launched(count_panels(batch, limit, nullptr));
}

}  // namespace rankchain::cuda
