// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// One layer of one draw, for the chain and for Ops::layer alike.
#pragma once

#include "host/cpu/matrix.hpp"
#include "host/cpu/normalize.hpp"
#include <rankchain/network.hpp>

#include <cstdint>

namespace rankchain::cpu {

/// What a layer does, its numbers worked out.
struct LayerRule {
    NormRule norm;
    Activation activation = Activation::linear;
    Order order = Order::norm_act;
    bool residual = false;  ///< Z = factor (w H) + H, else Z = factor (w H)
    double factor = 1.0;    ///< gamma scale where there is a residual, else scale
};

/// The rule of a layer with w [d, cols].
LayerRule layer_rule(const Network& network, std::int64_t rows, std::int64_t cols);

/// Where the rows of w come from, a panel at a time.
template <class T>
class Panels {
  public:
    Panels() = default;
    virtual ~Panels() = default;
    Panels(const Panels&) = delete;
    Panels& operator=(const Panels&) = delete;

    /// Rows first .. first + count - 1, `stride()` from row to row; theirs until the next call.
    virtual const T* rows(std::int64_t first, std::int64_t count) = 0;
    [[nodiscard]] virtual std::int64_t stride() const = 0;
};

/// Rows of w in a panel: as many as fit the first-level cache beside what they meet.
std::int64_t panel_rows(std::int64_t rows, std::int64_t cols);

/// out = H_l from h = H_{l-1}; P_l too where preactivation.data is not null.
///
/// Shapes   w [d, k], h [k, N], out and preactivation [d, N].
/// Alias    out and preactivation must overlap neither h nor each other.
template <class T>
NormFaults apply_layer(const LayerRule& rule, Panels<T>& w, Matrix<const T> h, Matrix<T> out,
                       Matrix<T> preactivation);

}  // namespace rankchain::cpu
