// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What a unit of a case asks of a device, for the bounds of the suite (bench/suite/roofline.py).
#pragma once

#include "bench/suite_task.hpp"
#include "kernels/work.hpp"

#include <algorithm>

namespace rankchain::bench {

/// {resource: amount} of a layer or a matrix as kernels/work.hpp counts it; null for studies, which
/// have no one bound, and for orthogonal weights, which the host makes.
inline Json device_work(const Case& which, const Json& description) {
    const Network& network = which.network;
    cuda::Work work;
    if (which.kind == "counts") {
        const std::int64_t n = description.at("n");
        work = cuda::counted_matrix(n, n, static_cast<std::int64_t>(which.taus.size()));
    } else if (which.kind == "layer" && network.weights != Weights::orthogonal) {
        const bool fits = std::max(network.width, network.batch) <= cuda::fused_limit;
        const auto count = fits ? cuda::fused_layer : cuda::large_layer;
        work = count(network.width, network.batch, network.precision == Precision::float32,
                     network.weights == Weights::rademacher);
    } else {
        return nullptr;
    }
    return {{"issue", work.issue},
            {"wide_multiply", work.wide_multiply},
            {"tf32_mma_flops", work.tf32_mma_flops},
            {"float64_mma_flops", work.float64_mma_flops},
            {"shared_bytes", work.shared_bytes},
            {"l2_copy_bytes", work.l2_copy_bytes},
            {"float32_product_flops", work.float32_product_flops},
            {"float64_product_flops", work.float64_product_flops},
            {"float64_fma_flops", work.float64_fma_flops}};
}

}  // namespace rankchain::bench
