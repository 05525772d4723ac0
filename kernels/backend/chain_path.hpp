// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What the kernels are told of a chain, and which of them takes it.
#pragma once

#include "host/chain_plan.hpp"
#include "kernels/chain_fused.cuh"

#include <cstddef>
#include <cstdint>

namespace rankchain::cuda {

enum class Path {
    tensor,  ///< fused, on tensor cores
    plain,   ///< fused, by fused multiply-add
    large    ///< a layer at a time through device memory
};

/// Layers from + 1 .. to of `spec`, but for draws and pointers. Layer 1 alone, or layers from 2 on,
/// or all of them where the plan does not compress.
template <class T>
FusedChain<T> describe_chain(const ChainSpec& spec, const ChainPlan& plan, std::int64_t from,
                             std::int64_t to);

/// The path of layer 1, and of the layers from 2 on: by the shape and the device's shared memory
/// alone, so that results do not depend on how draws or layers are divided.
template <class T>
Path path_of(const ChainSpec& spec, const ChainPlan& plan, bool first_layer,
             std::size_t shared_limit);

/// Weights that no kernel makes: the host does, a layer at a time.
inline bool has_given_weights(const Network& network) {
    return network.weights == Weights::orthogonal;
}

}  // namespace rankchain::cuda
