#pragma once

// Internal: which layouts own kernels read and write.

#include "graft/ops/kernels/copy.h"
#include "graft/ops/lower/lowering.h"

namespace graft::ops {

/// Elements in the memory of a layout, padding included.
inline int64_t padded_elements(const memory::desc& md) {
  return static_cast<int64_t>(md.get_size() / memory::data_type_size(onednn::type_of(md)));
}
inline bool is_narrow(const memory::desc& md) { return onednn::type_of(md) == memory::data_type::bf16; }

/// md's order of axes, for other dims, without holes. Where md does not tell (dims of size 1), channels last.
memory::desc dense_like(const memory::desc& md, const Dims& dims);
/// The value as it lies if that is dense; else channels last.
Operand dense(Lowering& lowering, Value v);
/// A tensor of a plain layout as BoxCopy takes it, for the box that begins at the index `begin`. `steps`: the stride
/// along each axis; 2 takes every second element; empty for all elements.
BoxSide box_side(const memory::desc& md, const Dims& begin, const Dims& steps = {});
/// Strides of a plain operand seen as `dims`: 0 where it repeats itself.
Dims broadcast_strides(const memory::desc& md, const Dims& dims);

/// A kernel's operands are floats.
inline const float* in(void* operand) { return static_cast<const float*>(operand); }
inline float* out(void* operand) { return static_cast<float*>(operand); }

}  // namespace graft::ops
