#include "graft/ops/primitives/elementwise/stop_gradient.h"

#include "graft/ops/lower/lowering.h"

namespace graft::ops {

Values StopGradient::gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const {
  return {Value{}};
}

void StopGradient::realise(Lowering& lowering, const Instruction& self) const {
  std::vector<int> same;
  for (size_t i = 0; i < lowering.dims(self.inputs[0]).size(); ++i) same.push_back(static_cast<int>(i));
  lowering.alias_transposed(self.outputs[0], self.inputs[0], same);
}

Value Builder::stop_gradient(Value x) { return append(std::make_shared<StopGradient>(), {x}, {dims(x)})[0]; }

}  // namespace graft::ops
