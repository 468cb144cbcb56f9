#pragma once

// Internal: one of Graft's kernels at one size, called with pointers only.

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "graft/ops/program/dims.h"

namespace graft::bench {

/// An array of floats that a kernel reads.
struct KernelSource {
  /// From -1 to 1; from 0.1 to 1; from -0.1 to 0.1; whole numbers from -1 to `below`.
  enum Values { noise, positive, small, whole };
  int64_t floats;
  Values values = noise;
  int64_t below = 0;
};

/// The addresses are those of `sources` and of `destinations`, in their order.
using KernelCall =
    std::function<void(int threads, std::span<const float* const> sources, std::span<float* const> destinations)>;

/// A kernel at one size.
struct KernelCase {
  std::string kernel;
  ops::Dims size;  ///< the function that makes the case explains these numbers
  std::vector<KernelSource> sources;
  /// Floats of each array, scratch included. Tests run it on arrays that hold numbers from 0.2 to 0.3, which are valid
  /// in the slots of optimizers.
  std::vector<int64_t> destinations;
  KernelCall run;
  std::string title = {};  ///< the title of its row in graft-bench; empty: it is not timed
};
using KernelCases = std::vector<KernelCase>;

inline constexpr int64_t kOddSizes[] = {1, 7, 8, 9, 17};  // around the number of floats in a vector
inline constexpr int64_t kMany = 70'001;                  // enough elements for a second thread

}  // namespace graft::bench
