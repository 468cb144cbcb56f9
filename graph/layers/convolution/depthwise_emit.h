#pragma once

#include "graft/graph/config.h"
#include "graft/ops/program/builder.h"

namespace graft {

/// The convolution of every channel by itself, with a kernel (kh, kw, C, multiplier): one group per channel. `bias` may
/// be empty.
ops::Value emit_depthwise(ops::Builder& builder, ops::Value x, const Variable& kernel, ops::Value bias,
                          const Size2D& strides, const Size2D& dilation, const Padding& padding);

}  // namespace graft
