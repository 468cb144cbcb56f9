#include "graft/ops/memory_plan.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace graft::ops {

namespace {

constexpr size_t kAlignment = 64;

size_t aligned(size_t bytes) { return (std::max<size_t>(bytes, 1) + kAlignment - 1) / kAlignment * kAlignment; }

size_t liveness_bound(const std::vector<Lifetime>& buffers) {
  int steps = 0;
  for (const Lifetime& b : buffers) steps = std::max(steps, b.last + 1);
  std::vector<int64_t> change(static_cast<size_t>(steps) + 1);
  for (const Lifetime& b : buffers) {
    change[static_cast<size_t>(b.first)] += static_cast<int64_t>(aligned(b.bytes));
    change[static_cast<size_t>(b.last) + 1] -= static_cast<int64_t>(aligned(b.bytes));
  }
  int64_t alive = 0, most = 0;
  for (const int64_t c : change) most = std::max(most, alive += c);
  return static_cast<size_t>(most);
}

struct Placed {
  size_t begin, end;
  int first, last;
};

// `placed` is sorted by begin; the tightest gap among those alive at the same time wins.
size_t best_offset(const std::vector<Placed>& placed, const Lifetime& buffer) {
  const size_t size = aligned(buffer.bytes);
  size_t cursor = 0, best = 0, best_gap = std::numeric_limits<size_t>::max();
  for (const Placed& p : placed) {
    if (p.last < buffer.first || p.first > buffer.last) continue;
    if (p.begin > cursor && p.begin - cursor >= size && p.begin - cursor < best_gap) {
      best = cursor;
      best_gap = p.begin - cursor;
    }
    cursor = std::max(cursor, p.end);
  }
  return best_gap == std::numeric_limits<size_t>::max() ? cursor : best;
}

}  // namespace

MemoryPlan plan_memory(const std::vector<Lifetime>& buffers) {
  MemoryPlan plan{std::vector<size_t>(buffers.size()), 0, liveness_bound(buffers)};
  std::vector<size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return buffers[a].bytes > buffers[b].bytes; });
  std::vector<Placed> placed;
  for (const size_t i : order) {
    const Lifetime& b = buffers[i];
    const size_t begin = best_offset(placed, b), end = begin + aligned(b.bytes);
    plan.offsets[i] = begin;
    plan.total = std::max(plan.total, end);
    const auto place = std::upper_bound(placed.begin(), placed.end(), begin,
                                        [](size_t value, const Placed& p) { return value < p.begin; });
    placed.insert(place, {begin, end, b.first, b.last});
  }
  return plan;
}

}  // namespace graft::ops
