#pragma once

#include <optional>

#include "graft/ops/lower/lowering.h"

namespace graft::ops {

struct SoftmaxArgs {
  int axis;
  bool log;  ///< whether it gives the logarithm of the shares
};
/// Returns the settings of a softmax, and nothing for other primitives.
std::optional<SoftmaxArgs> softmax_args(const Instruction& instruction);

/// Returns the settings of the gradient of a softmax, whose inputs are diff_dst and dst, and nothing for other
/// primitives.
std::optional<SoftmaxArgs> softmax_backward_args(const Instruction& instruction);

/// The layout in which loops over rows along an axis read the value. It is its own layout if that has the axis
/// innermost and no holes, else a dense one with the axis innermost.
memory::desc rows_layout(Lowering& lowering, Value v, int axis);

}  // namespace graft::ops
