// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include <rankchain/export.hpp>

extern "C" RANKCHAIN_API int rankchain_missing();

int rankchain_missing() {
    return 0;
}
