#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace graft {

/// How steps are timed: each several times in a row, or one after the other as in a run.
enum class StepTiming { alone, in_pass };

/// What one step of an Executable is and costs.
struct StepReport {
  std::string label;                ///< the user's layer
  std::vector<std::string> layers;  ///< all the layers whose work it does, the label first
  std::string primitive;            ///< "conv", "reorder", ...
  std::string implementation;       ///< oneDNN's name, or "graft:..." for one of Graft's kernels
  std::string src, dst;             ///< layouts, as "acdb:32x64x16x16"
  std::string fused;                ///< what was merged into it: "bias, relu"
  std::string remark;     ///< why it was not merged into another step; for a reorder, which step wants which layout
  double gflop = 0;       ///< 1e9 operations, over all parts of a run
  int64_t bytes = 0;      ///< that it reads and writes, over all parts of a run
  bool prepared = false;  ///< runs only when weights changed, not in every run
  bool reorder = false;   ///< does nothing but change a layout
  double ms = 0;          ///< its time, from Context::time_steps or Context::trace; else 0
  bool reorders() const { return reorder; }
};

/// When one step of one run was executed.
struct StepSpan {
  int run = 0;
  StepReport step;      ///< its `ms` is how long it took; operations and bytes are those of one part
  double start_ms = 0;  ///< since the first run began
};

}  // namespace graft
