#pragma once

#include <filesystem>

// Where the build finds what tests read. One file is compiled with these paths, so that the objects of all others are
// the same in every folder and a compiler's cache knows them.

namespace graft::test {

std::filesystem::path source_folder();   ///< the checkout
std::filesystem::path build_folder();    ///< where the test programs are, in its tests/
std::filesystem::path fixture_folder();  ///< tests/data, unpacked: keras/NAME, tfjs/NAME
std::filesystem::path npm_folder();      ///< the npm packages that tools/setup installs
std::filesystem::path program();         ///< the program `graft`; empty in a build without tools

}  // namespace graft::test
