// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Where a chain's rows of w come from.
#pragma once

#include "host/cpu/layer.hpp"
#include "host/cpu/weights.hpp"
#include <rankchain/network.hpp>

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace rankchain::cpu {

/// Weights are float32 numbers; a float64 chain takes them widened.
template <class T>
class Widened {
  public:
    explicit Widened(std::int64_t size) : wide_(std::is_same_v<T, float> ? 0 : size) {}

    /// `count` numbers of `from` as T.
    const T* operator()(const float* from, std::int64_t count) {
        if constexpr (std::is_same_v<T, float>) {
            return from;
        } else {
            std::copy_n(from, count, wide_.get());
            return wide_.get();
        }
    }

  private:
    Buffer<T> wide_;
};

/// w_l of one draw, made a panel at a time (`orthogonal`: at once).
template <class T>
class Generated final : public Panels<T> {
  public:
    /// For layers with w [width, width] and [width, input_rows].
    Generated(const Network& network, std::int64_t input_rows)
        : whole_(network.weights == Weights::orthogonal),
          law_(network.weights),
          made_(floats(network, input_rows)),
          widened_(floats(network, input_rows)) {}

    static std::int64_t bytes(const Network& network, std::int64_t input_rows) {
        const std::int64_t each = std::is_same_v<T, float> ? 4 : 12;
        const bool whole = network.weights == Weights::orthogonal;
        return floats(network, input_rows) * each + (whole ? orthogonal_bytes(network.width) : 0);
    }

    /// From here on, the rows of this matrix.
    void select(std::uint64_t seed, std::uint64_t draw, std::uint32_t layer, std::int64_t rows,
                std::int64_t cols) {
        which_ = {law_, seed, draw, layer, rows, cols};
        if (whole_) fill_orthogonal(which_, made_.get());
    }

    const T* rows(std::int64_t first, std::int64_t count) override {
        if (whole_) return widened_(made_.get() + first * which_.cols, count * which_.cols);
        fill_weights(which_, first, count, made_.get(), which_.cols);
        return widened_(made_.get(), count * which_.cols);
    }
    [[nodiscard]] std::int64_t stride() const override { return which_.cols; }

  private:
    static std::int64_t floats(const Network& network, std::int64_t input_rows) {
        const std::int64_t d = network.width;
        if (network.weights == Weights::orthogonal) return d * d;
        return std::max(panel_rows(d, d) * d, panel_rows(d, input_rows) * input_rows);
    }

    bool whole_;
    Weights law_;
    WeightMatrix which_;
    Buffer<float> made_;
    Widened<T> widened_;
};

}  // namespace rankchain::cpu
