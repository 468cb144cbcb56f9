#include "graft/ops/primitives/elementwise/cast.h"

#include "graft/ops/kernels/cast.h"
#include "graft/ops/lower/layout.h"

namespace graft::ops {

void Cast::realise(Lowering& lowering, const Instruction& self) const {
  const Operand src = dense(lowering, self.inputs[0]);
  const memory::desc md{onednn::dims(src.md), onednn::type_of(type), onednn::strides(src.md)};
  lowering.kernel(self, "cast", {src}, {lowering.define(self.outputs[0], md)},
                  [to = type, n = padded_elements(src.md)](const Run& run, std::span<void* const> p) {
                    if (to == DType::bf16)
                      narrow_floats(run.threads, in(p[0]), static_cast<Bf16*>(p[1]), n);
                    else
                      widen_floats(run.threads, static_cast<const Bf16*>(p[0]), out(p[1]), n);
                  });
}

}  // namespace graft::ops
