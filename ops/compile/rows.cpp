#include "graft/ops/compile/rows.h"

#include <algorithm>

#include "graft/ops/primitives/movement/view.h"
#include "graft/ops/program/program_index.h"

namespace graft::ops {

namespace {

/// Finds the values that have a row for each row of the batch.
class Rows {
 public:
  explicit Rows(const Program& program) : program_(program), has_(program) {
    if (program.inputs.empty()) return;
    count_ = leading(program.inputs[0]);
    independent_ = std::all_of(program.inputs.begin(), program.inputs.end(), [&](Value v) { return mark(v); }) &&
                   std::all_of(program.instructions.begin(), program.instructions.end(),
                               [&](const Instruction& i) { return follow(i); }) &&
                   std::all_of(program.outputs.begin(), program.outputs.end(), [&](Value v) { return has(v); });
  }

  bool has(Value v) const { return v && has_[v]; }
  int64_t count() const { return independent_ ? count_ : 0; }

 private:
  int64_t leading(Value v) const { return program_.dims(v)[0]; }
  bool mark(Value v) {
    has_[v] = true;
    return leading(v) == count_;
  }
  bool broadcast(Value v) const { return !has(v) && leading(v) == 1; }

  bool follow(const Instruction& i) {
    const Traits traits = i.primitive->traits(program_, i);
    if (!traits.writes.empty() || traits.random) return false;
    if (std::none_of(i.inputs.begin(), i.inputs.end(), [&](Value v) { return has(v); })) return true;
    const std::vector<size_t>& by_row = traits.row_inputs;
    for (size_t k = 0; k < i.inputs.size(); ++k) {
      const bool may_have = std::find(by_row.begin(), by_row.end(), k) != by_row.end();
      if (!i.inputs[k] || (may_have ? has(i.inputs[k]) : !has(i.inputs[k]))) continue;
      if (!may_have || !broadcast(i.inputs[k])) return false;
    }
    return std::all_of(i.outputs.begin(), i.outputs.end(), [&](Value v) { return mark(v); });
  }

  const Program& program_;
  PerValue<bool> has_;
  int64_t count_ = 0;
  bool independent_ = false;
};

}  // namespace

int64_t independent_rows(const Program& program) { return Rows(program).count(); }

Program for_rows(const Program& program, int64_t rows) {
  const Rows known(program);
  Program part = program;
  for (const Value v : all_values(part))
    if (known.has(v)) part[v].dims[0] = rows;
  for (Instruction& i : part.instructions)
    if (primitive_as<Reshape>(i)) i.primitive = std::make_shared<Reshape>(part.dims(i.outputs[0]));
  return part;
}

}  // namespace graft::ops
