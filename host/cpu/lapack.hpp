// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// BLAS and LAPACK as this backend calls them.
#pragma once

#include <cstdint>

#include <cblas.h>
#include <lapacke.h>

namespace rankchain::cpu {

/// A size as LAPACK takes it; InvalidArgument from 2^31 on.
int lapack_size(std::int64_t size);

/// Throws if `info` says that an argument was wrong: ours to mend.
void require_lapack(const char* routine, int info);

/// Doubles of scratch for dsytrd of an [n, n] matrix, n > 0.
std::int64_t tridiagonal_work(std::int64_t n);

}  // namespace rankchain::cpu
