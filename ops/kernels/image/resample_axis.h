#pragma once

// Internal: one axis of an image of another size, as a sparse matrix. It is computed once, when a Program is compiled.

#include <cstdint>
#include <span>
#include <vector>

#include "graft/ops/program/functions.h"

namespace graft::ops {

/// The index of a pixel that is read, and its factor.
struct ResampleTap {
  int64_t index;
  float weight;
};

/// One axis of the result: its pixel i is the sum of the taps [first[i], first[i + 1]).
struct ResampleAxis {
  std::vector<int64_t> first{0};
  std::vector<ResampleTap> taps = {};

  /// From n pixels to `to`, both between the same borders, interpolated between the centres of pixels. With
  /// `antialias` the kernel of an axis that shrinks is as wide as a pixel of the result.
  static ResampleAxis between(int64_t n, int64_t to, Interpolation interpolation, bool antialias = false);
  /// The same for an axis that grows by a whole factor.
  static ResampleAxis up_sampling(int64_t n, int64_t factor, Interpolation interpolation) {
    return between(n, n * factor, interpolation);
  }
  /// The gradient of an axis that reads n pixels.
  static ResampleAxis transposed(const ResampleAxis& axis, int64_t n);
  /// One pixel that stays as it is: the rows of a sequence.
  static ResampleAxis identity() { return {{0, 1}, {{0, 1}}}; }

  int64_t size() const { return static_cast<int64_t>(first.size()) - 1; }
  std::span<const ResampleTap> at(int64_t i) const {
    const auto begin = static_cast<size_t>(first[static_cast<size_t>(i)]);
    return std::span(taps).subspan(begin, static_cast<size_t>(first[static_cast<size_t>(i) + 1]) - begin);
  }
};

}  // namespace graft::ops
