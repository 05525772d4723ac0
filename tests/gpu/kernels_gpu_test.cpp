// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// On a device what tests/simt shows on the CPU, by the same bodies: the tables of the tensor-core
// products, weights bit for bit, and every way of advancing a chain.
#include "tests/simt/chain_paths.hpp"
#include "tests/simt/large_checks.hpp"
#include "tests/simt/mma_checks.hpp"
#include "tests/simt/radius_checks.hpp"
#include "tests/simt/weights_checks.hpp"

namespace rankchain::test {
namespace {
INSTANTIATE_TYPED_TEST_SUITE_P(Device, Mma, MmaPrecisions);
}  // namespace
}  // namespace rankchain::test

namespace rankchain::cuda {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Fused, ChainChecks, FusedPaths, FusedNames);
INSTANTIATE_TYPED_TEST_SUITE_P(Large, ChainChecks, LargePaths, LargeNames);
INSTANTIATE_TYPED_TEST_SUITE_P(Large, LargeChecks, LargePaths, LargeNames);

}  // namespace
}  // namespace rankchain::cuda
