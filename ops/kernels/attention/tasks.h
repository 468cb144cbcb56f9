#pragma once

// Internal: how the passes of attention share tasks among threads, and their scratch.

#include <algorithm>

#include "graft/ops/kernels/base/parallel.h"
#include "graft/ops/kernels/product/small_product.h"

namespace graft::ops {

/// Calls body(slot, task) for each task. No two calls with the same slot run at the same time.
template <class Body>
void for_each_task(int threads, int64_t slots, int64_t tasks, const Body& body) {
  slots = std::min(slots, tasks);
  parallel_for(threads, slots, 1, [&](int64_t begin, int64_t end) {
    for (int64_t slot = begin; slot < end; ++slot)
      for (int64_t task = tasks * slot / slots; task < tasks * (slot + 1) / slots; ++task) body(slot, task);
  });
}

inline int64_t round_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }
/// The floats of a row that small_product takes as columns.
inline int64_t padded(int64_t width) { return round_up(width, kColumns); }
/// The distance of rows of scores. It is no power of two: columns of such would share few places in the cache.
inline int64_t score_row(int64_t keys) { return round_up(keys, kPanel) + kColumns; }

/// Gives out parts of the memory of a slot, or only counts their floats.
class Scratch {
 public:
  explicit Scratch(float* begin = nullptr) : begin_(begin) {}
  float* take(int64_t floats) {
    float* part = begin_ ? begin_ + taken_ : nullptr;
    taken_ += round_up(floats, kColumns);
    return part;
  }
  int64_t taken() const { return taken_; }

 private:
  float* begin_;
  int64_t taken_ = 0;
};

}  // namespace graft::ops
