// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What device_test puts in the CUDA backend's place: one of another version, and one that needs a
// library which is not there.
#include "host/cuda_backend.hpp"

#ifdef RANKCHAIN_NEEDS_MISSING
extern "C" int rankchain_missing();
#endif

extern "C" RANKCHAIN_API const rankchain::CudaBackend* rankchain_cuda_backend();

const rankchain::CudaBackend* rankchain_cuda_backend() {
    static const rankchain::CudaBackend backend{"0.0.9 (of another build)", nullptr, nullptr};
#ifdef RANKCHAIN_NEEDS_MISSING
    return rankchain_missing() != 0 ? nullptr : &backend;
#else
    return &backend;
#endif
}
