#include "graft/ops/passes/rewriter.h"

#include <algorithm>

namespace graft::ops {

Rewriter::Rewriter(const Program& from) : from_(from), index_(from), map_(from) {
  for (const Value v : from.inputs) map(v, to_.input(from.dims(v), from[v].name, from[v].dtype));
}

Value Rewriter::operator()(Value old) {
  if (!old) return old;
  Value& now = map_[old];
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
  map_[old] = now;
  const Instruction* from = index_.producer(old);
  const int32_t index = now ? to_.program()[now].producer : -1;
  if (!from || index < 0) return;
  Instruction& into = to_.program().instructions[static_cast<size_t>(index)];
  merge(into, from->label);
  for (const std::string& label : from->merged) merge(into, label);
}

const Instruction* Rewriter::new_producer(Value now) {
  const int32_t index = now ? to_.program()[now].producer : -1;
  return index < 0 ? nullptr : &to_.program().instructions[static_cast<size_t>(index)];
}

Program Rewriter::finish() { return to_.finish((*this)(from_.outputs)); }

}  // namespace graft::ops
