# Makes the target graft_onednn of oneDNN's header and library. Its own CMake package is not used: in some
# distributions it demands OpenCL's headers, which nothing here needs. To use another oneDNN than the system's, set
# GRAFT_ONEDNN_INCLUDE to its folder of headers and GRAFT_ONEDNN_LIBRARY to its library; the programs built with it load
# it from there.
if(NOT TARGET graft_onednn)
  find_path(GRAFT_ONEDNN_INCLUDE dnnl.hpp)
  find_library(GRAFT_ONEDNN_LIBRARY dnnl)
  if(NOT GRAFT_ONEDNN_INCLUDE OR NOT GRAFT_ONEDNN_LIBRARY)
    message(FATAL_ERROR "graft needs oneDNN: dnnl.hpp and libdnnl (Debian: libdnnl-dev) were not found")
  endif()
  add_library(graft_onednn UNKNOWN IMPORTED)
  set_target_properties(graft_onednn PROPERTIES IMPORTED_LOCATION "${GRAFT_ONEDNN_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${GRAFT_ONEDNN_INCLUDE}")
endif()
