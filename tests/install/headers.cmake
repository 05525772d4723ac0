# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
# cmake -DPREFIX= -DINCLUDE_DIR= -DCC= -DCXX= -DWORK= -P headers.cmake
# Every installed header compiles alone, and includes nothing but the standard library and others
# of Rankchain's.
set(include "${PREFIX}/${INCLUDE_DIR}")
file(GLOB headers RELATIVE "${include}" "${include}/rankchain/*")
list(LENGTH headers count)
if(count LESS 12)
  message(FATAL_ERROR "only ${count} headers in ${include}/rankchain: ${headers}")
endif()
if(NOT EXISTS "${include}/rankchain/version.hpp")
  message(FATAL_ERROR "the generated header rankchain/version.hpp is not installed")
endif()

function(compile compiler language standard header)
  set(source "${WORK}/one_header.${language}")
  file(WRITE "${source}" "#include <${header}>\n")
  execute_process(
    COMMAND "${compiler}" -std=${standard} -pedantic -Wall -Wextra -Werror -fsyntax-only "-I${include}" "${source}"
    RESULT_VARIABLE failed ERROR_VARIABLE message)
  if(failed)
    message(SEND_ERROR "<${header}> does not compile alone as ${standard}:\n${message}")
  endif()
endfunction()

foreach(header IN LISTS headers)
  compile("${CXX}" cpp c++20 "${header}")
  if(header MATCHES "\\.h$")
    compile("${CC}" c c99 "${header}")
  endif()
  file(STRINGS "${include}/${header}" lines REGEX "^ *# *include")
  foreach(line IN LISTS lines)
    if(NOT line MATCHES "^#include <(rankchain/[a-z_]+\\.hpp|[a-z_]+|stddef\\.h|stdint\\.h)>$")
      message(SEND_ERROR "<${header}> says: ${line}; allowed are standard headers and <rankchain/...>")
    endif()
  endforeach()
endforeach()
message(STATUS "${count} headers")
