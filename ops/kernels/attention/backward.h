#pragma once

// Internal: the gradient of attention. It computes the scores again, from the statistics of their rows.

#include "graft/ops/kernels/attention/shape.h"
#include "graft/ops/kernels/base/random_stream.h"

namespace graft::ops {

struct AttentionGradient {
  const void *diff_dst, *query, *key, *value, *dst;
  const float *statistics, *mask;
  void *diff_query, *diff_key, *diff_value;
  float* scratch;
  RandomStream stream;
  Heads diff_dst_heads, diff_query_heads, diff_key_heads, diff_value_heads;
};

int64_t attention_backward_scratch(const AttentionShape& shape);  ///< floats
void attention_backward(int threads, const AttentionShape& shape, const AttentionGradient& at);

}  // namespace graft::ops
