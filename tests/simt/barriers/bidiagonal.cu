// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "kernels/bidiagonal.cu"
#include "tests/simt/barriers/barriers.hpp"

#include <limits>

namespace rankchain::cuda {

static void run_all() {
    struct Shape {
        std::int64_t rows, cols;
    };
    // A warp a matrix, several of them, and one in shared memory.
    for (const auto& [rows, cols] : {Shape{12, 20}, Shape{40, 33}, Shape{6, 270}}) {
        std::vector<float> numbers;
        for (std::int64_t i = 0; i < 2 * rows * cols; ++i)
            numbers.push_back(static_cast<float>(i * i % 17 - 8));
        const Filled<float> h(numbers);
        const Filled<double> taus(1, std::numeric_limits<double>::quiet_NaN()), lambda_1(2);
        const Filled<RankEnds> ends(2);
        CountBatch<float> batch;
        batch.h = {h, rows * cols, rows, cols, nullptr, nullptr, 0, 2};
        batch.batch = cols;
        batch.taus = taus;
        batch.ranks = 1;
        batch.resolution = 1e-6;
        batch.ends = ends;
        batch.lambda_1 = lambda_1;
        launched(count_bidiagonal(batch, nullptr));
    }
}

}  // namespace rankchain::cuda
