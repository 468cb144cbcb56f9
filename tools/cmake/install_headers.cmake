# `cmake --install` runs this script, which copies the headers that users include and all that these reach. None of them
# may need oneDNN's or nlohmann's headers. The script expects source_dir and include_dir.

cmake_policy(VERSION 3.25)

# Programs include models/graft.h; a custom layer also needs the others (docs/adding_a_layer.md).
set(pending models/graft.h graph/layer_impl.h graph/layers/core/composite_layer.h graph/layers/core/unknown_layer.h
    graph/layers/base/activations.h graph/axes.h ops/program/builder.h)
file(GLOB zoo RELATIVE "${source_dir}" "${source_dir}/models/zoo/*.h")
list(APPEND pending ${zoo})

set(reached "")
while(pending)
  list(POP_FRONT pending header)
  if(header IN_LIST reached)
    continue()
  endif()
  list(APPEND reached "${header}")
  file(STRINGS "${source_dir}/${header}" foreign REGEX "#include <(dnnl|oneapi|nlohmann)")
  if(foreign)
    message(FATAL_ERROR "${header} is for users and needs a foreign header: ${foreign}")
  endif()
  file(STRINGS "${source_dir}/${header}" includes REGEX "#include \"graft/")
  foreach(line ${includes})
    string(REGEX REPLACE ".*\"graft/([^\"]*)\".*" "\\1" target "${line}")
    list(APPEND pending "${target}")
  endforeach()
endwhile()

foreach(header ${reached})
  cmake_path(GET header PARENT_PATH folder)
  if(header STREQUAL "models/graft.h")
    set(folder "")
  endif()
  file(INSTALL DESTINATION "${include_dir}/graft/${folder}" TYPE FILE FILES "${source_dir}/${header}")
endforeach()
