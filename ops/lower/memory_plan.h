#pragma once

#include <cstddef>
#include <vector>

namespace graft::ops {

/// A buffer, and the first and the last step that touch it; it is alive from one to the other, both included.
struct Lifetime {
  size_t bytes;
  int first, last;
};

struct MemoryPlan {
  std::vector<size_t> offsets;  ///< bytes, of each buffer in the arena; multiples of 64
  size_t total = 0;             ///< bytes of the arena
  size_t bound = 0;             ///< the largest sum of bytes alive at one step; no plan needs fewer
};

/// Gives every buffer a place such that buffers that are alive together do not overlap. They are placed largest first,
/// each in the first gap between those placed before. While the plan takes more than the bound, the buffers that end
/// above it are placed earlier in another round, and the best round is returned. The true optimum may itself be above
/// the bound; finding it would take too long.
MemoryPlan plan_memory(const std::vector<Lifetime>& buffers);

}  // namespace graft::ops
