// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "kernels/chain_kernel.cuh"
#include "kernels/hidden_plain.cuh"
#include "kernels/hidden_tensor.cuh"
#include "tests/simt/barriers/barriers.hpp"

namespace rankchain::cuda {

/// Draws of several warps, and of one, several a block.
template <class Hidden, class Rows>
void run(int d, Norm norm, Act act, bool act_first) {
    constexpr int n = 20;
    const Filled<float> input = some_numbers<float>(d * n), output(2 * d * n);
    const Filled<std::int64_t> failed(2, -1), degenerate(2);
    const Filled<double> log_scale(2);
    FusedChain<float> chain;
    chain.draws = 2;
    chain.rows = d;
    chain.cols = chain.batch = n;
    chain.to = 3;
    chain.first = chain.rest = {d, 0.5F, true};
    chain.norm = norm;
    chain.act = act;
    chain.act_first = act_first;
    chain.input = input;
    chain.output = output;
    chain.failed_layer = failed;
    chain.degenerate_rows = degenerate;
    chain.log_scale = log_scale;
    launched(launch_chain<Hidden, Rows>(chain, nullptr));
}

static void run_all() {
    for (const int d : {33, 5}) {
        for (const Norm norm : {Norm::batch, Norm::layer, Norm::none}) {
            run<PlainHidden<float, 4>, AnyRows>(d, norm, Act::relu, false);
            run<PlainHidden<float, 4>, AnyRows>(d, norm, Act::tanh, true);
            run<TensorHidden<float, 4>, GaussianRows>(d, norm, Act::relu, false);
        }
    }
}

}  // namespace rankchain::cuda
