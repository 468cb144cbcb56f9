# `cmake --install` and `cpack` take the library, its headers, the CMake package, graft.pc and the program graft.
# graft-demo and graft-bench are not installed, because they need a data set and the scripts of the checkout.
include(CMakePackageConfigHelpers)

# Programs find the library beside them, wherever the prefix is.
file(RELATIVE_PATH lib_from_bin "${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_LIBDIR}")
set(GRAFT_INSTALL_RPATH "$ORIGIN/${lib_from_bin}")

# -- the library and its CMake package ---------------------------------------------------------------------------------

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/graft")
if(BUILD_SHARED_LIBS)
  set(GRAFT_IS_STATIC OFF)
else()
  set(GRAFT_IS_STATIC ON)
endif()
configure_package_config_file(tools/cmake/graft-config.cmake.in "${CMAKE_BINARY_DIR}/graft-config.cmake"
  INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${CMAKE_BINARY_DIR}/graft-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(TARGETS graft EXPORT graft-targets)
install(EXPORT graft-targets NAMESPACE graft:: DESTINATION "${package_dir}")
install(FILES "${CMAKE_BINARY_DIR}/graft-config.cmake" "${CMAKE_BINARY_DIR}/graft-config-version.cmake"
  DESTINATION "${package_dir}")
if(GRAFT_IS_STATIC)
  install(FILES tools/cmake/graft_onednn.cmake DESTINATION "${package_dir}")
endif()
install(CODE "set(source_dir \"${CMAKE_SOURCE_DIR}\")
set(include_dir \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_INCLUDEDIR}\")
include(\"${CMAKE_SOURCE_DIR}/tools/cmake/install_headers.cmake\")")

# -- pkg-config ------------------------------------------------------------------------------------------------------------

file(RELATIVE_PATH GRAFT_PC_TO_PREFIX "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
foreach(folder INCLUDEDIR LIBDIR)
  cmake_path(APPEND GRAFT_PC_${folder} "\${prefix}" "${CMAKE_INSTALL_${folder}}")
endforeach()
# A shared library itself names what it needs. For a static one the shared libraries that it needs are named here: with
# Requires.private, `pkg-config --static` would also link what those need, whose development packages may be missing.
set(GRAFT_PC_NEEDS "")
if(GRAFT_IS_STATIC)
  foreach(need ${GRAFT_STATIC_NEEDS})
    list(APPEND GRAFT_PC_NEEDS ${GRAFT_${need}_LDFLAGS})
  endforeach()
  cmake_path(GET GRAFT_ONEDNN_LIBRARY PARENT_PATH onednn_dir)
  list(JOIN GRAFT_PC_NEEDS " " GRAFT_PC_NEEDS)
  string(APPEND GRAFT_PC_NEEDS " -L${onednn_dir} -ldnnl ${OpenMP_CXX_FLAGS}")
endif()
configure_file(tools/cmake/graft.pc.in "${CMAKE_BINARY_DIR}/graft.pc" @ONLY)
install(FILES "${CMAKE_BINARY_DIR}/graft.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")

# -- packages ----------------------------------------------------------------------------------------------------------

set(CPACK_GENERATOR TGZ)
find_program(GRAFT_SHLIBDEPS dpkg-shlibdeps)
if(GRAFT_SHLIBDEPS)
  list(APPEND CPACK_GENERATOR DEB)
endif()
set(CPACK_PACKAGE_VENDOR "the authors of Graft")
set(CPACK_PACKAGE_CONTACT "the authors of Graft")
set(CPACK_PACKAGE_FILE_NAME "graft-${PROJECT_VERSION}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}")
set(CPACK_RESOURCE_FILE_LICENSE "${CMAKE_SOURCE_DIR}/LICENSE")
set(CPACK_PACKAGE_DIRECTORY "${CMAKE_BINARY_DIR}/packages")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)        # depends on the packages of the libraries that are linked
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)  # and calls ldconfig
include(CPack)
