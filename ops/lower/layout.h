#pragma once

// Internal: the layouts that Graft's kernels read and write.

#include "graft/ops/kernels/copy.h"
#include "graft/ops/kernels/index/along.h"
#include "graft/ops/lower/lowering.h"

namespace graft::ops {

/// The number of elements in the memory of a layout, padding included.
inline int64_t padded_elements(const memory::desc& md) {
  return static_cast<int64_t>(md.get_size() / memory::data_type_size(onednn::type_of(md)));
}
inline bool is_narrow(const memory::desc& md) { return onednn::type_of(md) == memory::data_type::bf16; }

/// A layout of `dims` without holes and with the axes in the order that they have in md. Where the dims of size 1 in md
/// leave that order open, it is channels last.
memory::desc dense_like(const memory::desc& md, const Dims& dims);
/// The value in its own layout if that is dense, else channels last.
Operand dense(Lowering& lowering, Value v);
/// Describes a tensor of a plain layout to BoxCopy, for the box that begins at the index `begin`. `steps` is the stride
/// along each axis, where 2 takes every second element; it is empty for all elements.
BoxSide box_side(const memory::desc& md, const Dims& begin, const Dims& steps = {});
/// The strides of a plain operand that is broadcast to `dims`: 0 along the axes where it is repeated.
Dims broadcast_strides(const memory::desc& md, const Dims& dims);

/// The lines along one axis of tensors with these strides. Along the other axes they have the same dims, and the first
/// is the destination.
Lines lines_along(size_t axis, Dims dims, const std::vector<Dims>& strides);

/// Casts an operand of a kernel on floats.
inline const float* in(void* operand) { return static_cast<const float*>(operand); }
inline float* out(void* operand) { return static_cast<float*>(operand); }

}  // namespace graft::ops
