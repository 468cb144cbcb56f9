#include "graft/ops/program/primitive.h"

#include "graft/core/error.h"

namespace graft::ops {

Values Primitive::gradient(Builder&, const Instruction& self, std::span<const Value>, const std::vector<bool>&) const {
  throw GraphError(cat("the operation ", name(), " has no gradient"))
      .who(self.label)
      .hint("put stop_gradient around it, or keep trained weights out of its operands");
}

}  // namespace graft::ops
