// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/backend/context.hpp"
#include "kernels/backend/large.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>

#include <gtest/gtest.h>

namespace rankchain::cuda {

/// One place for the handles: a queue takes its workspace once.
struct LargePlace {
    DeviceMemory memory;
    Queue queue{memory, static_cast<cudaStream_t>(nullptr)};

    static LargePlace& here() {
        if (!slot()) slot() = std::make_unique<LargePlace>();
        return *slot();
    }
    static std::unique_ptr<LargePlace>& slot() {
        static std::unique_ptr<LargePlace> place;
        return place;
    }
};

/// Given back before the program ends: by then the runtime is not there any more.
struct LargePlaceEnd final : testing::Environment {
    void TearDown() override { LargePlace::slot().reset(); }
};
// NOLINTNEXTLINE(cert-err58-cpp): a test that does not begin is noticed
inline testing::Environment* const large_place_end =
    testing::AddGlobalTestEnvironment(new LargePlaceEnd);

/// Sub-batches of so many draws of this shape.
template <class T>
LargeShape shape_for(const FusedChain<T>& chain, std::int64_t draws) {
    LargeShape shape{chain.rows, chain.from == 0 ? chain.first.cols : chain.rows, chain.cols, 0};
    const std::int64_t tall = std::max(shape.rows, shape.input_rows);
    shape.budget = draws * static_cast<std::int64_t>(sizeof(T)) *
                   (shape.rows * tall + tall * shape.cols + shape.rows * shape.cols);
    return shape;
}

}  // namespace rankchain::cuda
