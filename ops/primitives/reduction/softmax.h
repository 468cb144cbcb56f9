#pragma once

#include "graft/ops/lower/lowering.h"

namespace graft::ops {

/// The layout in which loops over rows along an axis read the value: as it lies where the axis is innermost and there
/// are no holes, else its own order of the other axes.
memory::desc rows_layout(Lowering& lowering, Value v, int axis);

}  // namespace graft::ops
