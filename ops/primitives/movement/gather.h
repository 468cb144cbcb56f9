#pragma once

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// Picks rows by number: dst[o, k, i] = src[o, indices[k], i]. src is (outer, count, inner) and indices is (picked), of
/// whole numbers. Negative numbers count from the end, and a number out of range gives zeros. The indices have no
/// gradient.
Value gather(Builder& builder, Value src, Value indices);

/// The gradient of gather for src: dst[o, indices[k], i] is the sum of src[o, k, i] over all such k, in their order.
/// src is (outer, picked, inner), dst (outer, count, inner).
Value scatter_add(Builder& builder, Value src, Value indices, int64_t count);

}  // namespace graft::ops
