// Timed formulations: the file stores them, and only the speed of a run depends on them.

#include <doctest/doctest.h>

#include <algorithm>

#include "graft/core/env.h"
#include "graft/core/file.h"
#include "graft/core/onednn.h"
#include "tests/support/layer_check.h"
#include "tests/support/program_check.h"
#include "tests/support/temporary_folder.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

Program residual_block() {
  Builder b;
  const Value x = b.input({2, 32, 12, 12}, "x");
  const ConvArgs same{{1, 1}, {0, 0}, {1, 1}, {1, 1}};
  const Value y = b.eltwise(b.conv(x, b.constant(noise({32, 32, 3, 3}, 1)), {}, same), Eltwise::relu);
  const Value z = b.add(b.conv(y, b.constant(noise({32, 32, 3, 3}, 2)), {}, same), y);
  return b.finish({b.pool(b.eltwise(z, Eltwise::relu), {Pooling::max, {2, 2}, {2, 2}, {0, 0}, {0, 0}})});
}

Tensor run(const Executable& executable) {
  Context context = executable.context();
  context.input(0).copy_from(noise({2, 32, 12, 12}, 3));
  context.run();
  return context.output(0).tensor();
}

std::string last_line(const std::string& text) {
  const size_t end = text.find_last_not_of('\n'), begin = text.rfind('\n', end);
  return text.substr(begin + 1, end - begin);
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("tune: formulations are timed once, remembered, and give the usual results") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "deep" / "tune.txt").string();
  const env::Scoped file("GRAFT_TUNE_FILE", path);
  const Executable usual(residual_block()), timed(residual_block(), {.tune = true});
  CHECK(contains(last_line(timed.report()), "tuned: \""));
  CHECK(contains(last_line(timed.report()), " ms"));
  CHECK(contains(last_line(timed.report()), cat("remembered in ", path)));
  CHECK(relative_difference(run(timed), run(usual)) <= 2e-6);
  CHECK_FALSE(contains(usual.report(), "tuned"));

  const std::string text = read_file(path);
  CHECK(text.starts_with("graft-tune 2\n"));
  const Executable again(residual_block(), {.tune = true});
  CHECK(contains(last_line(again.report()), cat("as remembered in ", path)));
  CHECK(read_file(path) == text);
}

TEST_CASE("tune: the formulation in blocks gives the usual results") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "tune.txt").string();
  const env::Scoped file("GRAFT_TUNE_FILE", path);
  const Executable usual(residual_block(), {.tune = true});
  const std::string key = read_file(path).substr(13, 16);
  write_file(path, cat("graft-tune 2\n", key, " blocked\n"));
  const Executable blocked(residual_block(), {.tune = true});
  CHECK(contains(blocked.report(), cat("aBcd", onednn::block(), "b")));
  CHECK(blocked.ref_steps() == 0);
  CHECK(relative_difference(run(blocked), run(usual)) <= 2e-6);
}

TEST_CASE("tune: a damaged file, or one of another machine, is reported and timed again") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "tune.txt").string();
  const env::Scoped file("GRAFT_TUNE_FILE", path);
  for (const std::string damaged : {"nonsense\n", "graft-tune 2\n0123456789abcdef blocked\n01234 blocked\n",
                                    "graft-tune 1\n0123456789abcdef blocked\n"}) {
    write_file(path, damaged);
    const Executable executable(residual_block(), {.tune = true});
    CHECK_MESSAGE(contains(last_line(executable.report()), cat(path, " was damaged in line ")), executable.report());
    CHECK(read_file(path).starts_with("graft-tune 2\n"));
  }
  write_file(path, "graft-tune 2\n0123456789abcdef blocked\n");
  const Executable executable(residual_block(), {.tune = true});
  CHECK(contains(last_line(executable.report()), " ms"));
  CHECK(contains(read_file(path), "0123456789abcdef blocked"));  // another machine's line stays
}

TEST_CASE("tune: a formulation that does not exist is timed again and replaced") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "tune.txt").string();
  const env::Scoped file("GRAFT_TUNE_FILE", path);
  const Executable first(residual_block(), {.tune = true});
  std::string text = read_file(path);
  text.replace(30, text.find('\n', 30) - 30, "no such formulation");  // whichever was the fastest here
  write_file(path, text);
  const Executable again(residual_block(), {.tune = true});
  CHECK(contains(last_line(again.report()), " ms"));
  CHECK_FALSE(contains(read_file(path), "no such formulation"));
}

TEST_CASE("tune: ways of instructions are remembered by shape and used again") {
  const auto dense = [] {
    Builder b;
    const Value x = b.input({64, 96}, "x");
    const Variable w("w", noise({96, 32}, 1));
    return b.finish({b.inner_product(x, b.variable(w), {})});
  };
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "tune.txt").string();
  const env::Scoped file("GRAFT_TUNE_FILE", path);
  const Executable first(dense(), {.tune = true});
  const std::string text = read_file(path);
  CHECK(std::count(text.begin(), text.end(), '\n') == 3);  // the heading, the Program, its one instruction
  // Whatever was faster here: each line in turn is made to say "matmul", and one of them is the instruction's.
  int followed = 0;
  for (size_t at = text.find('\n') + 1; at < text.size(); at = text.find('\n', at) + 1) {
    std::string changed = text;
    changed.replace(at + 17, text.find('\n', at) - at - 17, "matmul");
    write_file(path, changed);
    const Executable again(dense(), {.tune = true});
    followed += contains(again.report(), "as remembered") && contains(last_line(again.report()), ": matmul");
  }
  CHECK(followed == 1);
}

TEST_CASE("tune: the report says when the file cannot be written") {
  const env::Scoped file("GRAFT_TUNE_FILE", "/proc/graft/tune.txt");
  const Executable executable(residual_block(), {.tune = true});
  CHECK(contains(last_line(executable.report()), "not remembered: "));
}
