#pragma once

// Internal: instructions in which element i of dst depends only on element i of each source. Sources are broadcast
// along their dims of size 1.

#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/lower/lowering.h"

namespace graft::ops {

class Builder;

/// Returns the dims that the sources broadcast to. They must have equal ranks, and dims that are equal or 1; dims (1)
/// fit any rank.
/// Throws ShapeError naming the operation and the dims that do not fit.
Dims broadcast_dims(const Builder& builder, std::string_view operation, const Values& sources);

/// Adds the step. In the kernel, block.data[0] is dst, and the inputs of the instruction follow. dst takes the layout
/// of the first source that has the same dims. `zero_stays_zero` says that f(0, ...) = 0: then blocked layouts can be
/// walked together with their padding.
Step& elementwise(Lowering& lowering, const Instruction& self, const std::string& name, bool zero_stays_zero,
                  BlockKernel kernel);

}  // namespace graft::ops
