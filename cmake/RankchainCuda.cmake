# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
# RANKCHAIN_CUDA=ON without a toolkit is an error; AUTO takes the toolkit where there is one.

set(RANKCHAIN_HAVE_CUDA OFF)
if(NOT RANKCHAIN_CUDA MATCHES "^(ON|OFF|AUTO)$")
  message(FATAL_ERROR "RANKCHAIN_CUDA is '${RANKCHAIN_CUDA}': allowed are ON, OFF and AUTO")
endif()
if(NOT RANKCHAIN_CUDA STREQUAL "OFF")
  # `native` fails on a machine without a GPU and the toolkit's default is older than what the
  # kernels need, so the list is explicit.
  set(CMAKE_CUDA_ARCHITECTURES "90" CACHE STRING "CUDA architectures")
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    enable_language(CUDA)
    find_package(CUDAToolkit REQUIRED)
    set(RANKCHAIN_HAVE_CUDA ON)
  elseif(RANKCHAIN_CUDA STREQUAL "ON")
    message(FATAL_ERROR "RANKCHAIN_CUDA=ON, but no CUDA compiler was found. Install the CUDA toolkit (13.0 or later), "
                        "put nvcc on PATH or set CUDACXX, or configure with -DRANKCHAIN_CUDA=OFF")
  endif()
endif()
message(STATUS "CUDA backend: ${RANKCHAIN_HAVE_CUDA}")
