// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cpu/matrix.hpp"

namespace rankchain::cpu {

/// z = factor (w h), or factor (w h) + residual, for a panel of rows of w.
///
/// Shapes   w [z.rows, h.rows], `w_stride` from row to row; h [k, N]; residual, z [z.rows, N].
/// Sums     each element over k = 0, 1, ... in turn by fused multiply-add, in T; then one
///          rounding for `factor`, fused with the residual's.
/// Alias    z must overlap neither w nor h; residual.data may be null.
template <class T>
void product(const T* w, std::int64_t w_stride, Matrix<const T> h, T factor,
             Matrix<const T> residual, Matrix<T> z);

}  // namespace rankchain::cpu
