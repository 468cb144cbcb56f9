#pragma once

// Internal: attention. Scores are computed for some queries and some keys at a time, so that the matrix of all scores
// is never stored.

#include "graft/ops/kernels/attention/shape.h"
#include "graft/ops/kernels/base/random_stream.h"

namespace graft::ops {

/// dst has the layout of shape.dst. statistics are two floats for each row (batch, heads, queries): the largest score,
/// and 1 / the sum of exp(score - largest), which is 0 for a query that attends to no key.
struct AttentionForward {
  const void *query, *key, *value;
  const float* mask;  ///< nonzero: the query attends to the key; null: all do
  void* dst;
  float *statistics, *scratch;
  RandomStream stream;  ///< of dropout
};

int64_t attention_scratch(const AttentionShape& shape);  ///< floats
void attention_forward(int threads, const AttentionShape& shape, const AttentionForward& at);

}  // namespace graft::ops
