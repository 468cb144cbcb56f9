#pragma once

#include <span>

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// Appends the gradient of `loss` (one element) with respect to each of `wrt`; an empty Value where there is no path.
/// Only the instructions between them are emitted.
Values gradients(Builder& builder, Value loss, std::span<const Value> wrt);

}  // namespace graft::ops
