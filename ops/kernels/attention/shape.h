#pragma once

// Internal: sizes, settings and layouts of scaled dot-product attention.

#include <cstdint>

#include "graft/ops/kernels/attention/heads.h"

namespace graft::ops {

/// Work is cut into tasks by these numbers alone, `slots` excepted, so that results do not depend on the number of
/// threads.
struct AttentionShape {
  int64_t batch = 1, heads = 1, heads_kv = 1, queries = 1, keys = 1;
  int64_t depth = 1, width = 1;  ///< elements of a query and a key, of a value
  float scale = 1;
  bool causal = false;       ///< query i attends to keys 0 to i only
  bool zero_masked = false;  ///< what a query gives that attends to no key: 0, else the mean of all values
  float dropout = 0;         ///< the part of the shares that become 0; the others are divided by 1 - dropout
  Heads query = {}, key = {}, value = {}, dst = {};
  /// Strides of the mask, 0 along axes where it is repeated.
  struct Mask {
    int64_t batch = 0, head = 0, query = 0, key = 0;
  } mask = {};
  int64_t slots = 1;  ///< the most threads; each has scratch of its own

  int64_t group() const { return heads / heads_kv; }  ///< query heads that share a head of keys and values
};

}  // namespace graft::ops
