#pragma once

// Internal: instructions whose element i of dst depends on element i of the sources alone, which may repeat themselves
// along dims of size 1.

#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/lower/lowering.h"

namespace graft::ops {

class Builder;

/// The dims of sources that broadcast against each other: equal ranks, dims equal or 1; (1) fits any rank.
/// Throws ShapeError naming the operation and the dims that do not fit.
Dims broadcast_dims(const Builder& builder, std::string_view operation, const Values& sources);

/// Adds the step: block.data[0] is dst, then the inputs of the instruction. dst takes the layout of the first source
/// that has its dims. `zero_stays_zero`: f(0, ...) = 0, so that blocked layouts can be walked with their padding.
Step& elementwise(Lowering& lowering, const Instruction& self, const std::string& name, bool zero_stays_zero,
                  BlockKernel kernel);

}  // namespace graft::ops
