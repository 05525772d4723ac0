// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// On a device what tests/simt shows of statistics over draws, by the same bodies.
#include "tests/simt/summary_checks.hpp"
