// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/backend/status.hpp"

#include <cstdint>

#include <cuda_runtime.h>
#include <gtest/gtest.h>

namespace rankchain::cuda {

/// A new emulated device for every test, whose streams work as late as they are waited for.
class EmulatedDevice : public testing::Test {
  protected:
    void SetUp() override { renew(); }
    void TearDown() override {
        simt::opt() = {};
        begin();
    }
    /// Another one, whose streams take turns as the seed draws.
    static void renew(std::uint64_t seed = 0) {
        simt::opt() = {};
        simt::opt().deferred = true;
        simt::opt().seed = seed;
        begin();
    }

  private:
    static void begin() {
        simt::reset();
        forget_lost();
    }
};

}  // namespace rankchain::cuda
