#pragma once

// Internal: how normalisations sum down the rows of a matrix. The rows are cut into stretches by the shape alone, so
// that results do not depend on the number of threads.

#include <algorithm>
#include <cstdint>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

struct NormShape {
  int64_t rows = 0, channels = 0;

  /// Rows that are summed together. They make up whole wide rows of batch_norm.
  int64_t stretch() const {
    constexpr int64_t kElements = 1 << 15;
    const int64_t some = std::max<int64_t>(kElements / std::max<int64_t>(channels, 1), 1);
    return (some + kLanes - 1) / kLanes * kLanes;
  }
  int64_t stretches() const { return (rows + stretch() - 1) / stretch(); }
  int64_t partials() const { return 2 * stretches() * channels; }  ///< floats for two sums of each channel and stretch
};

/// Calls body(first row, rows, number) on each stretch, in any order.
template <class Body>
void for_each_stretch(int threads, const NormShape& shape, const Body& body) {
  const int64_t rows = shape.stretch();
  parallel_for(threads, shape.stretches(), 2, [&](int64_t begin, int64_t end) {
    for (int64_t s = begin; s < end; ++s) body(s * rows, std::min(rows, shape.rows - s * rows), s);
  });
}

/// Calls body(channel, total of its first sums, total of its second ones) on each channel.
template <class Body>
void for_each_total(int threads, const NormShape& shape, const float* partials, const Body& body) {
  constexpr int64_t kChannelGrain = 512, kTile = 64;
  parallel_for(threads, shape.channels, kChannelGrain, [&](int64_t begin, int64_t end) {
    for (; begin < end; begin += kTile) {
      const int64_t n = std::min(kTile, end - begin);
      double first[kTile] = {}, second[kTile] = {};
      for (int64_t s = 0; s < shape.stretches(); ++s)
        for (int64_t c = 0; c < n; ++c) {
          first[c] += partials[2 * s * shape.channels + begin + c];
          second[c] += partials[(2 * s + 1) * shape.channels + begin + c];
        }
      for (int64_t c = 0; c < n; ++c) body(begin + c, first[c], second[c]);
    }
  });
}

}  // namespace graft::ops
