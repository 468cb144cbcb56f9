#include <algorithm>
#include <sstream>

#include <doctest/doctest.h>
#include "graft/core/file.h"
#include "tests/support/places.h"
#include "tests/support/run_program.h"

namespace graft::test {

static std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// `build/graft layers > docs/layers.md` renews the page.
TEST_CASE("graft layers: docs/layers.md has every class as it is") {
  const ProgramResult printed = run_program({program(), "layers"});
  CHECK(printed.err == "");
  REQUIRE(printed.status == 0);
  const auto now = lines_of(printed.out), page = lines_of(read_file(source_folder() / "docs/layers.md"));
  for (const std::string& line : now) CHECK_MESSAGE(std::ranges::find(page, line) != page.end(), "missing: ", line);
  for (const std::string& line : page) CHECK_MESSAGE(std::ranges::find(now, line) != now.end(), "outdated: ", line);
  CHECK(now == page);
}

}  // namespace graft::test
