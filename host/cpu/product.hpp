// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cpu/matrix.hpp"

namespace rankchain::cpu {

/// A panel of rows of z = factor (w h), or factor (w h) + residual.
///
/// Shapes   w [rows, k], h [k, cols], residual and z [rows, cols], each with its row stride; h and
///          the residual have the same one, and rows are padded (Matrix).
/// Sums     each element over k = 0, 1, ... in turn by fused multiply-add, in T (multiply, then add
///          on machines without it); then one rounding for `factor`, fused with the residual's.
/// Alias    z must overlap neither w nor h; residual may be null.
template <class T>
struct ProductOperands {
    std::int64_t rows = 0;
    std::int64_t k = 0;
    std::int64_t cols = 0;
    const T* w = nullptr;
    std::int64_t w_stride = 0;
    const T* h = nullptr;
    const T* residual = nullptr;
    std::int64_t h_stride = 0;
    T factor = T(1);
    T* z = nullptr;
    std::int64_t z_stride = 0;
};

void product(const ProductOperands<float>& operands);
void product(const ProductOperands<double>& operands);

/// The instruction set these and the norms run on here.
const char* vector_target();

}  // namespace rankchain::cpu
