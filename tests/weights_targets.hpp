// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <hwy/highway.h>

namespace rankchain::test {

/// Instruction sets that this build holds and this machine runs.
inline std::vector<std::int64_t> instruction_sets() {
    return hwy::SupportedAndGeneratedTargets();
}

/// Makes Highway dispatch to one instruction set while it lives.
class Only {
  public:
    explicit Only(std::int64_t target) {
        hwy::SetSupportedTargetsForTest(target);
        hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    }
    ~Only() {
        hwy::SetSupportedTargetsForTest(0);
        hwy::GetChosenTarget().DeInit();
    }
    Only(const Only&) = delete;
    Only& operator=(const Only&) = delete;
};

}  // namespace rankchain::test
