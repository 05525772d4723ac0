# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
# The whole CUDA backend, host code and kernels.

rankchain_simt_host(simt_backend "${PROJECT_SOURCE_DIR}/kernels/backend/chain_path.cpp"
  "${PROJECT_SOURCE_DIR}/kernels/backend/part.cpp" "${PROJECT_SOURCE_DIR}/kernels/backend/chunk.cpp"
  "${PROJECT_SOURCE_DIR}/kernels/backend/ops.cpp" "${PROJECT_SOURCE_DIR}/kernels/backend/on_stream.cpp")
target_link_libraries(simt_backend PRIVATE OpenMP::OpenMP_CXX)
set(backend simt_weights simt_input simt_chain simt_large simt_gram simt_tridiagonal simt_panels
  simt_bidiagonal simt_backend simt_summary simt_context simt_large_host simt_spectrum)
rankchain_simt_test(backend ${backend})
rankchain_simt_test(backend_faults NO_RACE ${backend})
rankchain_simt_test(gpu NO_RACE ${backend})
rankchain_simt_test(gpu_faults NO_RACE ${backend})
rankchain_simt_test(on_stream NO_RACE ${backend})

# The same as librankchain opens it: a library under the CUDA backend's name, beside a copy of
# librankchain, that a program finds by LD_LIBRARY_PATH. Device memory is ordinary memory there.
set(emulated "${CMAKE_CURRENT_BINARY_DIR}/emulated")
rankchain_simt_host(simt_entry "${PROJECT_SOURCE_DIR}/kernels/backend/entry.cpp"
  "${PROJECT_SOURCE_DIR}/host/chain_plan.cpp" "${PROJECT_SOURCE_DIR}/host/matrix_input.cpp"
  "${PROJECT_SOURCE_DIR}/host/measured.cpp" "${PROJECT_SOURCE_DIR}/host/spectrum_choice.cpp" emulated.cpp)
add_library(emulated_backend MODULE $<TARGET_OBJECTS:simt_entry> $<TARGET_OBJECTS:simt_libraries>)
foreach(part IN LISTS backend)
  target_sources(emulated_backend PRIVATE $<TARGET_OBJECTS:${part}>)
endforeach()
set_target_properties(emulated_backend PROPERTIES PREFIX "" LINKER_LANGUAGE CXX
  OUTPUT_NAME "librankchain_cuda.so.${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}" SUFFIX ""
  LIBRARY_OUTPUT_DIRECTORY "${emulated}")
target_link_libraries(emulated_backend PRIVATE rankchain PkgConfig::openblas PkgConfig::lapacke OpenMP::OpenMP_CXX)
target_link_options(emulated_backend PRIVATE "-Wl,--version-script=${PROJECT_SOURCE_DIR}/kernels/exports.map")
add_custom_command(TARGET emulated_backend POST_BUILD
  COMMAND "${CMAKE_COMMAND}" -E copy_if_different "$<TARGET_FILE:rankchain>" "${emulated}/$<TARGET_SONAME_FILE_NAME:rankchain>")

add_executable(emulated_test emulated_test.cpp)
set_target_properties(emulated_test PROPERTIES CXX_EXTENSIONS OFF)
target_link_libraries(emulated_test PRIVATE rankchain_flags rankchain GTest::gtest GTest::gtest_main)
add_dependencies(emulated_test emulated_backend)
add_test(NAME emulated COMMAND emulated_test)
set_tests_properties(emulated PROPERTIES LABELS cpu TIMEOUT 300 ENVIRONMENT "LD_LIBRARY_PATH=${emulated}")
