#pragma once

// Internal: moving boxes of elements between tensors, and filling memory with one value.

#include "graft/ops/kernels/base/loop_nest.h"

namespace graft::ops {

/// One of the two tensors between which a box moves.
struct BoxSide {
  Dims strides;         ///< along each axis of the box, in elements
  int64_t begin = 0;    ///< offset of the box's first element, in elements
  bool narrow = false;  ///< the elements are bfloat16 instead of float
};

/// Copies a box of `dims` elements from one tensor into another.
class BoxCopy {
 public:
  BoxCopy(const Dims& dims, const BoxSide& to, const BoxSide& from);
  /// Both addresses are those of the tensors' first elements.
  void operator()(int threads, void* destination, const void* source) const;

 private:
  LoopNest nest_;  // operands: to, from
  int64_t to_, from_;
};

/// Writes the value to n elements: bfloat16 numbers where `narrow`, else floats.
void fill(int threads, bool narrow, void* destination, int64_t n, float value);

}  // namespace graft::ops
