#pragma once

// Internal: the recurrent layers of oneDNN.

#include "graft/tools/benchmark/onednn.h"

namespace graft::bench {

/// A recurrent layer, (gates, rows, steps, units) with 4 gates for an LSTM and 3 for a GRU with reset_after, whose
/// input is a single number, so that the product with it takes no time.
Primitive recurrent(const ops::Dims& size);
/// Its gradient, also for the weights.
Primitive recurrent_backward(const ops::Dims& size);

}  // namespace graft::bench
