#include "graft/ops/primitives/elementwise/bias.h"

#include "graft/core/error.h"
#include "graft/ops/kernels/bias.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/primitives/elementwise/eltwise.h"

namespace graft::ops {

namespace {

constexpr EltwiseArgs kNothing{Eltwise::linear, 1, 0};

}  // namespace

std::string Bias::attributes() const { return activation ? "post=" + eltwise_text(*activation) : ""; }

std::shared_ptr<const Primitive> Bias::fused_with(const EltwiseArgs& function) const {
  return !activation && bias_takes(function.algorithm) ? std::make_shared<Bias>(function) : nullptr;
}

Values Bias::gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                      const std::vector<bool>& wanted) const {
  if (activation) return Primitive::gradient(b, self, diff_dst, wanted);  // fusing comes after the gradients
  const Dims& channels = b.dims(self.inputs[1]);
  Dims along(b.dims(self.inputs[0]).size(), 1);
  along[1] = channels[0];
  return {diff_dst[0], wanted[1] ? b.reshape(b.sum_to(diff_dst[0], along), channels) : Value{}};
}

void Bias::realise(Lowering& lowering, const Instruction& self) const {
  const Dims& dims = lowering.dims(self.inputs[0]);
  const Operand src = dense(lowering, self.inputs[0]), bias = lowering.row_major(self.inputs[1]);
  const Operand dst = lowering.define(self.outputs[0], src.md);
  Dims along(dims.size(), 0);
  along[1] = 1;
  const Dims strides = onednn::strides(src.md);
  LoopNest nest = loop_nest(dims, {strides, strides, along});
  nest.narrow = {is_narrow(dst.md), is_narrow(src.md)};
  Step& step = lowering.kernel(self, "bias", {src, bias}, {dst},
                               [nest, f = activation.value_or(kNothing)](const Run& run, std::span<void* const> p) {
                                 add_bias(run.threads, nest, f, p[0], in(p[1]), p[2]);
                               });
  step.in_place = {{0, 2}};
  if (activation) step.fused = eltwise_text(*activation);
}

Value Builder::bias(Value x, Value bias) {
  const Dims& from = dims(x);
  if (from.size() < 2 || dims(bias) != Dims{from[1]})
    throw ShapeError(
        cat("bias: must have dims (C), C the channels of ", to_string(from), "; received ", to_string(dims(bias))));
  return append(std::make_shared<Bias>(), {x, bias}, {from})[0];
}

}  // namespace graft::ops
