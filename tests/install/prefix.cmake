# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
# cmake -DBUILD= -DPREFIX= -P prefix.cmake
# Installs, then moves the prefix: whatever the other tests find there was found by relative paths.
file(REMOVE_RECURSE "${PREFIX}" "${PREFIX}.made")
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${PREFIX}.made"
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(RENAME "${PREFIX}.made" "${PREFIX}")
