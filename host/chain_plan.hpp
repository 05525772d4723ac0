// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// How a chain is carried, and what every backend asks of its callers: shared by the backends.
#pragma once

#include "host/ops.hpp"

#include <cstdint>
#include <span>

namespace rankchain {

/// How a spec is carried: decided once, by the spec alone.
struct ChainPlan {
    explicit ChainPlan(const ChainSpec& spec);

    std::int64_t rows = 0;        ///< d
    std::int64_t cols = 0;        ///< N
    std::int64_t input_rows = 0;  ///< d_in
    bool shared_input = false;    ///< one X for every draw
    bool centers = false;         ///< the norm takes the mean out of rows
    bool compress = false;        ///< K [d, d] in place of H from layer 2 on
    bool keeps_p = false;         ///< P is observed and is not H
    bool p_before_norm = false;   ///< of what is kept: order act-norm

    /// Columns of H_l as it is carried.
    [[nodiscard]] std::int64_t cols_at(std::int64_t layer) const;
    [[nodiscard]] std::int64_t rows_at(std::int64_t layer) const;
    /// Whether the observed rows have mean zero by construction.
    [[nodiscard]] bool rows_centred(std::int64_t layer) const;

  private:
    bool linear_ = false;
};

/// Z = factor (w H) + H where residual, else Z = factor (w H).
struct LayerFactor {
    bool residual = false;
    double factor = 1.0;  ///< gamma scale where there is a residual, else scale
};
LayerFactor layer_factor(const Network& network, std::int64_t rows, std::int64_t cols);

/// True if the norm is one of rows, which a panel of rows can be given alone.
bool acts_on_rows(Normalization normalization);

// InvalidArgument and OutOfMemory of host/ops.hpp, in the same words on every backend.
void require_draws(DrawRange range);
void require_next_layer(std::int64_t layer, std::int64_t present, std::int64_t depth);
void require_memory(const ChainSpec& spec, DrawRange range, const MemoryNeed& need,
                    std::int64_t free);
void require_observed(const ChainSpec& spec, const ChainPlan& plan, std::int64_t layer,
                      std::int64_t draws, BatchView<const double> out);
void require_weights_place(DrawRange range, BatchView<const float> out);
/// The shapes of Ops::layer; `network` with the sizes that they give it.
template <class T>
Network require_layer(const Network& network, BatchView<const float> w, BatchView<const T> h,
                      BatchView<const T> out, std::span<const DrawStatus> status);

}  // namespace rankchain
