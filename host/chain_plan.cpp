// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/chain_plan.hpp"

#include "host/arith/counter.hpp"
#include <rankchain/error.hpp>

#include <cmath>
#include <string>

namespace rankchain {
namespace {

std::string shape(std::int64_t draws, std::int64_t rows, std::int64_t cols) {
    return "[" + std::to_string(draws) + ", " + std::to_string(rows) + ", " + std::to_string(cols) +
           "]";
}

template <class View>
std::string shape(const View& view) {
    return shape(view.draws, view.rows, view.cols);
}

// Groups of 64 bytes that a row fills.
std::int64_t lines(std::int64_t cols, Precision precision) {
    const std::int64_t in_line = precision == Precision::float32 ? 16 : 8;
    return (cols + in_line - 1) / in_line;
}

}  // namespace

ChainPlan::ChainPlan(const ChainSpec& spec) {
    const Network& net = spec.network;
    rows = net.width;
    cols = net.batch;
    input_rows = rankchain::input_rows(net, spec.input);
    shared_input =
        spec.input.kind != Input::Kind::gaussian && spec.input.kind != Input::Kind::duplicate_pairs;
    centers = net.normalization == Normalization::batch ||
              net.normalization == Normalization::batch_center;
    linear_ = net.activation == Activation::linear;
    // Only where a row becomes shorter in memory.
    compress = !spec.columns && linear_ &&
               lines(cols, net.precision) > lines(rows, net.precision) &&
               (acts_on_rows(net.normalization) || net.normalization == Normalization::none);
    keeps_p = spec.observe == Observe::preactivation && !(linear_ && net.order == Order::norm_act);
    p_before_norm = net.order == Order::act_norm;
}

std::int64_t ChainPlan::cols_at(std::int64_t layer) const {
    return compress && layer > 1 ? rows : cols;
}

std::int64_t ChainPlan::rows_at(std::int64_t layer) const {
    return layer == 0 ? input_rows : rows;
}

bool ChainPlan::rows_centred(std::int64_t layer) const {
    if (!centers || layer == 0) return false;
    if (!p_before_norm) return keeps_p || linear_;
    // act-norm: H is centred, and P = W H of a centred H.
    return !keeps_p || layer > 1;
}

LayerFactor layer_factor(const Network& network, std::int64_t rows, std::int64_t cols) {
    const bool residual = std::isfinite(network.gamma) && rows == cols;
    return {residual, network.scale.factor(cols) * (residual ? network.gamma : 1.0)};
}

bool acts_on_rows(Normalization normalization) {
    return normalization == Normalization::batch || normalization == Normalization::batch_center ||
           normalization == Normalization::batch_scale;
}

void require_draws(DrawRange range) {
    constexpr auto limit = static_cast<std::int64_t>(arith::draw_limit);
    if (range.first < 0 || range.count < 0 || range.first > limit ||
        range.count > limit - range.first) {
        throw InvalidArgument("draws " + std::to_string(range.first) + " .. +" +
                              std::to_string(range.count) +
                              "; allowed are a first and a count from 0 whose sum is at most 2^56");
    }
}

void require_next_layer(std::int64_t layer, std::int64_t present, std::int64_t depth) {
    if (layer < present || layer > depth) {
        throw InvalidArgument("layer is " + std::to_string(layer) +
                              "; allowed are whole numbers from " + std::to_string(present) +
                              ", the present one, to " + std::to_string(depth));
    }
}

void require_memory(const ChainSpec& spec, DrawRange range, const MemoryNeed& need,
                    std::int64_t free) {
    // Checked by division: the product may not fit in 64 bits.
    if (need.fixed > free ||
        (range.count > 0 && need.per_draw > (free - need.fixed) / range.count)) {
        throw OutOfMemory(
            std::to_string(range.count) + " draws of width " + std::to_string(spec.network.width) +
            " and batch " + std::to_string(spec.network.batch) + " need " +
            std::to_string(need.fixed) + " + " + std::to_string(range.count) + " x " +
            std::to_string(need.per_draw) + " bytes; free are " + std::to_string(free));
    }
}

void require_observed(const ChainSpec& spec, const ChainPlan& plan, std::int64_t layer,
                      std::int64_t draws, BatchView<const double> out) {
    if (!spec.columns) throw InvalidArgument("the columns of this chunk were not asked for");
    const std::int64_t rows = plan.rows_at(layer);
    if (out.draws != draws || out.rows != rows || out.cols != plan.cols) {
        throw InvalidArgument("the observed matrices are " + shape(draws, rows, plan.cols) +
                              ", the place for them is " + shape(out));
    }
}

void require_weights_place(DrawRange range, BatchView<const float> out) {
    if (out.draws != range.count) {
        throw InvalidArgument("weights of " + std::to_string(range.count) +
                              " draws, but the place for them is " + shape(out));
    }
}

template <class T>
Network require_layer(const Network& network, BatchView<const float> w, BatchView<const T> h,
                      BatchView<const T> out, std::span<const DrawStatus> status) {
    if (w.draws != h.draws || w.cols != h.rows || out.draws != w.draws || out.rows != w.rows ||
        out.cols != h.cols || static_cast<std::int64_t>(status.size()) != w.draws) {
        throw InvalidArgument("a layer with w " + shape(w) + " and h " + shape(h) +
                              " needs w.cols = h.rows, out [B, w.rows, h.cols] and B statuses; got "
                              "out " +
                              shape(out) + " and " + std::to_string(status.size()) + " statuses");
    }
    Network net = network;
    net.width = w.rows;
    net.batch = h.cols;
    net.weights = Weights::gaussian;
    validate(net, Input{Input::Kind::gaussian, 0, nullptr});
    return net;
}

template Network require_layer(const Network&, BatchView<const float>, BatchView<const float>,
                               BatchView<const float>, std::span<const DrawStatus>);
template Network require_layer(const Network&, BatchView<const float>, BatchView<const double>,
                               BatchView<const double>, std::span<const DrawStatus>);

}  // namespace rankchain
