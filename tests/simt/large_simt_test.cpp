// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Chains of any size on the CPU: chain_checks.hpp through LargeChain, and large_checks.hpp.
#include "kernels/shared_memory.cuh"
#include "tests/simt/large_checks.hpp"

namespace rankchain::cuda {

SIMT_DYNAMIC_SHARED(dynamic_shared, 128 << 10);

namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Large, ChainChecks, LargePaths, LargeNames);
INSTANTIATE_TYPED_TEST_SUITE_P(Large, LargeChecks, LargePaths, LargeNames);

}  // namespace
}  // namespace rankchain::cuda
