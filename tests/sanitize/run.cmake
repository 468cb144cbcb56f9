# Builds the library and some tests with a sanitizer, and runs them.
# Expects source, work, generator, launcher (of the compiler; may be empty), sanitizer (of GRAFT_SANITIZE), tests (names
# of programs, with commas between), leave_out (doctest's filter; may be empty), environment (with commas between).
include("${CMAKE_CURRENT_LIST_DIR}/../support/run.cmake")

string(REPLACE "," ";" tests "${tests}")
string(REPLACE "," ";" environment "${environment}")
run(${CMAKE_COMMAND} -S "${source}" -B "${work}" -G "${generator}" "-DGRAFT_SANITIZE=${sanitizer}"
  -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O1" "-DCMAKE_CXX_COMPILER_LAUNCHER=${launcher}"
  -DGRAFT_TOOLS=OFF -DGRAFT_EXAMPLES=OFF)
run(${CMAKE_COMMAND} --build "${work}" --parallel 2 --target ${tests})
foreach(test ${tests})
  run(${CMAKE_COMMAND} -E env ${environment} "${work}/tests/${test}" "--test-case-exclude=${leave_out}")
endforeach()
