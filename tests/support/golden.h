#pragma once

// Golden texts: readable files beside the tests that show a Program before and after a pass.

#include <filesystem>
#include <map>
#include <string>

#include "graft/ops/program/program.h"

namespace graft::test {

/// The Program with its values named after the labels of what makes them, so that the names stay when instructions come
/// or go elsewhere:
///
///     %conv (1,4,6,6) = conv(%x, @kernel, @bias) strides=1x1 padding=1x1,1x1
///     %norm (1,4,6,6), %norm.1 (4), %norm.2 (4) = batch_norm_training(%conv, -, -) epsilon=0.5   # with relu
///     return %norm
///
/// Where several instructions have one label, the names of their primitives are added; one without a label has that
/// alone. `# with` names the layers that were merged into the instruction.
std::string labelled_text(const ops::Program& program);

/// The same text with its values numbered in their order and without remarks: equal for Programs of one structure.
std::string structure(const std::string& text);

/// Two texts line by line: "- " before a line that only the first has, "+ " before one that only the second has.
std::string difference(const std::string& expected, const std::string& found);

/// A file of cases: a line "== title", then the text before the pass, a line "--" and the text after it.
class GoldenFile {
 public:
  explicit GoldenFile(const std::string& pass);

  static std::filesystem::path folder();
  bool contains(const std::string& title) const { return cases_.contains(title); }
  const std::map<std::string, std::string>& cases() const { return cases_; }
  void set(const std::string& title, const std::string& text);  ///< writes the file

 private:
  std::filesystem::path path_;
  std::map<std::string, std::string> cases_;  // by title
};

/// Checks (doctest) the Program before and after a pass against the case of this title in golden/PASS.txt, by
/// structure. With GRAFT_TEST_REWRITE_GOLDEN=1 in the environment it writes the case instead.
void check_golden(const std::string& pass, const std::string& title, const ops::Program& before,
                  const ops::Program& after);
/// The same for a pass of passes(), which it runs.
void check_pass(const std::string& pass, const std::string& title, const ops::Program& program);

}  // namespace graft::test
