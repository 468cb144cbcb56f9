# Builds the library and the tests of threads with ThreadSanitizer, and runs them.
# Expects source, work, generator and launcher (of the compiler; may be empty).
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGN}\n${output}")
  endif()
endfunction()

run(${CMAKE_COMMAND} -S "${source}" -B "${work}" -G "${generator}" -DGRAFT_SANITIZE=thread -DCMAKE_BUILD_TYPE=Debug
  "-DCMAKE_CXX_FLAGS_DEBUG=-O1" "-DCMAKE_CXX_COMPILER_LAUNCHER=${launcher}" -DGRAFT_TOOLS=OFF -DGRAFT_EXAMPLES=OFF)
run(${CMAKE_COMMAND} --build "${work}" --parallel 2 --target graft_test_threads)
# libgomp is not instrumented: what its threads hand each other looks like a race, so there is one thread in each team.
run(${CMAKE_COMMAND} -E env OMP_THREAD_LIMIT=1 "TSAN_OPTIONS=halt_on_error=1 second_deadlock_stack=1"
  "${work}/tests/graft_test_threads")
