#include "graft/ops/program/ways.h"

#include "graft/core/error.h"
#include "graft/ops/program/primitive.h"

namespace graft::ops {

std::string signature(const Program& program, const Instruction& i) {
  std::string out(i.primitive->name());
  const auto add = [&](Value v) {
    if (!v) return void(out += " -");
    out += cat(' ', to_string(program.dims(v)), program[v].dtype == DType::bf16 ? " bf16" : "",
               program[v].source == Source::variable ? " variable" : "");
  };
  for (const Value v : i.inputs) add(v);
  out += " ->";
  for (const Value v : i.outputs) add(v);
  if (const std::string attributes = i.primitive->attributes(); !attributes.empty()) out += ' ' + attributes;
  return out;
}

}  // namespace graft::ops
