#include <algorithm>
#include <unordered_map>

#include "graft/core/error.h"
#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"

namespace graft::ops {

namespace {

std::vector<bool> updated_variables(const Program& program) {
  std::vector<bool> updated(program.values.size());
  for (const Instruction& i : program.instructions)
    for (const size_t k : i.primitive->writes()) updated[static_cast<size_t>(i.inputs[k].id)] = true;
  return updated;
}

// A number that stands in the program several times is one value.
std::string constant_key(const ValueInfo& info) {
  std::string key = to_string(info.dims);
  if (elements(info.dims) > 16) return {};
  return key + std::string(reinterpret_cast<const char*>(info.constant.raw()), info.constant.bytes());
}

}  // namespace

Program merge_common(const Program& program) {
  const std::vector<Value> roots = variable_roots(program);
  const std::vector<bool> updated = updated_variables(program);
  // What reads a variable before an update and what reads it after are not the same.
  const auto moves = [&](Value v) {
    if (!v) return false;
    const Value root = roots[static_cast<size_t>(v.id)];
    return root && updated[static_cast<size_t>(root.id)];
  };
  Rewriter rewriter(program);
  std::unordered_map<std::string, Value> constants;
  for (size_t id = 0; id < program.values.size(); ++id) {
    const Value v{static_cast<int32_t>(id)};
    if (program[v].source != Source::constant) continue;
    const std::string key = constant_key(program[v]);
    if (key.empty()) continue;
    const auto [entry, fresh] = constants.try_emplace(key, v);
    if (!fresh) rewriter.map(v, rewriter(entry->second));
  }
  std::unordered_map<std::string, Values> seen;
  for (const Instruction& i : program.instructions) {
    const bool fixed = !i.primitive->writes().empty() || std::any_of(i.inputs.begin(), i.inputs.end(), moves);
    if (fixed) {
      rewriter.copy(i);
      continue;
    }
    std::string key = cat(i.primitive->name(), '|', i.primitive->attributes(), '|', i.outputs.size());
    for (const Value v : rewriter(i.inputs)) key += cat('|', v.id);
    for (const Value v : i.outputs) key += to_string(program.dims(v));
    const auto found = seen.find(key);
    if (found == seen.end()) {
      rewriter.copy(i);
      seen.emplace(std::move(key), rewriter(i.outputs));
    } else {
      for (size_t k = 0; k < i.outputs.size(); ++k) rewriter.map(i.outputs[k], found->second[k]);
    }
  }
  return rewriter.finish();
}

}  // namespace graft::ops
