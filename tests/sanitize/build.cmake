# Builds the library and some tests with a sanitizer.
# Expects source, work, generator, launcher (of the compiler; may be empty), sanitizer (of GRAFT_SANITIZE), programs.
include("${CMAKE_CURRENT_LIST_DIR}/../support/run.cmake")

run(${CMAKE_COMMAND} -S "${source}" -B "${work}" -G "${generator}" "-DGRAFT_SANITIZE=${sanitizer}"
  -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O0" "-DCMAKE_CXX_COMPILER_LAUNCHER=${launcher}"
  -DCMAKE_UNITY_BUILD=ON -DGRAFT_TOOLS=OFF -DGRAFT_EXAMPLES=OFF)
run(${CMAKE_COMMAND} --build "${work}" --parallel 2 --target ${programs})
