#include "graft/ops/program/program.h"

#include <sstream>

#include "graft/core/error.h"
#include "graft/ops/program/primitive.h"

namespace graft::ops {

static std::string operand_text(const Program& program, Value v) {
  if (!v) return "-";
  const ValueInfo& info = program[v];
  switch (info.source) {
    case Source::variable:
      return cat('@', v.id, ':', info.name);
    case Source::constant:
      return cat('#', v.id);
    default:
      return cat('%', v.id);
  }
}

static std::string list_text(const Program& program, const Values& values, bool with_dims) {
  std::string out;
  for (const Value v : values) {
    out += cat(out.empty() ? "" : ", ", operand_text(program, v));
    if (with_dims && v) out += cat(' ', to_string(program.dims(v)), program[v].dtype == DType::bf16 ? " bf16" : "");
  }
  return out;
}

std::string Program::text() const {
  std::ostringstream out;
  for (const Value v : inputs) out << list_text(*this, {v}, true) << " = input " << (*this)[v].name << '\n';
  for (const Instruction& i : instructions) {
    if (!i.outputs.empty()) out << list_text(*this, i.outputs, true) << " = ";
    out << i.primitive->name() << '(' << list_text(*this, i.inputs, false) << ')';
    if (const std::string attributes = i.primitive->attributes(); !attributes.empty()) out << ' ' << attributes;
    if (!i.label.empty()) out << "   # " << i.label;
    out << '\n';
  }
  out << "return " << list_text(*this, outputs, false) << '\n';
  return out.str();
}

void Program::verify() const {
  std::vector<bool> made(values.size());
  for (size_t i = 0; i < values.size(); ++i) made[i] = values[i].source != Source::instruction;
  for (size_t k = 0; k < instructions.size(); ++k) {
    const Instruction& i = instructions[k];
    for (const Value v : i.inputs)
      if (v && !made[static_cast<size_t>(v.id)])
        throw GraphError(cat("program line ", k, " (", i.primitive->name(), ") uses %", v.id, " before it is made"));
    for (const Value v : i.outputs) {
      if (made[static_cast<size_t>(v.id)])
        throw GraphError(cat("program line ", k, " (", i.primitive->name(), ") makes %", v.id, " a second time"));
      made[static_cast<size_t>(v.id)] = true;
    }
  }
  for (const Value v : outputs)
    if (!v || !made[static_cast<size_t>(v.id)]) throw GraphError("a program output is never made");
}

}  // namespace graft::ops
