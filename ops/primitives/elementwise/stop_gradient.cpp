// A view through which no gradient flows.

#include "graft/ops/lower/lowering.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

class StopGradient final : public Primitive {
 public:
  std::string_view name() const override { return "stop_gradient"; }
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override {
    return {Value{}};
  }
  LowPrecision low_precision(const Program&, const Instruction&) const override {
    return {LowPrecision::following, {0}, {0}};
  }
  void realise(Lowering& lowering, const Instruction& self) const override {
    std::vector<int> same;
    for (size_t i = 0; i < lowering.dims(self.inputs[0]).size(); ++i) same.push_back(static_cast<int>(i));
    lowering.alias_transposed(self.outputs[0], self.inputs[0], same);
  }
};

}  // namespace

Value Builder::stop_gradient(Value x) { return append(std::make_shared<StopGradient>(), {x}, {dims(x)})[0]; }

}  // namespace graft::ops
