// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/layer.hpp"

#include "host/chain_plan.hpp"
#include "host/cpu/activate.hpp"
#include "host/cpu/product.hpp"

#include <algorithm>

namespace rankchain::cpu {
namespace {

template <class T>
void copy(Matrix<const T> from, Matrix<T> to) {
    for (std::int64_t i = 0; i < from.rows; ++i) {
        std::copy_n(from.row(i), padded<T>(from.cols), to.row(i));
    }
}

// What follows the product, for rows that the norm may have alone or for all of them.
template <class T>
void finish(const LayerRule& rule, Matrix<T> z, Matrix<T> preactivation, NormFaults& faults) {
    const bool keep = preactivation.data != nullptr;
    if (rule.order == Order::norm_act) {
        normalize(rule.norm, z, faults);
        if (keep) copy<T>(z, preactivation);
        activate(rule.activation, z);
        return;
    }
    if (keep) copy<T>(z, preactivation);
    // tanh and sign would make a finite number of an infinite one.
    if (!all_finite<T>(z)) {
        faults.finite = false;
        return;
    }
    activate(rule.activation, z);
    normalize(rule.norm, z, faults);
}

}  // namespace

LayerRule layer_rule(const Network& network, std::int64_t rows, std::int64_t cols) {
    LayerRule rule;
    rule.norm = {network.normalization, network.eps, network.batch, false};
    rule.activation = network.activation;
    rule.order = network.order;
    const LayerFactor z = layer_factor(network, rows, cols);
    rule.residual = z.residual;
    rule.factor = z.factor;
    return rule;
}

std::int64_t panel_rows(std::int64_t rows, std::int64_t cols) {
    constexpr std::int64_t panel_floats = 16384;
    constexpr std::int64_t least = 64;
    return std::min(rows, std::max(least, panel_floats / cols / 8 * 8));
}

template <class T>
NormFaults apply_layer(const LayerRule& rule, Panels<T>& w, Matrix<const T> h, Matrix<T> out,
                       Matrix<T> preactivation) {
    NormFaults faults;
    const std::int64_t step = panel_rows(out.rows, h.rows);
    const bool by_rows = acts_on_rows(rule.norm.normalization);
    for (std::int64_t first = 0; first < out.rows && faults.finite; first += step) {
        const std::int64_t count = std::min(step, out.rows - first);
        const Matrix<T> z = out.panel(first, count);
        product({count, h.rows, h.cols, w.rows(first, count), w.stride(), h.data,
                 rule.residual ? h.row(first) : nullptr, h.stride, static_cast<T>(rule.factor),
                 z.data, z.stride});
        if (by_rows) {
            finish(
                rule, z,
                preactivation.data != nullptr ? preactivation.panel(first, count) : preactivation,
                faults);
        }
    }
    if (!by_rows) finish(rule, out, preactivation, faults);
    return faults;
}

template NormFaults apply_layer(const LayerRule&, Panels<float>&, Matrix<const float>,
                                Matrix<float>, Matrix<float>);
template NormFaults apply_layer(const LayerRule&, Panels<double>&, Matrix<const double>,
                                Matrix<double>, Matrix<double>);

}  // namespace rankchain::cpu
