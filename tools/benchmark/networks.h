#pragma once

// Internal to graft-bench: networks for sequences and videos, which the zoo does not have.

#include "graft/models/model/model.h"

namespace graft::bench {

constexpr int64_t kWords = 10000;  ///< the words that an Embedding of these networks knows

/// 100 words, as vectors of 128 numbers, walked by a recurrent layer of 128 units: (N, 100) -> (N, 2), probabilities.
Model lstm();
Model bidirectional_lstm();
Model gru();

/// Four layers of a Transformer's encoder, of 8 heads and 1024 hidden units: (N, 128, 256) -> (N, 10), probabilities.
Model transformer();

/// Three Conv1D with pooling between them: (N, 256, 64) -> (N, 10), probabilities.
Model conv1d();
/// Three Conv3D with pooling between them: (N, 16, 32, 32, 3) -> (N, 10), probabilities.
Model conv3d();

}  // namespace graft::bench
