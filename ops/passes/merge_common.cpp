#include <algorithm>
#include <unordered_map>

#include "graft/core/error.h"
#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"

namespace graft::ops {

namespace {

// Constants with equal keys become one value. A constant of more than 16 elements has an empty key, and is not merged.
std::string constant_key(const ValueInfo& info) {
  std::string key = to_string(info.dims);
  if (elements(info.dims) > 16) return {};
  return key + std::string(reinterpret_cast<const char*>(info.constant.raw()), info.constant.bytes());
}

void merge_constants(const Program& program, Rewriter& rewriter) {
  std::unordered_map<std::string, Value> constants;
  for (const Value v : all_values(program)) {
    if (program[v].source != Source::constant) continue;
    const std::string key = constant_key(program[v]);
    if (key.empty()) continue;
    const auto [entry, fresh] = constants.try_emplace(key, v);
    if (!fresh) rewriter.map(v, rewriter(entry->second));
  }
}

}  // namespace

Program merge_common(const Program& program) {
  Rewriter rewriter(program);
  const ProgramIndex& index = rewriter.index();
  merge_constants(program, rewriter);
  // Instructions that read an updated variable are not merged, because it has other values before the update than after
  // it.
  const auto moves = [&](Value v) { return v && index.updated(v); };
  std::unordered_map<std::string, Values> seen;
  for (size_t k = 0; k < program.instructions.size(); ++k) {
    const Instruction& i = program.instructions[k];
    if (!index.traits(k).writes.empty() || std::any_of(i.inputs.begin(), i.inputs.end(), moves)) {
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
      for (size_t o = 0; o < i.outputs.size(); ++o) rewriter.map(i.outputs[o], found->second[o]);
    }
  }
  return rewriter.finish();
}

}  // namespace graft::ops
