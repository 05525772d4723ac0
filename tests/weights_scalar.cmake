# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
# The scalar formula of the weights, compiled in several ways, must give one hash.

function(rankchain_scalar_hash name)
  add_library(weights_${name} OBJECT weights_scalar.cpp)
  target_link_libraries(weights_${name} PRIVATE rankchain_flags)
  target_compile_definitions(weights_${name} PRIVATE RANKCHAIN_HASH_NAME=${name})
  target_compile_options(weights_${name} PRIVATE ${ARGN})
  target_sources(weights_test PRIVATE $<TARGET_OBJECTS:weights_${name}>)
endfunction()
rankchain_scalar_hash(hash_o0 -O0)
rankchain_scalar_hash(hash_o3 -O3)
set(scalar_hashes "X(hash_o0) X(hash_o3)")
include(CheckCXXCompilerFlag)
check_cxx_compiler_flag(-march=native RANKCHAIN_HAS_MARCH_NATIVE)
if(RANKCHAIN_HAS_MARCH_NATIVE)
  rankchain_scalar_hash(hash_native -O3 -march=native)
  string(APPEND scalar_hashes " X(hash_native)")
endif()
# The other compiler, where there is one: its objects, beside those of this build.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  find_program(RANKCHAIN_OTHER_CXX clang++)
else()
  find_program(RANKCHAIN_OTHER_CXX g++)
endif()
if(RANKCHAIN_OTHER_CXX)
  foreach(level IN ITEMS 0 3)
    set(object "${CMAKE_CURRENT_BINARY_DIR}/other_o${level}.o")
    add_custom_command(OUTPUT "${object}"
      COMMAND "${RANKCHAIN_OTHER_CXX}" -std=c++17 -O${level} -ffp-contract=off -fno-math-errno
              -fPIE "-I${PROJECT_SOURCE_DIR}" -DRANKCHAIN_HASH_NAME=hash_other_o${level}
              -c "${CMAKE_CURRENT_SOURCE_DIR}/weights_scalar.cpp" -o "${object}"
      DEPENDS weights_scalar.cpp weights_hash.hpp "${PROJECT_SOURCE_DIR}/host/arith/formula.inl"
              "${PROJECT_SOURCE_DIR}/host/arith/counter.hpp" "${PROJECT_SOURCE_DIR}/host/arith/scalar.hpp"
              "${PROJECT_SOURCE_DIR}/host/arith/weights.hpp" "${PROJECT_SOURCE_DIR}/host/arith/philox.hpp"
      VERBATIM)
    target_sources(weights_test PRIVATE "${object}")
    string(APPEND scalar_hashes " X(hash_other_o${level})")
  endforeach()
endif()
file(CONFIGURE OUTPUT include/weights_scalar_hashes.hpp
  CONTENT "#define RANKCHAIN_SCALAR_HASHES(X) @scalar_hashes@\n" @ONLY)
target_include_directories(weights_test PRIVATE "${CMAKE_CURRENT_BINARY_DIR}/include")
