# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
# install, the CMake package and the pkg-config file. Everything installed finds the rest by
# relative paths, so that the prefix may be moved.

if(NOT RANKCHAIN_INSTALL)
  return()
endif()
include(CMakePackageConfigHelpers)

install(TARGETS rankchain EXPORT rankchainTargets
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
if(TARGET rankchain_cuda)
  # Opened at run time, so no part of the CMake package. It finds librankchain beside itself, and the
  # CUDA libraries where the system looks or where they were when it was built.
  set_target_properties(rankchain_cuda PROPERTIES INSTALL_RPATH "$ORIGIN;${CUDAToolkit_LIBRARY_DIR}")
  install(TARGETS rankchain_cuda LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" NAMELINK_SKIP)
endif()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/rankchain" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(FILES "${PROJECT_BINARY_DIR}/include/rankchain/version.hpp"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/rankchain")
if(TARGET rankchain_command)
  file(RELATIVE_PATH rankchain_bin_to_lib "${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_LIBDIR}")
  set_target_properties(rankchain_command PROPERTIES INSTALL_RPATH "$ORIGIN/${rankchain_bin_to_lib}")
  install(TARGETS rankchain_command RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/README.md" "${PROJECT_SOURCE_DIR}/CHANGELOG.md"
  DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/docs/" DESTINATION "${CMAKE_INSTALL_DOCDIR}"
  PATTERN "*.sh" EXCLUDE)

# find_package(rankchain 0.1), target rankchain::rankchain. Before 1.0 a minor version may break.
set(rankchain_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/rankchain")
install(EXPORT rankchainTargets NAMESPACE rankchain:: DESTINATION "${rankchain_package_dir}")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/rankchainConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/cmake/rankchainConfig.cmake"
  INSTALL_DESTINATION "${rankchain_package_dir}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/cmake/rankchainConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/cmake/rankchainConfig.cmake"
  "${PROJECT_BINARY_DIR}/cmake/rankchainConfigVersion.cmake" DESTINATION "${rankchain_package_dir}")

# pkg-config rankchain
set(rankchain_pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
foreach(directory IN ITEMS INCLUDEDIR LIBDIR)
  if(IS_ABSOLUTE "${CMAKE_INSTALL_${directory}}")
    set(rankchain_pc_${directory} "${CMAKE_INSTALL_${directory}}")
  else()
    set(rankchain_pc_${directory} "\${prefix}/${CMAKE_INSTALL_${directory}}")
  endif()
endforeach()
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(rankchain_pc_prefix "${CMAKE_INSTALL_PREFIX}")
else()
  file(RELATIVE_PATH rankchain_pc_to_prefix "/${rankchain_pkgconfig_dir}" "/")
  string(REGEX REPLACE "/$" "" rankchain_pc_to_prefix "${rankchain_pc_to_prefix}")
  set(rankchain_pc_prefix "\${pcfiledir}/${rankchain_pc_to_prefix}")
endif()
configure_file("${PROJECT_SOURCE_DIR}/cmake/rankchain.pc.in" "${PROJECT_BINARY_DIR}/cmake/rankchain.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/cmake/rankchain.pc" DESTINATION "${rankchain_pkgconfig_dir}")
