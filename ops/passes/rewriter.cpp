#include "graft/ops/passes/rewriter.h"

#include <algorithm>

namespace graft::ops {

Rewriter::Rewriter(const Program& from) : from_(from), map_(from.values.size()), uses_(from.values.size()) {
  for (const Instruction& i : from.instructions)
    for (const Value v : i.inputs)
      if (v) ++uses_[static_cast<size_t>(v.id)];
  for (const Value v : from.outputs) ++uses_[static_cast<size_t>(v.id)];
  for (const Value v : from.inputs) map(v, to_.input(from.dims(v), from[v].name, from[v].dtype));
}

Value Rewriter::operator()(Value old) {
  if (!old) return old;
  Value& now = map_[static_cast<size_t>(old.id)];
  if (!now)
    now = from_[old].source == Source::variable ? to_.variable(from_[old].variable) : to_.constant(from_[old].constant);
  return now;
}

Values Rewriter::operator()(const Values& old) {
  Values out;
  for (const Value v : old) out.push_back((*this)(v));
  return out;
}

void Rewriter::copy(const Instruction& old, std::shared_ptr<const Primitive> instead) {
  std::vector<Dims> dims;
  for (const Value v : old.outputs) dims.push_back(from_.dims(v));
  to_.set_origin(old);
  const Values now = to_.append(instead ? std::move(instead) : old.primitive, (*this)(old.inputs), dims);
  for (size_t i = 0; i < now.size(); ++i) {
    to_.program()[now[i]].dtype = from_[old.outputs[i]].dtype;
    map(old.outputs[i], now[i]);
  }
  to_.program().instructions.back().remark = old.remark;
}

// "encoder/conv2d" of "encoder/conv2d (grad)".
static std::string_view layer_of(std::string_view label) { return label.substr(0, label.find(" (")); }

static void merge(Instruction& into, const std::string& label) {
  const auto same = [&](const std::string& other) { return layer_of(other) == layer_of(label); };
  if (!label.empty() && !same(into.label) && std::none_of(into.merged.begin(), into.merged.end(), same))
    into.merged.push_back(label);
}

void Rewriter::map(Value old, Value now) {
  map_[static_cast<size_t>(old.id)] = now;
  const Instruction* from = producer(old);
  const int32_t index = now ? to_.program()[now].producer : -1;
  if (!from || index < 0) return;
  Instruction& into = to_.program().instructions[static_cast<size_t>(index)];
  merge(into, from->label);
  for (const std::string& label : from->merged) merge(into, label);
}

const Instruction* Rewriter::producer(Value old) const {
  const int32_t index = old ? from_[old].producer : -1;
  return index < 0 ? nullptr : &from_.instructions[static_cast<size_t>(index)];
}

const Instruction* Rewriter::new_producer(Value now) {
  const int32_t index = now ? to_.program()[now].producer : -1;
  return index < 0 ? nullptr : &to_.program().instructions[static_cast<size_t>(index)];
}

Program Rewriter::finish() { return to_.finish((*this)(from_.outputs)); }

std::vector<Value> variable_roots(const Program& program) {
  std::vector<Value> roots(program.values.size());
  for (size_t id = 0; id < roots.size(); ++id)
    if (program.values[id].source == Source::variable) roots[id] = {static_cast<int32_t>(id)};
  for (const Instruction& i : program.instructions)
    if (i.primitive->name() == "transpose" || i.primitive->name() == "reshape")
      roots[static_cast<size_t>(i.outputs[0].id)] = roots[static_cast<size_t>(i.inputs[0].id)];
  return roots;
}

bool updates_variables(const Program& program) {
  return std::any_of(program.instructions.begin(), program.instructions.end(),
                     [](const Instruction& i) { return !i.primitive->writes().empty(); });
}

}  // namespace graft::ops
