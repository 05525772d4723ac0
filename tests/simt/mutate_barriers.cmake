# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
# Deletes each barrier of the chain kernels, __syncthreads() or at.sync(), in turn; the race check
# must object to every one, and to none where nothing is deleted.
#
#   cmake -DSOURCE=... -DWORK=... -DCXX=... -DRACE=race.cpp's object -P mutate_barriers.cmake
cmake_minimum_required(VERSION 3.25)

# What the program says of the kernels in `headers`.
function(run_with headers result)
  execute_process(
    COMMAND "${CXX}" -std=c++17 -O1 -w -fsanitize=thread -ffp-contract=off
      -isystem "${SOURCE}/tests/simt/shim" "-I${headers}" "-I${SOURCE}"
      -x c++ -c "${SOURCE}/tests/simt/barriers.cu" -o "${WORK}/barriers.o"
    COMMAND_ERROR_IS_FATAL ANY)
  execute_process(
    COMMAND "${CXX}" -no-pie "${WORK}/barriers.o" "${RACE}" -o "${WORK}/barriers" COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND "${WORK}/barriers" RESULT_VARIABLE code ERROR_VARIABLE said)
  string(STRIP "${said}" said)
  set(${result} "${code} ${said}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}/mutant/kernels")
run_with("${SOURCE}" said)
if(NOT said MATCHES "^0")
  message(FATAL_ERROR "the kernels as they are: ${said}")
endif()

set(mutants 0)
file(GLOB headers "${SOURCE}/kernels/*.cuh")
foreach(header IN LISTS headers)
  file(READ "${header}" text)
  cmake_path(GET header FILENAME name)
  set(before "")
  set(rest "${text}")
  while(rest MATCHES "(__syncthreads\\(\\)|at\\.sync\\(\\));")
    set(barrier "${CMAKE_MATCH_0}")
    string(FIND "${rest}" "${barrier}" place)
    string(SUBSTRING "${rest}" 0 ${place} head)
    string(LENGTH "${barrier}" length)
    math(EXPR after "${place} + ${length}")
    string(SUBSTRING "${rest}" ${after} -1 rest)
    string(APPEND before "${head}")
    file(WRITE "${WORK}/mutant/kernels/${name}" "${before};${rest}")
    run_with("${WORK}/mutant" said)
    string(REGEX MATCHALL "\n" lines "${before}")
    list(LENGTH lines line)
    math(EXPR line "${line} + 1")
    message(STATUS "${name}:${line} deleted: ${said}")
    if(NOT said MATCHES "^3 RACE")
      message(SEND_ERROR "nobody misses the barrier at ${name}:${line}")
    endif()
    string(APPEND before "${barrier}")
    math(EXPR mutants "${mutants} + 1")
  endwhile()
  file(REMOVE "${WORK}/mutant/kernels/${name}")
endforeach()
if(mutants EQUAL 0)
  message(FATAL_ERROR "no barrier found")
endif()
message(STATUS "${mutants} deleted barriers, each missed")
