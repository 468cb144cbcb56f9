#pragma once

#include "graft/core/tensor.h"

namespace graft {

/// What fit, predict and the trainers take and return: another name of Tensors.
using TensorList = Tensors;

}  // namespace graft
