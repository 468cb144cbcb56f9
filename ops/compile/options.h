#pragma once

#include <cstdint>
#include <string>

namespace graft {

struct ExecutableOptions {
  int threads = 0;  ///< 0: GRAFT_THREADS, or all cores
  /// "float32", or "bf16": activations and products in bfloat16; weights, statistics, losses and updates stay float32.
  std::string precision = "float32";
  /// Bytes that peak_bytes() may be, 0 for any: cheap results are computed again rather than kept, to the same bits.
  int64_t memory_limit = 0;
  /// Runs an inference that treats rows alone in so many parts, one after the other, so that what lies between the
  /// layers stays in the cache; must divide the rows. 0: as many as the sizes of activations, weights and cache
  /// suggest.
  int64_t parts = 0;
  /// Times several formulations of the Program and ways to realise its instructions, once, and takes the fastest:
  /// remembered in the file GRAFT_TUNE_FILE. The report tells what was timed.
  bool tune = false;
};

}  // namespace graft
