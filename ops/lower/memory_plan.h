#pragma once

#include <cstddef>
#include <vector>

namespace graft::ops {

/// A buffer that is alive from the step that first touches it to the one that last does, both included.
struct Lifetime {
  size_t bytes;
  int first, last;
};

struct MemoryPlan {
  std::vector<size_t> offsets;  ///< of each buffer in the arena, 64-byte aligned
  size_t total = 0;             ///< bytes of the arena
  size_t bound = 0;             ///< the largest sum of bytes alive at one step: no plan can be below it
};

/// Gives every buffer a place so that two that are alive together do not overlap: largest first, each into the first
/// gap between those placed before. As long as that takes more than the bound, what lies above it is placed earlier in
/// a next round; the best round counts. (The least possible may itself be above the bound, and is too hard to find.)
MemoryPlan plan_memory(const std::vector<Lifetime>& buffers);

}  // namespace graft::ops
