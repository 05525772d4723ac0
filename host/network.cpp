// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/names.hpp"
#include <rankchain/error.hpp>
#include <rankchain/network.hpp>

#include <array>
#include <cmath>
#include <span>
#include <string>

namespace rankchain {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 6> weights_names{
    "gaussian", "uniform", "rademacher", "orthogonal", "uniform-positive", "half-normal"};
constexpr std::array<std::string_view, 6> normalization_names{
    "batch", "batch-center", "batch-scale", "layer", "rms", "none"};
constexpr std::array<std::string_view, 7> activation_names{"linear", "relu", "leaky-relu", "tanh",
                                                           "gelu",   "sin",  "sign"};
constexpr std::array<std::string_view, 2> order_names{"norm-act", "act-norm"};
constexpr std::array<std::string_view, 2> precision_names{"float32", "float64"};
constexpr std::array<std::string_view, 2> observe_names{"hidden", "preactivation"};

template <class Enum>
Enum parse(std::string_view kind, std::string_view text, std::span<const std::string_view> names) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (text == names[i]) return static_cast<Enum>(i);
    }
    throw InvalidArgument(unknown_name(kind, text, names));
}

std::string number(double value) {
    std::array<char, 32> text{};
    const int length = std::snprintf(text.data(), text.size(), "%g", value);
    return {text.data(), static_cast<std::size_t>(length)};
}

[[noreturn]] void refuse(std::string_view field, const std::string& value,
                         std::string_view allowed) {
    throw InvalidArgument(std::string(field) + " is " + value + "; " + std::string(allowed));
}

}  // namespace

std::string_view name(Weights value) {
    return weights_names.at(static_cast<std::size_t>(value));
}
std::string_view name(Normalization value) {
    return normalization_names.at(static_cast<std::size_t>(value));
}
std::string_view name(Activation value) {
    return activation_names.at(static_cast<std::size_t>(value));
}
std::string_view name(Order value) {
    return order_names.at(static_cast<std::size_t>(value));
}
std::string_view name(Precision value) {
    return precision_names.at(static_cast<std::size_t>(value));
}
std::string_view name(Observe value) {
    return observe_names.at(static_cast<std::size_t>(value));
}

Weights parse_weights(std::string_view text) {
    return parse<Weights>("weights", text, weights_names);
}
Normalization parse_normalization(std::string_view text) {
    return parse<Normalization>("normalization", text, normalization_names);
}
Activation parse_activation(std::string_view text) {
    return parse<Activation>("activation", text, activation_names);
}
Order parse_order(std::string_view text) {
    return parse<Order>("order", text, order_names);
}
Precision parse_precision(std::string_view text) {
    return parse<Precision>("precision", text, precision_names);
}
Observe parse_observe(std::string_view text) {
    return parse<Observe>("observe", text, observe_names);
}

double Scale::factor(std::int64_t fan_in) const {
    switch (kind) {
        case Kind::fan_in:
            return 1.0 / std::sqrt(static_cast<double>(fan_in));
        case Kind::he:
            return std::sqrt(2.0 / static_cast<double>(fan_in));
        case Kind::number:
            break;
    }
    return number;
}

std::int64_t input_rows(const Network& network, const Input& input) {
    return input.kind == Input::Kind::given ? input.rows : network.width;
}

void validate(const Network& network, const Input& input) {
    // Row i of W starts at block i * ceil(cols / 4), a 32-bit counter word: width and d_in below
    // 2^17 keep rows * ceil(cols / 4) below 2^32.
    constexpr std::int64_t size_limit = std::int64_t{1} << 17;
    const auto check_size = [](std::string_view field, std::int64_t value, std::int64_t least,
                               std::int64_t limit) {
        if (value < least || value >= limit) {
            refuse(field, std::to_string(value),
                   "allowed are whole numbers from " + std::to_string(least) + " to " +
                       std::to_string(limit - 1));
        }
    };
    check_size("width", network.width, 1, size_limit);
    check_size("batch", network.batch, 1, std::int64_t{1} << 31);
    check_size("depth", network.depth, 0, std::int64_t{1} << 32);
    const bool centred = network.normalization == Normalization::batch ||
                         network.normalization == Normalization::batch_center;
    if (centred && network.batch < 2) {
        refuse("batch", std::to_string(network.batch),
               "batch must be at least 2 with normalization \"" +
                   std::string(name(network.normalization)) +
                   "\": one sample minus its own mean is zero");
    }
    if (!(network.eps >= 0.0) || std::isinf(network.eps)) {
        refuse("eps", number(network.eps), "allowed are finite numbers from 0");
    }
    if (network.scale.kind == Scale::Kind::number &&
        (!(network.scale.number > 0.0) || std::isinf(network.scale.number))) {
        refuse("scale", number(network.scale.number),
               "allowed are finite numbers above 0, \"fan-in\" and \"he\"");
    }
    if (std::isnan(network.gamma) || network.gamma == -std::numeric_limits<double>::infinity()) {
        refuse("gamma", number(network.gamma), "allowed are finite numbers and inf");
    }
    const std::int64_t rows = input_rows(network, input);
    check_size("input rows (features)", rows, 1, size_limit);
    if (network.weights == Weights::orthogonal && rows != network.width) {
        refuse("weights", "\"orthogonal\"",
               "orthogonal needs square layers, but the input has " + std::to_string(rows) +
                   " features and width is " + std::to_string(network.width));
    }
    const std::int64_t blocks_in_row = network.batch / 4 + (network.batch % 4 != 0 ? 1 : 0);
    if (input.kind != Input::Kind::given && input.kind != Input::Kind::identity &&
        rows > (std::int64_t{1} << 32) / blocks_in_row) {
        refuse("batch", std::to_string(network.batch),
               "a generated input of " + std::to_string(rows) +
                   " rows needs rows * ceil(batch / 4) at most 2^32");
    }
    if (input.kind == Input::Kind::given) {
        const std::size_t have = input.values ? input.values->size() : 0;
        const auto want = static_cast<std::size_t>(rows * network.batch);
        if (have != want) {
            refuse("input", std::to_string(have) + " values",
                   "[" + std::to_string(rows) + ", " + std::to_string(network.batch) + "] needs " +
                       std::to_string(want));
        }
        for (std::size_t i = 0; i < have; ++i) {
            if (!std::isfinite((*input.values)[i])) {
                const auto cols = static_cast<std::size_t>(network.batch);
                refuse("input",
                       number((*input.values)[i]) + " at row " + std::to_string(i / cols) +
                           ", column " + std::to_string(i % cols),
                       "every value must be finite");
            }
        }
    }
}

}  // namespace rankchain
