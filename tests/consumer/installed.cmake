# Installs Graft into a prefix of its own, moves the prefix, and uses Graft from there.
# Expects source, build, work, generator, compiler, and static: OFF takes the build at hand, ON makes a static one.
include("${CMAKE_CURRENT_LIST_DIR}/../support/run.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/use.cmake")

file(REMOVE_RECURSE "${work}/installed" "${work}/prefix" "${work}/use")
if(static)
  set(build "${work}/library")
  run(${CMAKE_COMMAND} -S "${source}" -B "${build}" -G "${generator}" -DBUILD_SHARED_LIBS=OFF -DCMAKE_BUILD_TYPE=Debug
    "-DCMAKE_CXX_FLAGS_DEBUG=-O0" -DCMAKE_UNITY_BUILD=ON -DGRAFT_TESTS=OFF -DGRAFT_TOOLS=OFF -DGRAFT_EXAMPLES=OFF)
  run(${CMAKE_COMMAND} --build "${build}" --parallel 2)
endif()
run(${CMAKE_COMMAND} --install "${build}" --prefix "${work}/installed")
file(RENAME "${work}/installed" "${work}/prefix")
use_graft("${work}/prefix")
