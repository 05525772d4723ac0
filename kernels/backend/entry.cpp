// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What librankchain_cuda.so exports.
#include "host/cuda_backend.hpp"
#include "kernels/backend/on_stream.hpp"
#include "kernels/backend/ops.hpp"
#include <rankchain/export.hpp>
#include <rankchain/version.hpp>

extern "C" RANKCHAIN_API const rankchain::CudaBackend* rankchain_cuda_backend();

const rankchain::CudaBackend* rankchain_cuda_backend() {
    static const rankchain::CudaBackend backend{RANKCHAIN_VERSION " (" RANKCHAIN_GIT_REVISION ")",
                                                rankchain::cuda::make_ops,
                                                rankchain::cuda::on_stream};
    return &backend;
}
