# Makes the packages, unpacks each as its users would, and uses Graft from there.
# Expects source, build, work, generator, compiler.
include("${CMAKE_CURRENT_LIST_DIR}/../support/run.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/use.cmake")

file(REMOVE_RECURSE "${work}")
file(MAKE_DIRECTORY "${work}/tgz" "${work}/deb")
run(${CMAKE_CPACK_COMMAND} --config "${build}/CPackConfig.cmake" -B "${work}/packages")

file(GLOB archive "${work}/packages/*.tar.gz")
run(${CMAKE_COMMAND} -E chdir "${work}/tgz" ${CMAKE_COMMAND} -E tar xf "${archive}")
file(GLOB prefix "${work}/tgz/*")
run("${prefix}/bin/graft" --version)

file(GLOB package "${work}/packages/*.deb")
if(package)
  run(dpkg-deb --info "${package}")
  foreach(library libdnnl libgomp1 "libstdc[+][+]6")   # packages for run time
    if(NOT output MATCHES "Depends: [^\n]*${library}")
      message(FATAL_ERROR "the package does not depend on ${library}:\n${output}")
    endif()
  endforeach()
  if(output MATCHES "Depends: [^\n]*-dev")
    message(FATAL_ERROR "the package depends on one for development:\n${output}")
  endif()
  run(dpkg-deb --extract "${package}" "${work}/deb")
  set(prefix "${work}/deb/usr")
endif()
use_graft("${prefix}")
