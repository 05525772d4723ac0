// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "kernels/gram.cu"
#include "tests/simt/barriers/barriers.hpp"

namespace rankchain::cuda {

static void run_all() {
    constexpr std::int64_t rows = 20, cols = 40;
    const Filled<float> h = some_numbers<float>(2 * rows * cols);
    const Filled<double> tall(2 * rows * cols), inverse(2 * cols),
        gram = some_numbers<double>(2 * rows * rows), products = some_numbers<double>(2 * cols * 8);
    const Filled<int> exponent(2);
    const Filled<GramSums> sums(2);
    const Filled<CosineSums> cosines(2);
    WidenBatch<float> batch;
    batch.data = h;
    batch.stride = rows * cols;
    batch.rows = rows;
    batch.cols = cols;
    batch.count = 2;
    launched(widen(batch, tall, exponent, nullptr));
    launched(gram_sums(gram, 2, rows, cols, sums, nullptr));
    launched(inverse_norms(tall, 2, rows, cols, inverse, cosines, nullptr));
    launched(add_cosines(products, 2, cols, 0, 8, inverse, cosines, nullptr));
}

}  // namespace rankchain::cuda
