#pragma once

// Internal: moving boxes of tensors.

#include "graft/ops/kernels/loop_nest.h"
#include "graft/ops/lower/lowering.h"

namespace graft::ops {

/// A box of `dims` elements to move between two plain tensors: where it begins in each, in elements. `steps`, if there
/// are any: of the source only every so many-th element along each axis.
struct BoxCopy {
  LoopNest nest;  // operands: to, from
  int64_t to = 0, from = 0;

  BoxCopy(const Dims& dims, const memory::desc& to_md, const Dims& to_begin, const memory::desc& from_md,
          const Dims& from_begin, const Dims& steps = {});
  void operator()(int threads, void* destination, const void* source) const;
};

/// n elements of the type of md.
void fill(int threads, const memory::desc& md, void* destination, int64_t n, float value);

}  // namespace graft::ops
