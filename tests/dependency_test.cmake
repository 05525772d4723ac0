# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
# cmake -DSOURCE= -DWORK= -P dependency_test.cmake
#
# The dependency rule of docs/design.md over #include lines, in the tree and, so that the test is
# known to be able to fail, over files in WORK that each break it once.

# Part of the tree, and what of the project it may include; the first pattern that matches a file
# counts. "ROOT" is a header of host/ itself that is not ops.hpp.
set(rules
  "include/"          "rankchain/"
  "host/ops.hpp"      "rankchain/"
  "host/arith/"       "host/arith/"
  "host/cpu/"         "rankchain/|host/ops.hpp|host/arith/|host/cpu/|ROOT"
  "kernels/"          "rankchain/|host/ops.hpp|host/arith/|kernels/|ROOT"
  "host/backend.cpp"  "rankchain/|host/ops.hpp|host/cpu/|kernels/|ROOT"
  "host/io/"          "rankchain/|host/io/|ROOT"
  "host/study/"       "rankchain/|host/ops.hpp|host/io/|host/study/|ROOT"
  "host/cli/"         "rankchain/|host/io/|host/study/|host/cli/|ROOT"
  "host/"             "rankchain/|host/ops.hpp|host/arith/|ROOT"
  "tests/"            "rankchain/|host/|kernels/|tests/"
  "bench/"            "rankchain/|host/|kernels/|bench/")
set(root "host/[a-z_]+\\.hpp")
set(cuda "^(cuda|cublas|cusolver|curand|cusparse|nvrtc|nvToolsExt|nvtx3/|thrust/|cub/|cooperative_groups|mma\\.h|device_launch_parameters|math_constants\\.h|vector_types\\.h)")
set(cuda_allowed "^(kernels|tests/simt|tests/gpu)/|^bench/(rivals/)?[a-z_]*(cuda|\\.cu$)")

# Appends to `out` every include of `file` in `tree` that the rule forbids.
function(check_file tree file out)
  set(found)
  set(allowed)
  set(index 0)
  list(LENGTH rules length)
  while(index LESS length)
    list(GET rules ${index} part)
    if(file MATCHES "^${part}")
      math(EXPR next "${index} + 1")
      list(GET rules ${next} allowed)
      break()
    endif()
    math(EXPR index "${index} + 2")
  endwhile()
  # Named where it is allowed: the pattern of ROOT would take it too.
  if(allowed MATCHES "host/ops.hpp" OR file MATCHES "^(tests|bench)/")
    set(ops_allowed ON)
  else()
    set(ops_allowed OFF)
  endif()
  string(REPLACE "ROOT" "${root}" allowed "${allowed}")
  get_filename_component(folder "${file}" DIRECTORY)

  file(STRINGS "${tree}/${file}" lines REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"]")
  foreach(line IN LISTS lines)
    if(NOT line MATCHES "include[ \t]*([<\"])([^>\"]+)[>\"]")
      continue()
    endif()
    set(quote "${CMAKE_MATCH_1}")
    set(name "${CMAKE_MATCH_2}")
    if(name MATCHES "${cuda}" AND NOT file MATCHES "${cuda_allowed}")
      list(APPEND found "${file} includes <${name}>: CUDA headers belong into kernels/")
    endif()
    if(quote STREQUAL "\"" AND NOT name MATCHES "/")
      set(name "${folder}/${name}")  # beside the file
    endif()
    if(NOT quote STREQUAL "\"" AND NOT name MATCHES "^(rankchain|host|kernels|tests|bench)/")
      continue()  # not the project's
    endif()
    if(NOT name MATCHES "^(${allowed})" OR (name STREQUAL "host/ops.hpp" AND NOT ops_allowed))
      list(APPEND found "${file} includes ${name}: allowed of the project are ${allowed}")
    endif()
  endforeach()
  set(${out} ${${out}} ${found} PARENT_SCOPE)
endfunction()

function(check_tree tree out)
  file(GLOB_RECURSE files RELATIVE "${tree}"
    "${tree}/include/*.h*" "${tree}/host/*.[hci]*" "${tree}/kernels/*.[hc]*" "${tree}/tests/*.[hc]*" "${tree}/bench/*.[hc]*")
  list(FILTER files INCLUDE REGEX "\\.(h|hpp|cuh|inl|c|cpp|cu)$")
  list(FILTER files EXCLUDE REGEX "^tests/(install|simt/shim)/")  # of their own
  set(violations)
  foreach(file IN LISTS files)
    check_file("${tree}" "${file}" violations)
  endforeach()
  list(LENGTH files count)
  set(${out} ${violations} PARENT_SCOPE)
  set(${out}_files ${count} PARENT_SCOPE)
endfunction()

check_tree("${SOURCE}" violations)
if(violations_files LESS 50)
  message(SEND_ERROR "only ${violations_files} files found in ${SOURCE}")
endif()
foreach(violation IN LISTS violations)
  message(SEND_ERROR "${violation}")
endforeach()

# Planted: file, include. Each must be found.
set(planted
  "include/rankchain/a.hpp"  "\"host/names.hpp\""
  "host/ops.hpp"             "\"host/cpu/ops.hpp\""
  "host/arith/a.hpp"         "<rankchain/error.hpp>"
  "host/arith/b.hpp"         "\"host/names.hpp\""
  "host/cpu/a.cpp"           "\"host/study/store.hpp\""
  "host/cpu/b.cpp"           "\"kernels/context.hpp\""
  "host/cpu/c.cpp"           "<cuda_runtime.h>"
  "kernels/a.cu"             "\"host/cpu/layer.hpp\""
  "kernels/b.cu"             "\"host/cli/rows.hpp\""
  "host/chain.cpp"           "\"host/cpu/chain.hpp\""
  "host/names.cpp"           "\"host/study/grid.hpp\""
  "host/io/a.cpp"            "\"host/study/grid.hpp\""
  "host/study/a.cpp"         "\"host/cpu/layer.hpp\""
  "host/study/b.cpp"         "\"host/cli/rows.hpp\""
  "host/study/c.cpp"         "\"../cli/rows.hpp\""
  "host/cli/a.cpp"           "\"host/ops.hpp\""
  "host/cli/b.cpp"           "<cublas_v2.h>"
  "tests/a_test.cpp"         "<cuda_runtime_api.h>")
set(allowed_too
  "kernels/c.cu"             "<cuda_runtime.h>"
  "tests/simt/a.cpp"         "<cuda_runtime.h>"
  "host/backend.cpp"         "\"host/cpu/ops.hpp\""
  "host/cpu/d.cpp"           "\"layer.hpp\""
  "host/study/d.cpp"         "<sqlite3.h>")
function(plant list)
  file(REMOVE_RECURSE "${WORK}")
  list(LENGTH ${list} length)
  set(index 0)
  while(index LESS length)
    list(GET ${list} ${index} file)
    math(EXPR index "${index} + 1")
    list(GET ${list} ${index} include)
    math(EXPR index "${index} + 1")
    file(WRITE "${WORK}/${file}" "#include ${include}\n")
  endwhile()
endfunction()

plant(planted)
check_tree("${WORK}" found)
list(LENGTH planted count)
math(EXPR count "${count} / 2")
list(LENGTH found found_count)
set(index 0)
while(index LESS count)
  math(EXPR at "2 * ${index}")
  list(GET planted ${at} file)
  if(NOT ";${found}" MATCHES ";${file} includes ")
    message(SEND_ERROR "the violation planted in ${file} was not found")
  endif()
  math(EXPR index "${index} + 1")
endwhile()
plant(allowed_too)
check_tree("${WORK}" found)
if(found)
  message(SEND_ERROR "refused although allowed: ${found}")
endif()
file(REMOVE_RECURSE "${WORK}")
message(STATUS "${violations_files} files keep the dependency rule; ${found_count} planted violations were found")
