#include "tests/support/golden.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <vector>

#include "graft/core/error.h"
#include "graft/core/file.h"
#include "graft/ops/passes/pipeline.h"
#include "graft/ops/program/program_index.h"
#include "tests/support/places.h"

namespace graft::test {

using namespace ops;

namespace {

// "conv (grad)" as one word: "conv.grad".
std::string one_word(std::string label) {
  std::erase(label, ')');
  for (size_t at; (at = label.find(" (")) != std::string::npos;) label.replace(at, 2, ".");
  std::replace(label.begin(), label.end(), ' ', '_');
  return label;
}

/// The names of the values of a Program.
class Names {
 public:
  explicit Names(const Program& program) : names_(program) {
    for (const Value v : program.inputs) names_[v] = unique("%" + program[v].name);
    for (const Value v : all_values(program)) {
      if (program[v].source == Source::variable) names_[v] = "@" + program[v].name;
      if (program[v].source == Source::constant) names_[v] = "#" + constant(program[v]);
    }
    std::map<std::string, int> count;
    for (const Instruction& i : program.instructions) ++count[i.label];
    for (const Instruction& i : program.instructions) {
      std::string stem = one_word(i.label);
      if (stem.empty() || count[i.label] > 1) stem += cat(stem.empty() ? "" : ".", i.primitive->name());
      if (!i.outputs.empty()) name_outputs(i, unique("%" + stem));
    }
  }

  std::string operator()(Value v) const { return v ? names_[v] : "-"; }

 private:
  static std::string constant(const ValueInfo& info) {
    return elements(info.dims) == 1 ? cat(info.constant.data<float>()[0]) : to_string(info.dims);
  }
  void name_outputs(const Instruction& i, const std::string& stem) {
    for (size_t k = 0; k < i.outputs.size(); ++k) names_[i.outputs[k]] = k == 0 ? stem : cat(stem, '.', k);
  }
  std::string unique(const std::string& name) {
    std::string out = name;
    for (int k = 2; !taken_.insert(out).second; ++k) out = cat(name, '~', k);
    return out;
  }

  PerValue<std::string> names_;
  std::set<std::string> taken_;
};

std::string list(const Program& program, const Names& names, const Values& values, bool with_dims) {
  std::string out;
  for (const Value v : values) {
    out += cat(out.empty() ? "" : ", ", names(v));
    if (with_dims) out += cat(' ', to_string(program.dims(v)), program[v].dtype == DType::bf16 ? " bf16" : "");
  }
  return out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

// Numbers the values of a line in the order in which they are met.
std::string numbered(const std::string& line, std::map<std::string, size_t>& numbers) {
  std::string out;
  for (size_t at = 0; at < line.size();) {
    if (line[at] != '%') {
      out += line[at++];
      continue;
    }
    const size_t end = std::min(line.find_first_of(" ,()", at), line.size());
    out += cat('%', numbers.try_emplace(line.substr(at, end - at), numbers.size()).first->second);
    at = end;
  }
  return out;
}

bool rewrites() { return std::getenv("GRAFT_TEST_REWRITE_GOLDEN") != nullptr; }

std::string rewriting_command(const std::string& pass) {
  return cat("GRAFT_TEST_REWRITE_GOLDEN=1 ", build_folder().string(), "/tests/graft_test_ops --test-case='", pass,
             ":*'");
}

}  // namespace

std::string labelled_text(const Program& program) {
  const Names names(program);
  std::ostringstream out;
  for (const Value v : program.inputs) out << list(program, names, {v}, true) << " = input\n";
  for (const Instruction& i : program.instructions) {
    if (!i.outputs.empty()) out << list(program, names, i.outputs, true) << " = ";
    out << i.primitive->name() << '(' << list(program, names, i.inputs, false) << ')';
    if (const std::string attributes = i.primitive->attributes(); !attributes.empty()) out << ' ' << attributes;
    for (const std::string& label : i.merged) out << (&label == i.merged.data() ? "   # with " : ", ") << label;
    out << '\n';
  }
  out << "return " << list(program, names, program.outputs, false) << '\n';
  return out.str();
}

std::string structure(const std::string& text) {
  std::string out;
  std::map<std::string, size_t> numbers;
  for (const std::string& line : lines_of(text)) {
    if (line.empty()) continue;
    if (line == "--") numbers.clear();
    out += numbered(line.substr(0, line.find("   #")), numbers) + '\n';
  }
  return out;
}

std::string difference(const std::string& expected, const std::string& found) {
  const std::vector<std::string> a = lines_of(expected), b = lines_of(found);
  // common[i][j]: the most lines that a from i on and b from j on have in common, in their order.
  std::vector<std::vector<size_t>> common(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = a.size(); i-- > 0;)
    for (size_t j = b.size(); j-- > 0;)
      common[i][j] = a[i] == b[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
  std::string out;
  for (size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      out += "  " + a[i++] + '\n';
      ++j;
    } else if (j == b.size() || (i < a.size() && common[i + 1][j] >= common[i][j + 1])) {
      out += "- " + a[i++] + '\n';
    } else {
      out += "+ " + b[j++] + '\n';
    }
  }
  return out;
}

std::filesystem::path GoldenFile::folder() { return source_folder() / "tests" / "ops" / "passes" / "golden"; }

GoldenFile::GoldenFile(const std::string& pass) : path_(folder() / (pass + ".txt")) {
  std::ifstream file(path_);
  std::string* text = nullptr;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("== "))
      text = &cases_[line.substr(3)];
    else if (text && !line.empty())
      *text += line + '\n';
  }
}

void GoldenFile::set(const std::string& title, const std::string& text) {
  cases_[title] = text;
  std::string all;
  for (const auto& [each, body] : cases_) all += cat(all.empty() ? "" : "\n", "== ", each, '\n', body);
  std::filesystem::create_directories(folder());
  write_file(path_.string(), all);
}

void check_golden(const std::string& pass, const std::string& title, const Program& before, const Program& after) {
  GoldenFile file(pass);
  const std::string found = cat(labelled_text(before), "--\n", labelled_text(after));
  if (rewrites()) return file.set(title, found);
  const std::string expected = file.contains(title) ? file.cases().at(title) : "";
  CHECK_MESSAGE(structure(found) == structure(expected), "golden/", pass, ".txt, \"", title, "\":\n",
                difference(expected, found), "Where the new text is right, write it with\n  ", rewriting_command(pass));
}

void check_pass(const std::string& pass, const std::string& title, const Program& program) {
  const auto found =
      std::find_if(passes().begin(), passes().end(), [&](const Pass& each) { return each.name == pass; });
  REQUIRE(found != passes().end());
  check_golden(pass, title, program, found->run(program));
}

}  // namespace graft::test
