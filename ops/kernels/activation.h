#pragma once

// Internal: the functions that own kernels of products and normalisations apply to what they write.

namespace graft::ops {

/// v, v > 0 ? v : low v, or v limited to [low, high].
struct KernelActivation {
  enum Kind { none, relu, clip } kind = none;
  float low = 0, high = 0;
};

}  // namespace graft::ops
