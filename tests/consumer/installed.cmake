# Installs Graft into a prefix of its own, then builds and runs the consumer against it.
# Expects source, build, work, generator, and static: OFF takes the build at hand, ON makes a static one.
include("${CMAKE_CURRENT_LIST_DIR}/../support/run.cmake")

file(REMOVE_RECURSE "${work}/prefix" "${work}/consumer")
if(static)
  set(build "${work}/library")
  run(${CMAKE_COMMAND} -S "${source}" -B "${build}" -G "${generator}" -DBUILD_SHARED_LIBS=OFF -DCMAKE_BUILD_TYPE=Debug
    "-DCMAKE_CXX_FLAGS_DEBUG=-O0" -DCMAKE_UNITY_BUILD=OFF -DGRAFT_TESTS=OFF -DGRAFT_TOOLS=OFF -DGRAFT_EXAMPLES=OFF)
  run(${CMAKE_COMMAND} --build "${build}" --parallel 2)
endif()
run(${CMAKE_COMMAND} --install "${build}" --prefix "${work}/prefix")
run(${CMAKE_COMMAND} -S "${source}/tests/consumer" -B "${work}/consumer" -G "${generator}"
  "-DCMAKE_PREFIX_PATH=${work}/prefix")
run(${CMAKE_COMMAND} --build "${work}/consumer")
run(${CMAKE_COMMAND} -E chdir "${work}" "${work}/consumer/consumer")
