#include "tests/support/golden.h"

#include <doctest/doctest.h>

#include <set>

#include "graft/ops/passes/pipeline.h"
#include "tests/support/check_pass.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

TEST_CASE("golden: every pass has a file with a case in which it does something, and every file has a pass") {
  std::set<std::string> names{"recompute", "set_precision"};  // rewrites that are not among passes()
  for (const Pass& pass : passes()) names.insert(pass.name);
  for (const std::string& name : names) {
    bool changes = false;
    const GoldenFile file(name);
    for (const auto& [title, text] : file.cases()) {
      const size_t between = text.find("--\n");
      REQUIRE_MESSAGE(between != std::string::npos, name, ", ", title);
      changes |= structure(text.substr(0, between)) != structure(text.substr(between + 3));
    }
    CHECK_MESSAGE(changes, "golden/", name, ".txt has no case in which the pass changes anything");
  }
  for (const auto& entry : std::filesystem::directory_iterator(GoldenFile::folder()))
    CHECK_MESSAGE(names.contains(entry.path().stem().string()), entry.path().string(), " is of no pass");
}

TEST_CASE("golden: values are named after labels, so neither the rest of a Program nor its names make a difference") {
  const auto program = [](bool dead, const std::string& label) {
    Builder b;
    const Value x = b.input({4}, "x");
    if (dead) named(b, "dead", b.eltwise(x, Eltwise::exp));
    const Value y = named(b, label, b.mul(x, weight(b, "w", {4})));
    return b.finish({b.add(y, b.scalar(0.5f))});
  };
  const std::string text = labelled_text(program(false, "layer"));
  CHECK(text ==
        "%x (4) = input\n%layer (4) = binary(%x, @w) mul\n%binary (4) = binary(%layer, #0.5) add\n"
        "return %binary\n");
  CHECK(structure(labelled_text(program(false, "other"))) == structure(text));
  CHECK(difference(text, labelled_text(program(true, "layer"))) ==
        "  %x (4) = input\n+ %dead (4) = eltwise(%x) exp\n  %layer (4) = binary(%x, @w) mul\n"
        "  %binary (4) = binary(%layer, #0.5) add\n  return %binary\n");
}
