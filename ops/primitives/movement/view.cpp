// This file has transpose and reshape, which are views of the same memory where that is possible.

#include <algorithm>

#include "graft/core/error.h"
#include "graft/ops/lower/lowering.h"
#include "graft/ops/primitives/movement/view.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

std::string Transpose::attributes() const {
  std::string out = "axes=";
  for (size_t i = 0; i < permutation.size(); ++i) out += cat(i ? "," : "", permutation[i]);
  return out;
}

Values Transpose::gradient(Builder& builder, const Instruction&, std::span<const Value> diff_dst,
                           const std::vector<bool>&) const {
  return {builder.transpose(diff_dst[0], onednn::inverse(permutation))};
}

void Transpose::realise(Lowering& lowering, const Instruction& self) const {
  lowering.alias_transposed(self.outputs[0], self.inputs[0], permutation);
}

std::string Reshape::attributes() const { return "dims=" + to_string(dims); }

Values Reshape::gradient(Builder& builder, const Instruction& self, std::span<const Value> diff_dst,
                         const std::vector<bool>&) const {
  return {builder.reshape(diff_dst[0], builder.dims(self.inputs[0]))};
}

void Reshape::realise(Lowering& lowering, const Instruction& self) const {
  lowering.alias(self.outputs[0], lowering.row_major(self.inputs[0]),
                 onednn::row_major(dims, lowering.type(self.inputs[0])));
}

Value Builder::transpose(Value x, const std::vector<int>& permutation) {
  const Dims& from = dims(x);
  std::vector<int> sorted = permutation;
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 0; i < sorted.size(); ++i)
    if (sorted.size() != from.size() || sorted[i] != static_cast<int>(i))
      throw ShapeError(cat("transpose needs each axis of ", to_string(from), " once"));
  Dims to;
  for (const int axis : permutation) to.push_back(from[static_cast<size_t>(axis)]);
  return append(std::make_shared<Transpose>(permutation), {x}, {to})[0];
}

Value Builder::reshape(Value x, const Dims& to) {
  if (elements(dims(x)) != elements(to))
    throw ShapeError(cat("reshape keeps the number of elements; received ", to_string(dims(x)), " to ", to_string(to)));
  return append(std::make_shared<Reshape>(to), {x}, {to})[0];
}

}  // namespace graft::ops
