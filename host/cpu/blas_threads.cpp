// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/blas_threads.hpp"

#include <mutex>

#include <cblas.h>

namespace rankchain::cpu {
namespace {

// OpenBLAS has one setting for the process, so nested and simultaneous users share one count.
std::mutex mutex;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
int users = 0;     // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
int before = 1;    // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

}  // namespace

SingleBlasThread::SingleBlasThread() {
    const std::lock_guard lock(mutex);
    if (users++ == 0) {
        before = openblas_get_num_threads();
        if (before != 1) openblas_set_num_threads(1);
    }
}

SingleBlasThread::~SingleBlasThread() {
    const std::lock_guard lock(mutex);
    if (--users == 0 && before != 1) openblas_set_num_threads(before);
}

}  // namespace rankchain::cpu
