// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Chains that meet every barrier of the chain kernels, under the race check: exit code 0 if it has
// nothing to say, 3 and its message if it has. For mutate_barriers.cmake.
#include "kernels/chain_kernel.cuh"
#include "kernels/hidden_plain.cuh"
#include "kernels/hidden_tensor.cuh"
// The kernels behind chain_large.cuh, with the barriers of chain_lines.cuh.
#include "kernels/chain_lines.cu"
#include "kernels/chain_whole.cu"

#include <cstdio>

namespace rankchain::cuda {

SIMT_DYNAMIC_SHARED(dynamic_shared, 64 << 10);

namespace {

template <class T>
T* device(std::int64_t size, T value) {
    T* memory = nullptr;
    if (cudaMalloc(&memory, static_cast<std::size_t>(size) * sizeof(T)) != cudaSuccess)
        return memory;
    const std::vector<T> values(static_cast<std::size_t>(size), value);
    (void)cudaMemcpy(memory, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice);
    return memory;
}

template <class Hidden, class Rows>
void run(Norm norm, Act act, bool act_first) {
    constexpr int d = 33, n = 20;
    FusedChain<float> chain;
    chain.draws = 2;
    chain.rows = d;
    chain.cols = chain.batch = n;
    chain.to = 3;
    chain.first = chain.rest = {d, 0.5F, true};
    chain.norm = norm;
    chain.act = act;
    chain.act_first = act_first;
    float* const input = device(d * n, 1.0F);
    for (int i = 0; i < d * n; ++i)
        input[i] = static_cast<float>(i % 7 - 3);
    chain.input = input;
    chain.output = device(2 * d * n, 0.0F);
    chain.failed_layer = device<std::int64_t>(2, -1);
    chain.degenerate_rows = device<std::int64_t>(2, 0);
    chain.log_scale = device(2, 0.0);
    if (launch_chain<Hidden, Rows>(chain, nullptr) != cudaSuccess) throw simt::Error("no launch");
    (void)cudaFree(input);
    (void)cudaFree(chain.output);
    (void)cudaFree(chain.failed_layer);
    (void)cudaFree(chain.degenerate_rows);
    (void)cudaFree(chain.log_scale);
}

void run_large(Norm norm, int rows, int cols) {
    const std::int64_t size = std::int64_t{rows} * cols;
    LargeLayer<float> layer;
    layer.draws = 2;
    layer.rows = rows;
    layer.cols = layer.batch = cols;
    layer.norm = norm;
    layer.product = device(2 * size, 1.0F);
    for (std::int64_t i = 0; i < 2 * size; ++i)
        layer.product[i] = static_cast<float>(i % 7 - 3);
    layer.output = device(2 * size, 0.0F);
    std::int64_t* const failed = device<std::int64_t>(2, -1);
    layer.failed_layer = failed;
    layer.faults = device(2, LayerFaults{});
    layer.parts = device(2 * whole_parts_limit, WholePart{});
    layer.whole = device(2, LargeScale{});
    if (finish_layer(layer, nullptr) != cudaSuccess) throw simt::Error("no launch");
    (void)cudaFree(layer.product);
    (void)cudaFree(layer.output);
    (void)cudaFree(failed);
    (void)cudaFree(layer.faults);
    (void)cudaFree(layer.parts);
    (void)cudaFree(layer.whole);
}

void run_all() {
    run_large(Norm::batch, 2, 1100);  // a block a row
    run_large(Norm::layer, 40, 33);
    run_large(Norm::none, 40, 300);

    for (const Norm norm : {Norm::batch, Norm::layer, Norm::none}) {
        run<PlainHidden<float, 4>, AnyRows>(norm, Act::relu, false);
        run<PlainHidden<float, 4>, AnyRows>(norm, Act::tanh, true);
        run<TensorHidden<float, 4>, GaussianRows>(norm, Act::relu, false);
    }
}

}  // namespace
}  // namespace rankchain::cuda

int main() {
    try {
        rankchain::cuda::run_all();
    } catch (const simt::Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 3;
    }
    return 0;
}
