// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rankchain/export.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rankchain {

enum class Weights { gaussian, uniform, rademacher, orthogonal, uniform_positive, half_normal };
enum class Normalization { batch, batch_center, batch_scale, layer, rms, none };
enum class Activation { linear, relu, leaky_relu, tanh, gelu, sin, sign };
enum class Order { norm_act, act_norm };
enum class Precision { float32, float64 };
enum class Observe { hidden, preactivation };

/// What multiplies every weight after its law.
struct Scale {
    enum class Kind { number, fan_in, he };
    Kind kind = Kind::number;
    double number = 1.0;

    /// `number`, 1/sqrt(fan_in) or sqrt(2/fan_in).
    [[nodiscard]] RANKCHAIN_API double factor(std::int64_t fan_in) const;
    friend bool operator==(const Scale&, const Scale&) = default;
};

/// A random network: the Markov chain of docs/numerics.md, section "The chain".
///
///   Z_l = W_l H_{l-1}                    gamma = inf, and always for l = 1 when d_in != d
///   Z_l = H_{l-1} + gamma W_l H_{l-1}    gamma finite
///   P_l = norm(Z_l), H_l = act(P_l)      order = norm_act
///   P_l = Z_l,       H_l = norm(act(Z_l))  order = act_norm
///
/// See  arXiv:2003.01652.
struct Network {
    std::int64_t width = 32;  ///< d, units of a hidden layer
    std::int64_t batch = 32;  ///< N, input samples
    std::int64_t depth = 1;   ///< L, layers
    Weights weights = Weights::gaussian;
    Scale scale = {};
    double gamma = std::numeric_limits<double>::infinity();
    Normalization normalization = Normalization::batch;
    Activation activation = Activation::linear;
    Order order = Order::norm_act;
    double eps = 0.0;
    Precision precision = Precision::float32;
    friend bool operator==(const Network&, const Network&) = default;
};

/// H_0 = X, [d_in, N].
///
/// `gaussian`          X_ij ~ N(0,1), per draw, d_in = d (stream 1)
/// `gaussian_shared`   the X of draw 0 for every draw
/// `identity`          ones on the diagonal
/// `duplicate_pairs`   per draw: column 2k is Gaussian, column 2k+1 = column 2k + 1e-3 Gaussian
/// `given`             `values`, row-major [rows, N], the same for every draw
struct Input {
    enum class Kind { gaussian, gaussian_shared, identity, duplicate_pairs, given };
    Kind kind = Kind::gaussian;
    std::int64_t rows = 0;  ///< d_in of `given`; elsewhere d_in = d
    std::shared_ptr<const std::vector<double>> values = {};
};

/// The names of the study file, both ways. `parse_*` throws InvalidArgument that lists the names
/// allowed and the nearest one.
RANKCHAIN_API std::string_view name(Weights value);
RANKCHAIN_API std::string_view name(Normalization value);
RANKCHAIN_API std::string_view name(Activation value);
RANKCHAIN_API std::string_view name(Order value);
RANKCHAIN_API std::string_view name(Precision value);
RANKCHAIN_API std::string_view name(Observe value);
RANKCHAIN_API Weights parse_weights(std::string_view text);
RANKCHAIN_API Normalization parse_normalization(std::string_view text);
RANKCHAIN_API Activation parse_activation(std::string_view text);
RANKCHAIN_API Order parse_order(std::string_view text);
RANKCHAIN_API Precision parse_precision(std::string_view text);
RANKCHAIN_API Observe parse_observe(std::string_view text);

/// d_in: the rows of `input` under `network`.
RANKCHAIN_API std::int64_t input_rows(const Network& network, const Input& input);

/// Does the chain make sense? InvalidArgument names field, value and what is allowed: sizes at
/// least 1 (depth 0 is legal: the input alone) and width below 2^17 (the counter's block word),
/// batch at least 2 where rows are centred, `orthogonal` only on square layers, eps and scale
/// finite and not negative, gamma not NaN, the size of a given input.
RANKCHAIN_API void validate(const Network& network, const Input& input);

}  // namespace rankchain
