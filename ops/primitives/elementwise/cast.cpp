#include "graft/ops/primitives/elementwise/cast.h"

#include "graft/ops/kernels/isa.h"
#include "graft/ops/kernels/lanes.h"
#include "graft/ops/kernels/parallel.h"
#include "graft/ops/lower/layout.h"

namespace graft::ops {

namespace {

GRAFT_KERNEL void narrow(Bf16* to, const float* from, int64_t n) { convert(to, from, n); }
GRAFT_KERNEL void widen(float* to, const Bf16* from, int64_t n) { convert(to, from, n); }

}  // namespace

void Cast::realise(Lowering& lowering, const Instruction& self) const {
  const Operand src = dense(lowering, self.inputs[0]);
  const memory::desc md{onednn::dims(src.md), onednn::type_of(type), onednn::strides(src.md)};
  lowering.kernel(self, "cast", {src}, {lowering.define(self.outputs[0], md)},
                  [to = type, n = padded_elements(src.md)](const Run& run, std::span<void* const> p) {
                    parallel_for(run.threads, n, Lowering::kElementGrain, [&](int64_t begin, int64_t end) {
                      if (to == DType::bf16)
                        narrow(static_cast<Bf16*>(p[1]) + begin, static_cast<const float*>(p[0]) + begin, end - begin);
                      else
                        widen(static_cast<float*>(p[1]) + begin, static_cast<const Bf16*>(p[0]) + begin, end - begin);
                    });
                  });
}

}  // namespace graft::ops
