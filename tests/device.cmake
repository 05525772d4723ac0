# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
# The command with one or another library in the CUDA backend's place.

add_library(other_backend MODULE other_backend.cpp)
add_library(rankchain_missing SHARED other_backend_needs.cpp)
add_library(needy_backend MODULE other_backend.cpp)
foreach(library IN ITEMS other_backend rankchain_missing needy_backend)
  set_target_properties(${library} PROPERTIES CXX_EXTENSIONS OFF SKIP_BUILD_RPATH ON
    LIBRARY_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/${library}")
  target_link_libraries(${library} PRIVATE rankchain_flags)
endforeach()
target_link_libraries(needy_backend PRIVATE rankchain_missing)
target_compile_definitions(needy_backend PRIVATE RANKCHAIN_NEEDS_MISSING)

rankchain_test(device)
add_dependencies(device_test rankchain_command other_backend needy_backend)
target_compile_definitions(device_test PRIVATE
  RANKCHAIN_COMMAND="$<TARGET_FILE:rankchain_command>"
  RANKCHAIN_LIBRARY="$<TARGET_FILE:rankchain>"
  RANKCHAIN_LIBRARY_NAME="$<TARGET_SONAME_FILE_NAME:rankchain>"
  RANKCHAIN_CUDA_FILE="librankchain_cuda.so.${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}"
  RANKCHAIN_OTHER_BACKEND="$<TARGET_FILE:other_backend>"
  RANKCHAIN_NEEDY_BACKEND="$<TARGET_FILE:needy_backend>"
  "RANKCHAIN_BUILT=\"${PROJECT_VERSION} (${RANKCHAIN_GIT_REVISION})\"")
if(TARGET rankchain_cuda)
  add_dependencies(device_test rankchain_cuda)
  target_compile_definitions(device_test PRIVATE RANKCHAIN_CUDA_BACKEND="$<TARGET_FILE:rankchain_cuda>")
endif()
