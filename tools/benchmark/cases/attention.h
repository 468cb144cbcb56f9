#pragma once

// Internal: cases of attention, forward and backward.

#include "graft/ops/kernels/attention/shape.h"
#include "graft/tools/benchmark/cases/kernel_case.h"

namespace graft::bench {

/// The shape of a case of this size: (batch, heads, heads_kv, queries, keys, depth, width, causal, masked). Heads are
/// side by side in memory.
ops::AttentionShape attention_shape(const ops::Dims& size);

void add_attention(KernelCases& all);

}  // namespace graft::bench
