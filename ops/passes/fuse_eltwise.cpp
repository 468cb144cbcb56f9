#include "graft/core/error.h"
#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"
#include "graft/ops/primitives/elementwise/eltwise.h"

namespace graft::ops {

Program fuse_eltwise(const Program& program) {
  Rewriter rewriter(program);
  for (const Instruction& i : program.instructions) {
    const auto* eltwise = primitive_as<EltwiseForward>(i);
    const Instruction* p = eltwise ? rewriter.index().producer(i.inputs[0]) : nullptr;
    const bool alone = p && p->outputs.size() == 1 && rewriter.index().sole_reader(i.inputs[0]);
    auto fused = alone ? fused_with(*p, eltwise->args) : nullptr;
    if (fused) {
      rewriter.copy(*p, std::move(fused));
      rewriter.map(i.outputs[0], rewriter(p->outputs[0]));
      continue;
    }
    rewriter.copy(i);
    if (alone)
      rewriter.remark(cat(p->primitive->name(), " takes no ", eltwise_text(eltwise->args)));
    else if (p)
      rewriter.remark("what it reads has other readers too");
  }
  return remove_dead_code(rewriter.finish());
}

}  // namespace graft::ops
