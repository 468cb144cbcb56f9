#pragma once

#include <cstdint>

#include "graft/ops/program/precision.h"

namespace graft {

/// How a Program is compiled.
struct ExecutableOptions {
  int threads = 0;                  ///< 0: GRAFT_THREADS, or all cores
  Precision precision = "float32";  ///< or "bf16"; throws ConfigError where this machine lacks its arithmetic
  /// The most that peak_bytes() may be, in bytes; 0 for no limit. To stay within it, cheap results are computed again
  /// rather than kept, which gives the same bits.
  int64_t memory_limit = 0;
  /// The number of parts in which a run is executed, one after the other, so that what passes between the layers stays
  /// in the cache. It must divide the number of rows, and needs an inference in which each row of the outputs depends
  /// only on the same row of the inputs. 0 chooses it by the sizes of activations, weights and cache.
  int64_t parts = 0;
  /// Times several formulations of the Program and several ways to realise its instructions, and takes the fastest.
  /// This is done once, and remembered in the file that GRAFT_TUNE_FILE names. The report says what was timed.
  bool tune = false;
};

}  // namespace graft
