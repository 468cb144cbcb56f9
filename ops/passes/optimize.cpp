#include "graft/ops/passes/passes.h"

namespace graft::ops {

Program optimize(const Program& program) {
  Program p = remove_dead_code(program);
  p = merge_common(simplify(p));
  p = remove_dead_code(fold_batch_norm(p));
  p = merge_common(simplify(p));
  p = fuse_eltwise(p);
  return hoist_updates(remove_dead_code(p));
}

}  // namespace graft::ops
