// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Activations on a matrix spread over a block: those of host/arith/activation.hpp.
#pragma once

#include "host/arith/activation.hpp"
#include "host/arith/config.hpp"
#include "kernels/chain_fused.cuh"
#include "kernels/lanes.cuh"

namespace rankchain::cuda {

template <class T, int tiles, class F>
__device__ __forceinline__ void each(F f, T (&z)[tiles][4]) {
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        for (int q = 0; q < 4; ++q)
            z[j][q] = f(z[j][q]);
    }
}

/// Long functions: one copy of their code in a loop over the thread's own places in shared memory,
/// since registers cannot be indexed.
template <class Hidden, class F>
__device__ __forceinline__ void each_in_place(F f, const Place& at, Hidden& hidden,
                                              typename Hidden::T (&z)[Hidden::tiles][4]) {
    RANKCHAIN_UNROLL
    for (int j = 0; j < Hidden::tiles; ++j)
        hidden.park(at, j, z[j]);
    RANKCHAIN_ROLLED
    for (int j = 0; j < Hidden::tiles; ++j) {
        RANKCHAIN_ROLLED
        for (int q = 0; q < 4; ++q) {
            auto& v = hidden.slot(at, j, q);
            v = f(v);
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
    switch (act) {
        case Act::linear:
            return;
        case Act::relu:
            return each(arith::Relu{}, z);
        case Act::leaky_relu:
            return each(arith::LeakyRelu{}, z);
        case Act::sign:
            return each(arith::Sign{}, z);
        case Act::tanh:
            return each_in_place(arith::Tanh{}, at, hidden, z);
        case Act::gelu:
            return each_in_place(arith::Gelu{}, at, hidden, z);
        case Act::sin:
            return each_in_place(arith::Sin{}, at, hidden, z);
    }
}

}  // namespace rankchain::cuda
