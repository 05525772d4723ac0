// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "kernels/chain_lines.cu"
#include "kernels/chain_whole.cu"
#include "kernels/compress.cu"
#include "tests/simt/barriers/barriers.hpp"

namespace rankchain::cuda {

void run(Norm norm, int rows, int cols) {
    const std::int64_t size = std::int64_t{rows} * cols;
    const Filled<float> product = some_numbers<float>(2 * size), output(2 * size);
    const Filled<std::int64_t> failed(2, -1);
    const Filled<LayerFaults> faults(2);
    const Filled<WholePart> parts(2 * whole_parts_limit);
    const Filled<LargeScale> whole(2);
    LargeLayer<float> layer;
    layer.draws = 2;
    layer.rows = rows;
    layer.cols = layer.batch = cols;
    layer.norm = norm;
    layer.product = product;
    layer.output = output;
    layer.failed_layer = failed;
    layer.faults = faults;
    layer.parts = parts;
    layer.whole = whole;
    launched(finish_layer(layer, nullptr));
}

static void run_all() {
    run(Norm::batch, 2, 1100);  // a block a row
    run(Norm::layer, 40, 33);
    run(Norm::none, 40, 300);
    const Filled<float> h = some_numbers<float>(3 * 300);
    const Filled<double> wide(3 * 300);
    launched(widen_rows<float>(h, wide, 1, 3, 300, true, nullptr));
}

}  // namespace rankchain::cuda
