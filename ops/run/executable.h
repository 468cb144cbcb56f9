#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "graft/ops/compile/options.h"
#include "graft/ops/program/program.h"
#include "graft/ops/run/context.h"

namespace graft {

struct MachinePeak;

/// A compiled Program: immutable, shared by any number of threads, each with its own Context.
class Executable {
 public:
  Executable() = default;
  /// Runs the passes, chooses layouts, plans the memory. Throws BackendError naming the step that oneDNN refused, or
  /// the least memory that it takes where the limit is below.
  Executable(const ops::Program& program, const ExecutableOptions& options = {});

  /// The memory for one thread to run it with. Contexts share the packed weights, whatever their threads.
  Context context(const ContextOptions& options = {}) const;
  std::string report() const;  ///< a table of the steps
  std::vector<StepReport> steps() const;
  const ops::Program& program() const&;  ///< after the passes
  ops::Program program() && { return std::as_const(*this).program(); }
  int threads() const;
  Precision precision() const;

  int64_t peak_bytes() const;     ///< the arena that a Context allocates
  int64_t bound_bytes() const;    ///< the largest sum of values alive at one step
  int64_t weights_bytes() const;  ///< variables and their packed copies
  int reorders() const;           ///< in every run; prepared ones are not counted
  int ref_steps() const;
  const std::string& tuning() const&;  ///< what ExecutableOptions::tune has timed and chosen; empty without it
  std::string tuning() && { return std::as_const(*this).tuning(); }
  int64_t parts() const;  ///< how many times the steps run, each time on the next rows: see ExecutableOptions

  explicit operator bool() const { return state_ != nullptr; }
  const std::shared_ptr<const ExecutableState>& state() const& { return state_; }
  std::shared_ptr<const ExecutableState> state() && { return std::move(state_); }

 private:
  std::shared_ptr<const ExecutableState> state_;
};

/// The report of an Executable with the time of each step (Context::time_steps) and its share of the peak.
std::string timed_report(const Executable& executable, const std::vector<StepReport>& steps, const MachinePeak& peak);

}  // namespace graft
