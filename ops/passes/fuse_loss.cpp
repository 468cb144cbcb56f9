#include "graft/core/error.h"
#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"
#include "graft/ops/primitives/reduction/cross_entropy.h"

namespace graft::ops {

Program fuse_loss(const Program& program) {
  Rewriter rewriter(program);
  for (const Instruction& i : program.instructions) {
    const bool softmax = i.primitive->name() == "softmax_backward";
    const Instruction* p = softmax ? rewriter.producer(i.inputs[0]) : nullptr;
    const auto* loss = p ? dynamic_cast<const CrossEntropyBackward*>(p->primitive.get()) : nullptr;
    const bool fits = loss && !loss->through_softmax && !loss->args.from_logits && rewriter.uses(i.inputs[0]) == 1 &&
                      p->inputs[1] == i.inputs[1] && i.primitive->attributes() == cat("axis=", loss->args.axis);
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
