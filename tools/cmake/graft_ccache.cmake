# Uses ccache if it is installed and no other launcher is set. A checkout in another folder finds the same objects, as
# paths below the checkout are taken relative to the build and precompiled headers are compared by their content.
find_program(GRAFT_CCACHE ccache)
if(GRAFT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime "${GRAFT_CCACHE}")
endif()
