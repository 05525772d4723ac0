// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The device's statistics by Thrust's C++ system: summary_checks.hpp, and whose memory they take.
#include "tests/simt/summary_checks.hpp"

namespace rankchain::cuda::summary_checks {
namespace {

TEST_F(DeviceSummary, TakesItsMemoryFromWhereItIsTold) {
    DeviceMemory memory;
    const DeviceArray<double> values(std::vector<double>{3, 1, 2});
    const DeviceArray<SeriesSummary> summaries(1);
    Buffer<unsigned char> piece(memory, 1 << 16);
    Workspace workspace(piece.get(), 1 << 16);
    const auto before = simt::heap().in_use;
    summarise(workspace, values.get(), 1, 3, summaries.get(), nullptr, nullptr);
    EXPECT_EQ(simt::heap().in_use, before);
    EXPECT_EQ(summaries.host()[0].median, 2);
    Workspace small(piece.get(), 256);
    EXPECT_THROW(summarise(small, values.get(), 1, 3, summaries.get(), nullptr, nullptr),
                 OutOfMemory);
}

}  // namespace
}  // namespace rankchain::cuda::summary_checks
