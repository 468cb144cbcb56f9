#pragma once

// Internal: the functions that the kernels of products and normalisations apply to their results.

namespace graft::ops {

/// none: v itself; relu: v > 0 ? v : low v; clip: v limited to [low, high].
struct KernelActivation {
  enum Kind { none, relu, clip } kind = none;
  float low = 0, high = 0;
};

}  // namespace graft::ops
