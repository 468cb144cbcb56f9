#pragma once

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// Rows by number: dst[o, k, i] = src[o, indices[k], i]. src is (outer, count, inner), indices (picked) of whole
/// numbers, of which negative ones count from the end; a number out of range gives zeros. No gradient for the indices.
Value gather(Builder& builder, Value src, Value indices);

/// The gradient of gather for src: dst[o, indices[k], i] is the sum of src[o, k, i] over all such k, in their order.
/// src is (outer, picked, inner), dst (outer, count, inner).
Value scatter_add(Builder& builder, Value src, Value indices, int64_t count);

}  // namespace graft::ops
