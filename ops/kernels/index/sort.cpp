#include "graft/ops/kernels/index/sort.h"

#include <algorithm>
#include <bit>

#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

namespace {

/// A whole number for each float, in the same order.
uint32_t rank_of(float x) {
  if (x != x) return UINT32_MAX;
  const auto bits = std::bit_cast<uint32_t>(x + 0.f);  // -0 becomes 0
  return bits >> 31 ? ~bits : bits | 0x80000000u;
}

/// Rank and place in one number, by which a line is sorted: no two are equal, so that no stable sort is needed.
uint64_t entry(float x, bool descending, int64_t place) {
  const uint32_t rank = rank_of(x);
  return static_cast<uint64_t>(descending ? ~rank : rank) << 32 | static_cast<uint64_t>(place);
}

void order_line(const Ordering& o, const float* src, float* dst, uint64_t* entries) {
  const int64_t from = o.lines.steps[1], to = o.lines.steps[0];
  for (int64_t i = 0; i < o.n; ++i) entries[i] = entry(src[i * from], o.descending, i);
  if (o.count < o.n) std::nth_element(entries, entries + o.count, entries + o.n);
  std::sort(entries, entries + o.count);
  for (int64_t k = 0; k < o.count; ++k) dst[k * to] = static_cast<float>(entries[k] & UINT32_MAX);
}

}  // namespace

void order_along(int threads, const Ordering& ordering, const float* src, float* dst, float* scratch) {
  const std::array<void*, 3> operands{dst, const_cast<float*>(src), scratch};  // src is only read
  const auto order_block = [&](const Block& b) {
    const auto place = [&b](size_t k, int64_t r, int64_t c) {
      return b.data[k] + r * b.row_strides[k] + c * b.column_strides[k];
    };
    for (int64_t r = 0; r < b.rows; ++r)
      for (int64_t c = 0; c < b.columns; ++c)
        order_line(ordering, place(1, r, c), place(0, r, c), reinterpret_cast<uint64_t*>(place(2, r, c)));
  };
  for_each_block(ordering.lines.nest, operands, threads, order_block, 16 * ordering.n);
}

void search_sorted(int threads, bool right, int64_t count, const float* sorted, int64_t n, const float* values,
                   float* dst) {
  constexpr int64_t kSearchGrain = 1 << 12;  // a search takes longer than an addition
  parallel_for(threads, n, kSearchGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const uint32_t rank = rank_of(values[i]);
      const float* place = std::partition_point(
          sorted, sorted + count, [rank, right](float x) { return right ? rank_of(x) <= rank : rank_of(x) < rank; });
      dst[i] = static_cast<float>(place - sorted);
    }
  });
}

}  // namespace graft::ops
