#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"

namespace graft::ops {

Program remove_dead_code(const Program& program) {
  Rewriter rewriter(program);
  PerValue<bool> live(program);
  for (const Value v : program.outputs) live[v] = true;
  std::vector<bool> kept(program.instructions.size());
  for (size_t k = program.instructions.size(); k-- > 0;) {
    const Instruction& i = program.instructions[k];
    bool keep = !rewriter.index().traits(k).writes.empty();
    for (const Value v : i.outputs) keep = keep || live[v];
    kept[k] = keep;
    if (keep)
      for (const Value v : i.inputs)
        if (v) live[v] = true;
  }
  for (size_t k = 0; k < kept.size(); ++k)
    if (kept[k]) rewriter.copy(program.instructions[k]);
  return rewriter.finish();
}

}  // namespace graft::ops
