#include "graft/core/onednn.h"
#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"
#include "graft/ops/primitives/convolution/pool.h"
#include "graft/ops/primitives/convolution/window_pool.h"

namespace graft::ops {

namespace {

class PoolReplacer {
 public:
  explicit PoolReplacer(const Program& program)
      : program_(program), rewriter_(program), index_(rewriter_.index()), b_(rewriter_.to()) {}

  Program run() {
    return rewriter_.each([&](const Instruction& i) { return forward(i) || backward(i); });
  }

 private:
  static WindowPoolArgs windows(const PoolArgs& args, const Dims& src, const Dims& dst) {
    WindowPoolArgs out{args.algorithm, {}};
    for (size_t k = 0; k < args.kernel.size(); ++k)
      out.axes.push_back({src[k + 2], dst[k + 2], args.kernel[k], args.strides[k], args.padding_l[k]});
    return out;
  }

  bool forward(const Instruction& i) {
    const auto* pool = primitive_as<PoolForward>(i);
    if (!pool) return false;
    const Dims &src = program_.dims(i.inputs[0]), &dst = program_.dims(i.outputs[0]);
    rewriter_.map(i.outputs[0], b_.append(std::make_shared<WindowPoolForward>(windows(pool->args, src, dst)),
                                          {rewriter_(i.inputs[0])}, {dst})[0]);
    return true;
  }

  // The workspace of a maximum tells which pooling it is the gradient of.
  bool backward(const Instruction& i) {
    const auto* pool = primitive_as<PoolBackward>(i);
    if (!pool) return false;
    const Dims &src = program_.dims(i.outputs[0]), &dst = program_.dims(i.inputs[0]);
    const WindowPoolArgs args = windows(pool->args, src, dst);
    const Instruction* of = i.inputs.size() == 2 ? index_.producer(i.inputs[1]) : nullptr;
    const Values inputs = of ? Values{rewriter_(i.inputs[0]), rewriter_(of->inputs[0]), rewriter_(of->outputs[0])}
                             : Values{rewriter_(i.inputs[0])};
    rewriter_.map(i.outputs[0], b_.append(std::make_shared<WindowPoolBackward>(args), inputs, {src})[0]);
    return true;
  }

  const Program& program_;
  Rewriter rewriter_;
  const ProgramIndex& index_;
  Builder& b_;
};

}  // namespace

Program own_pooling(const Program& program) { return onednn::has_avx512() ? program : PoolReplacer(program).run(); }

}  // namespace graft::ops
