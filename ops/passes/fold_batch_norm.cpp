#include "graft/ops/passes/passes.h"
#include "graft/ops/passes/rewriter.h"
#include "graft/ops/primitives/batch_norm.h"
#include "graft/ops/primitives/conv.h"

namespace graft::ops {

namespace {

// What stands before a BatchNormalization: a linear primitive, perhaps with a bias added behind it.
struct Linear {
  const Instruction* instruction = nullptr;
  Value bias = {};  // of an own instruction behind it, or of the primitive
};

Linear find_linear(const Rewriter& rewriter, Value src) {
  Linear found;
  const Instruction* p = rewriter.producer(src);
  if (!p || rewriter.uses(src) != 1) return {};
  if (p->primitive->name() == "bias" && p->primitive->attributes().empty()) {  // no function in it
    found.bias = p->inputs[1];
    src = p->inputs[0];
    p = rewriter.producer(src);
    if (!p || rewriter.uses(src) != 1 || p->primitive->name() != "conv_backward_data") return {};
  }
  found.instruction = p;
  return found;
}

Dims along(size_t rank, size_t axis, int64_t channels) {
  Dims out(rank, 1);
  out[axis] = channels;
  return out;
}

class Folder {
 public:
  explicit Folder(const Program& program) : program_(program), rewriter_(program), b_(rewriter_.to()) {}

  Program run() {
    for (const Instruction& i : program_.instructions) {
      const auto* norm = dynamic_cast<const BatchNormInference*>(i.primitive.get());
      if (!norm || !fold(i, *norm)) rewriter_.copy(i);
    }
    return rewriter_.finish();
  }

 private:
  bool fold(const Instruction& i, const BatchNormInference& norm) {
    const Linear linear = find_linear(rewriter_, i.inputs[0]);
    if (!linear.instruction) return false;
    const Instruction& p = *linear.instruction;
    const auto* conv = dynamic_cast<const Conv*>(p.primitive.get());
    const auto* transposed = dynamic_cast<const ConvBackwardData*>(p.primitive.get());
    const bool dense = p.primitive->name() == "inner_product" && p.primitive->attributes().empty();
    if (!(conv && !conv->activation) && !(transposed && transposed->args.groups == 1) && !dense) return false;

    b_.set_label(i.label);
    const auto [scale, shift] = batch_norm_scale_shift(b_, rewriter_(i.inputs[1]), rewriter_(i.inputs[2]),
                                                       rewriter_(i.inputs[3]), rewriter_(i.inputs[4]), norm.epsilon);
    const Value weights = rewriter_(p.inputs[1]);
    const Dims& dims = b_.dims(weights);
    const size_t channel_axis = conv ? 0 : 1;  // (O, I, ...) of a convolution; (O, I) read backwards; (I, O) of a dense
    const Value scaled = b_.mul(weights, b_.reshape(scale, along(dims.size(), channel_axis, b_.dims(scale)[0])));
    const Value old_bias = transposed ? linear.bias : p.inputs[2];
    const Value bias = old_bias ? b_.add(b_.mul(rewriter_(old_bias), scale), shift) : shift;

    b_.set_label(p.label);
    const Value x = rewriter_(p.inputs[0]);
    const Dims& dst = program_.dims(i.outputs[0]);
    const Value y = conv    ? b_.conv(x, scaled, bias, conv->args)
                    : dense ? b_.inner_product(x, scaled, bias)
                            : b_.bias(b_.conv_backward_data(x, scaled, dst, transposed->args), bias);
    rewriter_.map(i.outputs[0], y);
    return true;
  }

  const Program& program_;
  Rewriter rewriter_;
  Builder& b_;
};

}  // namespace

Program fold_batch_norm(const Program& program) { return updates_variables(program) ? program : Folder(program).run(); }

}  // namespace graft::ops
