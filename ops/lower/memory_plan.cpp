#include "graft/ops/lower/memory_plan.h"

#include <algorithm>
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

// The begin of the first gap, between the buffers that are alive at the same time, that the buffer fits into. `placed`
// is sorted by begin.
size_t first_gap(const std::vector<Placed>& placed, const Lifetime& buffer) {
  size_t cursor = 0;
  for (const Placed& p : placed) {
    if (p.last < buffer.first || p.first > buffer.last) continue;
    if (p.begin >= cursor + aligned(buffer.bytes)) break;
    cursor = std::max(cursor, p.end);
  }
  return cursor;
}

std::vector<size_t> largest_first(const std::vector<Lifetime>& buffers) {
  std::vector<size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return buffers[a].bytes > buffers[b].bytes; });
  return order;
}

// Places each buffer as low as those before it in the order allow.
MemoryPlan place(const std::vector<Lifetime>& buffers, const std::vector<size_t>& order) {
  MemoryPlan plan{.offsets = std::vector<size_t>(buffers.size())};
  std::vector<Placed> placed;
  for (const size_t i : order) {
    const Lifetime& b = buffers[i];
    const size_t begin = first_gap(placed, b), end = begin + aligned(b.bytes);
    plan.offsets[i] = begin;
    plan.total = std::max(plan.total, end);
    const auto behind = std::upper_bound(placed.begin(), placed.end(), begin,
                                         [](size_t value, const Placed& p) { return value < p.begin; });
    placed.insert(behind, {begin, end, b.first, b.last});
  }
  return plan;
}

// Moves the buffers that end above the limit forward in the order: halfway to the front in one round, to the very front
// in the next. Taking turns keeps the orders from repeating in a cycle.
void bring_forward(std::vector<size_t>& order, const std::vector<Lifetime>& buffers, const MemoryPlan& plan,
                   size_t limit, bool halfway) {
  for (auto i = order.begin(); i != order.end(); ++i)
    if (plan.offsets[*i] + aligned(buffers[*i].bytes) > limit)
      std::rotate(halfway ? order.begin() + (i - order.begin()) / 2 : order.begin(), i, i + 1);
}

}  // namespace

MemoryPlan plan_memory(const std::vector<Lifetime>& buffers) {
  constexpr int kRounds = 100;  // takes 0.1 s for a thousand buffers; mostly the first round is good enough
  const size_t bound = liveness_bound(buffers), good_enough = bound + bound / 1000;
  std::vector<size_t> order = largest_first(buffers);
  MemoryPlan best = place(buffers, order), plan = best;
  for (int round = 1; round < kRounds && best.total > good_enough; ++round) {
    bring_forward(order, buffers, plan, bound, round % 2 == 1);
    plan = place(buffers, order);
    if (plan.total < best.total) best = plan;
  }
  best.bound = bound;
  return best;
}

}  // namespace graft::ops
