// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "kernels/backend/chain_path.hpp"

#include "host/entry_law.hpp"
#include <rankchain/error.hpp>

#include <limits>
#include <string>

namespace rankchain::cuda {
namespace {

template <class Field>
Field narrow(std::int64_t value, const char* name) {
    if (value > std::int64_t{std::numeric_limits<Field>::max()}) {
        throw InvalidArgument(std::string(name) + " is " + std::to_string(value) +
                              "; the CUDA backend takes at most " +
                              std::to_string(std::numeric_limits<Field>::max()));
    }
    return static_cast<Field>(value);
}

template <class T>
LayerNumbers<T> layer_numbers(const Network& network, std::int64_t cols) {
    const LayerFactor z = layer_factor(network, network.width, cols);
    LayerNumbers<T> numbers;
    numbers.cols = narrow<decltype(numbers.cols)>(cols, "rows of the input");
    numbers.factor = static_cast<T>(z.factor);
    numbers.residual = z.residual;
    return numbers;
}

// The kernels have names of their own, in the same order.
static_assert(static_cast<int>(Norm::batch) == static_cast<int>(Normalization::batch));
static_assert(static_cast<int>(Norm::batch_center) ==
              static_cast<int>(Normalization::batch_center));
static_assert(static_cast<int>(Norm::batch_scale) == static_cast<int>(Normalization::batch_scale));
static_assert(static_cast<int>(Norm::layer) == static_cast<int>(Normalization::layer));
static_assert(static_cast<int>(Norm::rms) == static_cast<int>(Normalization::rms));
static_assert(static_cast<int>(Norm::none) == static_cast<int>(Normalization::none));
static_assert(static_cast<int>(Act::linear) == static_cast<int>(Activation::linear));
static_assert(static_cast<int>(Act::relu) == static_cast<int>(Activation::relu));
static_assert(static_cast<int>(Act::leaky_relu) == static_cast<int>(Activation::leaky_relu));
static_assert(static_cast<int>(Act::tanh) == static_cast<int>(Activation::tanh));
static_assert(static_cast<int>(Act::gelu) == static_cast<int>(Activation::gelu));
static_assert(static_cast<int>(Act::sin) == static_cast<int>(Activation::sin));
static_assert(static_cast<int>(Act::sign) == static_cast<int>(Activation::sign));

}  // namespace

template <class T>
FusedChain<T> describe_chain(const ChainSpec& spec, const ChainPlan& plan, std::int64_t from,
                             std::int64_t to) {
    const Network& net = spec.network;
    FusedChain<T> chain;
    chain.rows = narrow<decltype(chain.rows)>(plan.rows, "width");
    chain.cols = narrow<decltype(chain.cols)>(plan.cols_at(to), "batch");
    chain.batch = narrow<decltype(chain.batch)>(plan.cols, "batch");
    chain.compressed = plan.compress && to > 1;
    chain.from = from;
    chain.to = to;
    chain.first = layer_numbers<T>(net, plan.input_rows);
    chain.rest = layer_numbers<T>(net, plan.rows);
    chain.law = entry_law(net.weights);
    chain.seed = spec.seed;
    chain.norm = static_cast<Norm>(net.normalization);
    chain.act = static_cast<Act>(net.activation);
    chain.act_first = net.order == Order::act_norm;
    chain.eps = static_cast<T>(net.eps);
    return chain;
}

template <class T>
Path path_of(const ChainSpec& spec, const ChainPlan& plan, bool first_layer,
             std::size_t shared_limit) {
    const FusedChain<T> chain =
        describe_chain<T>(spec, plan, first_layer ? 0 : 1, first_layer ? 1 : 2);
    if (!has_given_weights(spec.network) && can_advance(chain, Arithmetic::tensor, shared_limit)) {
        return Path::tensor;
    }
    return can_advance(chain, Arithmetic::plain, shared_limit) ? Path::plain : Path::large;
}

template FusedChain<float> describe_chain(const ChainSpec&, const ChainPlan&, std::int64_t,
                                          std::int64_t);
template FusedChain<double> describe_chain(const ChainSpec&, const ChainPlan&, std::int64_t,
                                           std::int64_t);
template Path path_of<float>(const ChainSpec&, const ChainPlan&, bool, std::size_t);
template Path path_of<double>(const ChainSpec&, const ChainPlan&, bool, std::size_t);

}  // namespace rankchain::cuda
