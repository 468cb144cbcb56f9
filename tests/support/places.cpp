#include "tests/support/places.h"

namespace graft::test {

std::filesystem::path source_folder() { return GRAFT_SOURCE; }
std::filesystem::path build_folder() { return GRAFT_BINARY; }
std::filesystem::path fixture_folder() { return GRAFT_FIXTURES; }
std::filesystem::path npm_folder() { return GRAFT_NPM; }
std::filesystem::path program() { return GRAFT_PROGRAM; }

}  // namespace graft::test
