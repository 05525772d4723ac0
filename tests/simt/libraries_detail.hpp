// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What cublas.cpp and cusolver.cpp share.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

#include <simt/libraries.hpp>

namespace simt {

/// Notes the call; the fault that was ordered for it, if any.
inline std::optional<LibraryFault> ordered(const char* call, std::int64_t batch) {
    Libraries& all = libraries();
    all.batches[call].push_back(batch);
    std::optional<LibraryFault> found;
    for (auto fault = all.faults.begin(); fault != all.faults.end();) {
        if (fault->call == call && fault->after-- == 0 && !found) {
            found = *fault;
            fault = all.faults.erase(fault);
        } else {
            ++fault;
        }
    }
    return found;
}

/// A library wrote these numbers: kernels may read them.
template <class T>
void written(const T* data, std::int64_t n) {
    if (n > 0 && hooks().init) hooks().init(data, static_cast<size_t>(n) * sizeof(T));
}

/// NaN, and as if nobody had ever written there.
template <class T>
void poison(T* data, std::int64_t n) {
    if (n > 0) std::memset(static_cast<void*>(data), 0xff, static_cast<size_t>(n) * sizeof(T));
}

/// Column-major [m, n]; counted in `spoiled` where an entry is not finite.
inline bool finite(const double* a, std::int64_t m, std::int64_t n, std::int64_t lda) {
    for (std::int64_t j = 0; j < n; ++j) {
        for (std::int64_t i = 0; i < m; ++i) {
            if (std::isfinite(a[j * lda + i])) continue;
            ++libraries().spoiled;
            return false;
        }
    }
    return true;
}

}  // namespace simt
