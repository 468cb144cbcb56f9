#pragma once

#include <cstdint>

#include "graft/ops/program/precision.h"

namespace graft {

/// How a Program is compiled.
struct ExecutableOptions {
  int threads = 0;                  ///< 0: GRAFT_THREADS, or all cores
  Precision precision = "float32";  ///< or "bf16"; throws ConfigError where this machine lacks its arithmetic
  /// Bytes that peak_bytes() may be, 0 for any: cheap results are computed again rather than kept, to the same bits.
  int64_t memory_limit = 0;
  /// Parts in which a run is executed, one after the other, so that what passes between the layers stays in the cache:
  /// only of an inference in which each row of the outputs depends on the same row of the inputs alone. Must divide the
  /// rows. 0: as many as the sizes of activations, weights and cache suggest.
  int64_t parts = 0;
  /// Times several formulations of the Program and ways to realise its instructions, once, and takes the fastest:
  /// remembered in the file GRAFT_TUNE_FILE. The report says what was timed.
  bool tune = false;
};

}  // namespace graft
