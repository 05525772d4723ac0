// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The words that kernel_report.sh's chains (batch normalisation, linear, no residual, scale 1, d =
// N, in mid-chain) are launched with, a line a chain: precision, weights, d, words in hexadecimal.
// What count_layer.awk needs to go the way that a warp goes. Compiled against tests/simt/shim.
#include "kernels/chain_kernel.cuh"

#include <cstdio>
#include <cstring>
#include <vector>

namespace rankchain::cuda {
namespace {

template <class T>
void print(const char* precision, const char* weights, arith::Law law, int d) {
    FusedChain<T> chain;
    chain.draws = 1000;
    chain.rows = chain.cols = chain.batch = d;
    chain.from = 10;
    chain.to = 1000;
    chain.first = chain.rest = {d, T(1), false};
    chain.law = law;
    chain.norm = Norm::batch;
    chain.act = Act::linear;
    const ChainLaunch<T> launch(chain);
    std::vector<unsigned> words(sizeof launch / sizeof(unsigned));
    std::memcpy(words.data(), &launch, words.size() * sizeof(unsigned));
    std::printf("%s %s %d", precision, weights, d);
    for (const unsigned word : words)
        std::printf(" %x", word);
    std::printf("\n");
}

}  // namespace
}  // namespace rankchain::cuda

int main() {
    using namespace rankchain;
    for (const int d : {32, 64, 128}) {
        cuda::print<float>("float32", "gaussian", arith::Law::gaussian, d);
        cuda::print<float>("float32", "rademacher", arith::Law::rademacher, d);
        cuda::print<double>("float64", "gaussian", arith::Law::gaussian, d);
    }
    return 0;
}
