# Builds the library and some tests with a sanitizer, and runs them.
# Expects source, work, generator, launcher (of the compiler; may be empty), sanitizer (of GRAFT_SANITIZE), tests (names
# of programs, with commas between), leave_out (doctest's filter; may be empty), environment (with commas between).
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGN}\n${output}")
  endif()
endfunction()

string(REPLACE "," ";" tests "${tests}")
string(REPLACE "," ";" environment "${environment}")
run(${CMAKE_COMMAND} -S "${source}" -B "${work}" -G "${generator}" "-DGRAFT_SANITIZE=${sanitizer}"
  -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O1" "-DCMAKE_CXX_COMPILER_LAUNCHER=${launcher}"
  -DGRAFT_TOOLS=OFF -DGRAFT_EXAMPLES=OFF)
run(${CMAKE_COMMAND} --build "${work}" --parallel 2 --target ${tests})
foreach(test ${tests})
  run(${CMAKE_COMMAND} -E env ${environment} "${work}/tests/${test}" "--test-case-exclude=${leave_out}")
endforeach()
