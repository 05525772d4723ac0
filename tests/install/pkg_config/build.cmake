# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
# cmake -DPREFIX= -DPC_DIR= -DCC= -DFLAGS= -DSOURCE= -DOUTPUT= -P build.cmake
# Builds a C program by what pkg-config says, and runs it.
set(ENV{PKG_CONFIG_PATH} "${PREFIX}/${PC_DIR}")
execute_process(COMMAND pkg-config --modversion rankchain
  OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
if(NOT version STREQUAL VERSION)
  message(FATAL_ERROR "pkg-config says version ${version}, the project ${VERSION}")
endif()
execute_process(COMMAND pkg-config --variable=libdir rankchain
  OUTPUT_VARIABLE libdir OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND pkg-config --cflags --libs rankchain
  OUTPUT_VARIABLE options OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
separate_arguments(options UNIX_COMMAND "${options}")
separate_arguments(FLAGS UNIX_COMMAND "${FLAGS}")
execute_process(
  COMMAND "${CC}" -std=c99 -pedantic -Wall -Wextra -Werror ${FLAGS} "${SOURCE}" -o "${OUTPUT}" ${options} -lm
          "-Wl,-rpath,${libdir}"
  COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${OUTPUT}" COMMAND_ERROR_IS_FATAL ANY)
