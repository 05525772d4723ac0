// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace rankchain::cpu {

/// While one of these lives, OpenBLAS uses one thread: draws are what is parallel, and results must
/// not depend on the number of threads. The caller's setting returns with the last of them.
class SingleBlasThread {
  public:
    SingleBlasThread();
    ~SingleBlasThread();
    SingleBlasThread(const SingleBlasThread&) = delete;
    SingleBlasThread& operator=(const SingleBlasThread&) = delete;
};

}  // namespace rankchain::cpu
