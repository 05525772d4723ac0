// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>

#include <omp.h>

#if defined(__SANITIZE_THREAD__)
#define RANKCHAIN_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RANKCHAIN_TSAN 1
#endif
#endif
#if defined(RANKCHAIN_TSAN)
extern "C" {
void __tsan_acquire(void* address);  // NOLINT(bugprone-reserved-identifier)
void __tsan_release(void* address);  // NOLINT(bugprone-reserved-identifier)
}
#endif

namespace rankchain {

// The OpenMP runtime is not instrumented: ThreadSanitizer has to be told that a parallel region
// begins after what precedes it and ends before what follows it.
inline void tsan_acquire([[maybe_unused]] void* address) {
#if defined(RANKCHAIN_TSAN)
    __tsan_acquire(address);
#endif
}
inline void tsan_release([[maybe_unused]] void* address) {
#if defined(RANKCHAIN_TSAN)
    __tsan_release(address);
#endif
}

/// body(i, thread) for i = 0 .. count - 1, in any order, thread in 0 .. threads - 1. Once a body
/// has thrown no further one starts, and the first exception is rethrown here.
template <class Body>
void parallel_for(std::int64_t count, int threads, const Body& body) {
    std::exception_ptr error;
    std::atomic<bool> failed = false;
    char fork = 0;
    char join = 0;
    const int team = static_cast<int>(std::clamp<std::int64_t>(count, 1, threads));
    tsan_release(&fork);
#pragma omp parallel num_threads(team)
    {
        tsan_acquire(&fork);
        const int thread = omp_get_thread_num();
#pragma omp for schedule(dynamic)
        for (std::int64_t i = 0; i < count; ++i) {
            if (failed.load()) continue;
            try {
                body(i, thread);
            } catch (...) {
                if (!failed.exchange(true)) error = std::current_exception();
            }
        }
        tsan_release(&join);
    }
    tsan_acquire(&join);
    if (error) std::rethrow_exception(error);
}

}  // namespace rankchain
