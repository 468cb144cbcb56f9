#pragma once

#include <optional>

#include "graft/ops/lower/lowering.h"

namespace graft::ops {

struct SoftmaxArgs {
  int axis;
  bool log;  ///< it gives the logarithm of the shares
};
/// The settings of the gradient of a softmax, whose inputs are diff_dst and dst; none for other primitives.
std::optional<SoftmaxArgs> softmax_backward_args(const Instruction& instruction);

/// The layout in which loops over rows along an axis read the value: its own where the axis is innermost and there are
/// no holes, else its own order of the other axes.
memory::desc rows_layout(Lowering& lowering, Value v, int axis);

}  // namespace graft::ops
