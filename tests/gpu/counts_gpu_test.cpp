// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// On a device what tests/simt shows of counts on chip, by the same bodies: no proved rank is wrong,
// LAPACK's ratios of both forms, the same bits whatever the neighbours.
#include "tests/simt/bidiagonal_checks.hpp"
#include "tests/simt/tridiagonal_checks.hpp"
