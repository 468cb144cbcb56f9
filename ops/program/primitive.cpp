#include "graft/ops/program/primitive.h"

#include "graft/core/error.h"

namespace graft::ops {

Values Primitive::gradient(Builder&, const Instruction& self, std::span<const Value>, const std::vector<bool>&) const {
  throw GraphError(cat("the operation ", name(), " has no gradient"))
      .who(self.label)
      .hint("put stop_gradient around it, or keep trained weights out of its operands");
}

std::vector<std::string_view> ways_of(const Program& program, const Instruction& instruction) {
  const auto* primitive = primitive_as<HasWays>(instruction);
  return primitive ? primitive->ways(program, instruction) : std::vector<std::string_view>{};
}

std::shared_ptr<const Primitive> fused_with(const Instruction& instruction, const EltwiseArgs& function) {
  const auto* primitive = primitive_as<TakesFunction>(instruction);
  return primitive ? primitive->fused_with(function) : nullptr;
}

}  // namespace graft::ops
