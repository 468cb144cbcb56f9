#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"
#include "graft/ops/primitives/reduction/cross_entropy.h"
#include "graft/ops/primitives/reduction/softmax.h"

namespace graft::ops {

Program fuse_loss(const Program& program) {
  Rewriter rewriter(program);
  for (const Instruction& i : program.instructions) {
    const auto softmax = softmax_backward_args(i);
    const Instruction* p = softmax ? rewriter.index().producer(i.inputs[0]) : nullptr;
    const auto* loss = primitive_as<CrossEntropyBackward>(p);
    const bool fits = loss && !loss->through_softmax && !loss->args.from_logits &&
                      rewriter.index().sole_reader(i.inputs[0]) && p->inputs[1] == i.inputs[1] && !softmax->log &&
                      softmax->axis == loss->args.axis;
    if (fits) {
      rewriter.copy(*p, std::make_shared<CrossEntropyBackward>(loss->args, true));
      rewriter.map(i.outputs[0], rewriter(p->outputs[0]));
    } else {
      rewriter.copy(i);
    }
  }
  return remove_dead_code(rewriter.finish());
}

}  // namespace graft::ops
