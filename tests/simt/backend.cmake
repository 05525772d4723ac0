# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
# The whole CUDA backend, host code and kernels.

rankchain_simt_host(simt_backend "${PROJECT_SOURCE_DIR}/kernels/backend/chain_path.cpp"
  "${PROJECT_SOURCE_DIR}/kernels/backend/part.cpp" "${PROJECT_SOURCE_DIR}/kernels/backend/chunk.cpp"
  "${PROJECT_SOURCE_DIR}/kernels/backend/ops.cpp" "${PROJECT_SOURCE_DIR}/kernels/backend/on_stream.cpp")
target_link_libraries(simt_backend PRIVATE OpenMP::OpenMP_CXX)
set(backend simt_weights simt_input simt_chain simt_large simt_gram
  simt_backend simt_context simt_large_host simt_spectrum)
rankchain_simt_test(backend ${backend})
rankchain_simt_test(backend_faults NO_RACE ${backend})
rankchain_simt_test(gpu NO_RACE ${backend})
rankchain_simt_test(on_stream NO_RACE ${backend})
