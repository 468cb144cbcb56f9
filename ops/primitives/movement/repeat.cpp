// This file has moves that are chains of others: elements and tensors that are repeated, and paddings that show a value
// again.

#include "graft/core/error.h"
#include "graft/ops/primitives/movement/move.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

// x of dims (.., n, ..) as (.., n before, 1, ..) or (.., 1, n, ..) is broadcast along the new axis and joined again.
static Value repeated(Builder& b, Value x, size_t axis, int64_t count, bool behind) {
  const Dims from = b.dims(x);
  Dims split = from, wide, to = from;
  split.insert(split.begin() + static_cast<std::ptrdiff_t>(axis + (behind ? 1 : 0)), 1);
  wide = split;
  wide[axis + (behind ? 1 : 0)] = count;
  to[axis] *= count;
  return b.reshape(b.broadcast_to(b.reshape(x, split), wide), to);
}

Value Builder::repeat(Value x, int64_t count, int axis) {
  const Dims& from = dims(x);
  const auto k = static_cast<size_t>(axis);
  if (axis < 0 || k >= from.size()) throw ShapeError(cat("repeat: there is no axis ", axis, " in ", to_string(from)));
  if (count < 1) throw ShapeError(cat("repeat: needs a count of 1 or more; received ", count));
  return count == 1 ? x : repeated(*this, x, k, count, true);
}

Value Builder::tile(Value x, const Dims& counts) {
  const Dims from = dims(x);
  bool fits = counts.size() == from.size();
  for (size_t i = 0; fits && i < from.size(); ++i) fits = counts[i] >= 1;
  if (!fits)
    throw ShapeError(
        cat("tile: needs a number, 1 or more, for each axis of ", to_string(from), "; received ", to_string(counts)));
  for (size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 1) x = repeated(*this, x, i, counts[i], false);
  return x;
}

namespace {

/// The place in [0, n) that a padding shows at the place i, which may be outside.
int64_t shown(int64_t i, int64_t n, PadMode mode) {
  const auto around = [](int64_t place, int64_t period) { return (place % period + period) % period; };
  switch (mode) {
    case PadMode::reflect: {
      const int64_t place = n == 1 ? 0 : around(i, 2 * n - 2);
      return place < n ? place : 2 * n - 2 - place;
    }
    case PadMode::symmetric: {
      const int64_t place = around(i, 2 * n);
      return place < n ? place : 2 * n - 1 - place;
    }
    case PadMode::edge:
      return i < 0 ? 0 : i < n ? i : n - 1;
    case PadMode::wrap:
      return around(i, n);
  }
  return 0;
}

Tensor places(int64_t before, int64_t n, int64_t after, PadMode mode) {
  Tensor out({before + n + after});
  const std::span<float> values = out.data<float>();
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(shown(static_cast<int64_t>(i) - before, n, mode));
  return out;
}

}  // namespace

Value Builder::pad(Value x, const Dims& before, const Dims& after, PadMode mode) {
  const Dims from = dims(x);
  if (before.size() != from.size() || after.size() != from.size() || any_negative(before) || any_negative(after))
    throw ShapeError(cat("pad: needs a number, 0 or more, for each axis of ", to_string(from), "; received ",
                         to_string(before), " and ", to_string(after)));
  for (size_t i = 0; i < from.size(); ++i)
    if (before[i] + after[i] > 0)
      x = take(x, constant(places(before[i], from[i], after[i], mode)), static_cast<int>(i));
  return x;
}

}  // namespace graft::ops
