# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
# cmake -DLIBRARY= -DNM= -DOBJDUMP= -P exports.cmake
# The shared library shows its own names alone, and links what chains, spectra and studies need.
execute_process(COMMAND "${NM}" -D -C --defined-only "${LIBRARY}"
  OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE ";" "," symbols "${symbols}")
string(REGEX REPLACE "\n$" "" symbols "${symbols}")
string(REPLACE "\n" ";" symbols "${symbols}")
set(own 0)
foreach(symbol IN LISTS symbols)
  if(symbol MATCHES "^[0-9a-f]+ [A-Za-z] ((typeinfo|typeinfo name|vtable) for )?(rankchain::|rankchain_)")
    math(EXPR own "${own} + 1")
  else()
    message(SEND_ERROR "not Rankchain's own: ${symbol}")
  endif()
endforeach()
if(own LESS 50)
  message(SEND_ERROR "only ${own} symbols: is this the library?")
endif()

execute_process(COMMAND "${OBJDUMP}" -p "${LIBRARY}" OUTPUT_VARIABLE dynamic COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "NEEDED +[^\n]+" needed "${dynamic}")
foreach(entry IN LISTS needed)
  # The last group is what compilers and sanitizers add.
  if(NOT entry MATCHES "NEEDED +lib(openblas|lapacke|hwy|tomlplusplus|sqlite3|z|gomp|omp|pthread|stdc\\+\\+|m|gcc_s|c|asan|ubsan|tsan)\\.so" AND
     NOT entry MATCHES "ld-linux")
    message(SEND_ERROR "the library should not link: ${entry}")
  endif()
endforeach()
string(REGEX MATCH "SONAME +([^\n]+)" soname "${dynamic}")
if(NOT CMAKE_MATCH_1 STREQUAL SONAME)
  message(SEND_ERROR "SONAME is '${CMAKE_MATCH_1}', expected '${SONAME}'")
endif()
message(STATUS "${own} symbols")
