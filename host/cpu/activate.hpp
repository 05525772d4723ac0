// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cpu/matrix.hpp"
#include <rankchain/network.hpp>

namespace rankchain::cpu {

/// h = act(h), element by element. Finite stays finite. relu, leaky-relu and sign are those of
/// host/arith/activation.hpp to the bit; tanh and sin are good to 4, gelu to 8 units in the last
/// place.
void activate(Activation activation, Matrix<float> h);
void activate(Activation activation, Matrix<double> h);

}  // namespace rankchain::cpu
