#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace graft {

/// How steps are timed: each over and over, or one after the other in whole passes.
enum class StepTiming { alone, in_pass };

/// What one step of an Executable is and costs.
struct StepReport {
  std::string label;                ///< the user's layer
  std::vector<std::string> layers;  ///< all the layers whose work it does, the label first
  std::string primitive;            ///< "conv", "reorder", ...
  std::string implementation;       ///< oneDNN's name, or "graft:..." for an own kernel
  std::string src, dst;             ///< layouts, as "acdb:32x64x16x16"
  std::string fused;                ///< what was merged into it: "bias, relu"
  std::string remark;               ///< why it was not merged into another; of a reorder, who wants which layout
  double gflop = 0;
  int64_t bytes = 0;      ///< read and written
  bool prepared = false;  ///< runs only when weights changed, not in every run
  bool reorder = false;   ///< does nothing but change a layout
  double ms = 0;          ///< filled by time_steps
  bool reorders() const { return reorder; }
};

/// One step of one run in time.
struct StepSpan {
  int run = 0;
  StepReport step;      ///< its ms: how long it took
  double start_ms = 0;  ///< since the first run began
};

}  // namespace graft
