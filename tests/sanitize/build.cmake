# Builds the library and some tests with a sanitizer.
# Expects source, work, generator, sanitizer (of GRAFT_SANITIZE), programs.
include("${CMAKE_CURRENT_LIST_DIR}/../support/run.cmake")

run(${CMAKE_COMMAND} -S "${source}" -B "${work}" -G "${generator}" "-DGRAFT_SANITIZE=${sanitizer}"
  -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O0"
  -DCMAKE_UNITY_BUILD=ON -DGRAFT_TOOLS=OFF -DGRAFT_EXAMPLES=OFF)
run(${CMAKE_COMMAND} --build "${work}" --parallel 2 --target ${programs})
