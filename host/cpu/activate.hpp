// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cpu/matrix.hpp"
#include <rankchain/network.hpp>

namespace rankchain::cpu {

/// h = act(h), element by element. Finite stays finite.
template <class T>
void activate(Activation activation, Matrix<T> h);

}  // namespace rankchain::cpu
