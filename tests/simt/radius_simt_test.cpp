// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// radius_checks.hpp on the CPU, where the root is the CPU's own: what is left to see is that the
// words are those meant.
#include "tests/simt/radius_checks.hpp"
