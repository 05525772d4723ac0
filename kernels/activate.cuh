// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Activations on a matrix spread over a block: those of host/arith/activation.hpp.
#pragma once

#include "host/arith/activation.hpp"
#include "host/arith/config.hpp"
#include "kernels/chain_fused.cuh"
#include "kernels/lanes.cuh"
#include "kernels/sine.cuh"

namespace rankchain::cuda {

template <class T, int tiles, class F>
__device__ __forceinline__ void each(F f, T (&z)[tiles][4]) {
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        for (int q = 0; q < 4; ++q)
            z[j][q] = f(z[j][q]);
    }
}

/// The long functions: one copy of their code in a kernel.
template <class T>
__device__ __attribute__((noinline)) T long_activation(Act act, T x) {
    if (act == Act::tanh) return arith::Tanh{}(x);
    if (act == Act::gelu) return arith::Gelu{}(x);
    if (act == Act::sin) return Sine{}(x);
    // Not long, but all at once in registers they take many more.
    if (act == Act::leaky_relu) return arith::LeakyRelu{}(x);
    return arith::Sign{}(x);
}

/// Long functions in a loop over the thread's own places in shared memory, since registers cannot
/// be indexed.
template <class Hidden>
__device__ __forceinline__ void each_in_place(Act act, const Place& at, Hidden& hidden,
                                              typename Hidden::T (&z)[Hidden::tiles][4]) {
    RANKCHAIN_UNROLL
    for (int j = 0; j < Hidden::tiles; ++j)
        hidden.park(at, j, z[j]);
    RANKCHAIN_ROLLED
    for (int j = 0; j < Hidden::tiles; ++j) {
        RANKCHAIN_ROLLED
        for (int q = 0; q < 4; ++q) {
            auto& v = hidden.slot(at, j, q);
            v = long_activation(act, v);
        }
    }
    RANKCHAIN_UNROLL
    for (int j = 0; j < Hidden::tiles; ++j)
        hidden.load(at, j, z[j]);
}

/// z = act(z). H must not be in use: it is worked in.
template <class Hidden>
__device__ __forceinline__ void activate(Act act, const Place& at, Hidden& hidden,
                                         typename Hidden::T (&z)[Hidden::tiles][4]) {
    // One at a time, the cheapest first, where a layer's share is felt.
    if (act == Act::linear) return;
    if (act == Act::relu) return each(arith::Relu{}, z);
    each_in_place(act, at, hidden, z);
}

}  // namespace rankchain::cuda
