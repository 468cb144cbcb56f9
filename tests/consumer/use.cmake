# Uses Graft as installed in a prefix: by find_package, by pkg-config, and the program `graft` of a shared library.
# Expects source, work, generator, compiler, and static where the library is.
function(use_graft prefix)
  file(REMOVE_RECURSE "${work}/use")
  file(MAKE_DIRECTORY "${work}/use")
  set(ENV{LD_LIBRARY_PATH} "")

  run(${CMAKE_COMMAND} -S "${source}/tests/consumer" -B "${work}/use/project" -G "${generator}"
    "-DCMAKE_PREFIX_PATH=${prefix}" "-Dlayer=${source}/docs/examples/adding_a_layer.cpp")
  run(${CMAKE_COMMAND} --build "${work}/use/project")
  run(${CMAKE_COMMAND} -E chdir "${work}/use" project/consumer)
  run(${CMAKE_COMMAND} -E chdir "${work}/use" project/own_layer)

  find_program(pkg_config pkg-config REQUIRED)
  file(GLOB_RECURSE description "${prefix}/*/graft.pc")
  cmake_path(GET description PARENT_PATH descriptions)
  set(ENV{PKG_CONFIG_PATH} "${descriptions}")
  set(kind "")
  if(static)
    set(kind --static)
  endif()
  run("${pkg_config}" --cflags --libs ${kind} graft)
  separate_arguments(options UNIX_COMMAND "${output}")
  run("${pkg_config}" --variable=libdir graft)
  string(STRIP "${output}" libraries)
  run("${compiler}" -std=c++20 "-I${source}/tests/consumer/forbidden" "${source}/tests/consumer/main.cpp"
    -o "${work}/use/by_pkg_config" ${options} "-Wl,-rpath,${libraries}")
  run(${CMAKE_COMMAND} -E chdir "${work}/use" "${work}/use/by_pkg_config")

  if(NOT static)   # the program `graft`, whose library has to be that of the prefix
    run("${prefix}/bin/graft" --version)
    run("${prefix}/bin/graft" summary "${work}/use/built")
    run(ldd "${prefix}/bin/graft")
    if(NOT output MATCHES "libgraft[^\n]*=> ${prefix}/")
      message(FATAL_ERROR "graft does not find its library in ${prefix}:\n${output}")
    endif()
  endif()
endfunction()
