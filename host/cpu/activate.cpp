// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/activate.hpp"

#include "host/arith/activation.hpp"

namespace rankchain::cpu {
namespace {

template <class T, class Act>
void apply(Act act, Matrix<T> h) {
    for (std::int64_t i = 0; i < h.rows; ++i) {
        T* const row = h.row(i);
        for (std::int64_t j = 0; j < h.cols; ++j)
            row[j] = act(row[j]);
    }
}

}  // namespace

template <class T>
void activate(Activation activation, Matrix<T> h) {
    switch (activation) {
        case Activation::linear:
            return;
        case Activation::relu:
            return apply(arith::Relu{}, h);
        case Activation::leaky_relu:
            return apply(arith::LeakyRelu{}, h);
        case Activation::tanh:
            return apply(arith::Tanh{}, h);
        case Activation::gelu:
            return apply(arith::Gelu{}, h);
        case Activation::sin:
            return apply(arith::Sin{}, h);
        case Activation::sign:
            return apply(arith::Sign{}, h);
    }
}

template void activate(Activation, Matrix<float>);
template void activate(Activation, Matrix<double>);

}  // namespace rankchain::cpu
