#include "graft/ops/kernels/index/along.h"

#include <algorithm>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/index/places.h"

namespace graft::ops {

namespace {

constexpr int64_t kTile = 64;  // lines that are walked side by side

/// The places of an operand's elements within a block of lines.
class Places {
 public:
  Places(const Block& block, const Lines& lines, size_t operand)
      : first_(block.data[operand]),
        row_(block.row_strides[operand]),
        column_(block.column_strides[operand]),
        step_(lines.steps[operand]) {}

  /// The same lines from their last of n elements to the first.
  void turn(int64_t n) {
    first_ += (n - 1) * step_;
    step_ = -step_;
  }
  bool repeats() const { return column_ == 0; }  ///< whether all lines of a row of the block have the same elements
  bool dense() const { return column_ == 1; }    ///< whether neighbouring lines are neighbours in memory
  float& operator()(int64_t r, int64_t c, int64_t k) const { return first_[r * row_ + c * column_ + k * step_]; }

 private:
  float* first_;
  int64_t row_, column_, step_;
};

template <class Body>
void for_each_line_block(int threads, const Lines& lines, int64_t n, float* dst, const float* a, const float* b,
                         const Body& body) {
  const std::array<void*, 3> operands{dst, const_cast<float*>(a), const_cast<float*>(b)};  // a and b are only read
  for_each_block(lines.nest, operands, threads, body, n);
}

/// Calls f(r, c, n, k) for stretches of n lines beside each other from line (r, c) on, and all their places k < count:
/// line by line where the elements of a line are neighbours in dst, else place by place, so that memory is walked in
/// order. `joined`: stretches may be whole rows of lines.
template <class F>
void walk(const Block& block, int64_t step, bool joined, int64_t count, F f) {
  const int64_t stretch = joined ? block.columns : 1;
  for (int64_t r = 0; r < block.rows; ++r)
    if (step == 1)
      for (int64_t c = 0; c < block.columns; ++c)
        for (int64_t k = 0; k < count; ++k) f(r, c, 1, k);
    else
      for (int64_t k = 0; k < count; ++k)
        for (int64_t c = 0; c < block.columns; c += stretch) f(r, c, stretch, k);
}

/// Calls next(state, r, c, k) for k = 0 to n - 1 along each line; the state of a line begins with `start`.
template <class F>
GRAFT_INLINE void carry(const Block& block, int64_t n, double start, F next) {
  double states[kTile];
  for (int64_t r = 0; r < block.rows; ++r)
    for (int64_t c = 0; c < block.columns; c += kTile) {
      const int64_t width = std::min(kTile, block.columns - c);
      std::fill_n(states, width, start);
      for (int64_t k = 0; k < n; ++k)
        for (int64_t j = 0; j < width; ++j) next(states[j], r, c + j, k);
    }
}

GRAFT_KERNEL void scan_block(const Block& block, Scan f, int64_t n, const Places& dst, const Places& src) {
  if (f == Scan::sum)
    carry(block, n, 0, [&](double& state, int64_t r, int64_t c, int64_t k) {
      state += static_cast<double>(src(r, c, k));
      dst(r, c, k) = static_cast<float>(state);
    });
  else
    carry(block, n, 1, [&](double& state, int64_t r, int64_t c, int64_t k) {
      state *= static_cast<double>(src(r, c, k));
      dst(r, c, k) = static_cast<float>(state);
    });
}

GRAFT_KERNEL void recur_block(const Block& block, int64_t n, const Places& dst, const Places& src,
                              const Places& factors) {
  carry(block, n, 0, [&](double& state, int64_t r, int64_t c, int64_t k) {
    const double carried = k == 0 ? 0 : static_cast<double>(factors(r, c, k)) * state;  // the first factor is not read
    state = static_cast<double>(src(r, c, k)) + carried;
    dst(r, c, k) = static_cast<float>(state);
  });
}

}  // namespace

void take_along(int threads, const Lines& lines, int64_t picked, int64_t count, const float* src, const float* indices,
                float* dst) {
  for_each_line_block(threads, lines, picked, dst, src, indices, [&](const Block& block) {
    const Places to(block, lines, 0), from(block, lines, 1), which(block, lines, 2);
    const bool joined = which.repeats() && to.dense() && from.dense();
    walk(block, lines.steps[0], joined, picked, [&](int64_t r, int64_t c, int64_t n, int64_t k) {
      const int64_t i = row_of(which(r, c, k), count);
      if (i < 0)
        std::fill_n(&to(r, c, k), n, 0.f);
      else
        std::copy_n(&from(r, c, i), n, &to(r, c, k));
    });
  });
}

void add_along(int threads, const Lines& lines, int64_t picked, int64_t count, const float* src, const float* indices,
               float* dst) {
  for_each_line_block(threads, lines, picked + count, dst, src, indices, [&](const Block& block) {
    const Places to(block, lines, 0), from(block, lines, 1), which(block, lines, 2);
    const bool joined = which.repeats() && to.dense() && from.dense();
    walk(block, lines.steps[0], to.dense(), count,
         [&](int64_t r, int64_t c, int64_t n, int64_t i) { std::fill_n(&to(r, c, i), n, 0.f); });
    walk(block, lines.steps[0], joined, picked, [&](int64_t r, int64_t c, int64_t n, int64_t k) {
      const int64_t i = row_of(which(r, c, k), count);
      if (i < 0) return;
      float* sums = &to(r, c, i);
      const float* added = &from(r, c, k);
      for (int64_t j = 0; j < n; ++j) sums[j] += added[j];
    });
  });
}

void scan_along(int threads, const Lines& lines, Scan f, bool reverse, int64_t n, const float* src, float* dst) {
  for_each_line_block(threads, lines, n, dst, src, nullptr, [&](const Block& block) {
    Places to(block, lines, 0), from(block, lines, 1);
    for (Places* places : {&to, &from})
      if (reverse) places->turn(n);
    scan_block(block, f, n, to, from);
  });
}

void recur_along(int threads, const Lines& lines, bool reverse, int64_t n, const float* src, const float* factors,
                 float* dst) {
  for_each_line_block(threads, lines, n, dst, src, factors, [&](const Block& block) {
    Places to(block, lines, 0), from(block, lines, 1), by(block, lines, 2);
    for (Places* places : {&to, &from, &by})
      if (reverse) places->turn(n);
    recur_block(block, n, to, from, by);
  });
}

}  // namespace graft::ops
